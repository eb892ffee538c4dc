/** The forms without JavaScript: each is read from its page, filled in, posted as a browser would, and answered by the page that follows. */
import { expect, test } from "../support/app";
import { expired } from "../support/credentials";
import { MODES, newPerson, PASSWORD, signedIn } from "../support/device";
import { Client } from "../support/http";

const NO_ACCOUNT = "Email and password do not match an account.";

test("an account without a name is called by the part of its email before the @", async ({ app }) => {
  const { email, password } = newPerson();
  const visitor = new Visitor(new Client(app));
  await visitor.open("/signup");
  await visitor.submit("signup", { email, password });
  expect(visitor.at).toBe("/dashboard");
  expect(visitor.text).toContain(`Hello ${email.split("@")[0]}.`);
});

test("an email that is taken is refused, and all but the password is kept", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const visitor = new Visitor(new Client(app));
  await visitor.open("/signup");
  await visitor.submit("signup", {
    name: "Somebody Else",
    email: person.email,
    password: "another fine password",
  });
  expect(visitor.at).toBe("/signup");
  expect(visitor.alerts).toEqual([
    { text: "An account with this email already exists. Log in instead.", hasFocus: true },
  ]);
  expect(visitor.field("signup", "email").value).toBe(person.email);
  expect(visitor.field("signup", "name").value).toBe("Somebody Else");
  expect(visitor.field("signup", "password").value).toBe("");
});

test("a wrong password is refused in words, keeps the email and gives nothing else away", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const visitor = new Visitor(new Client(app));
  await visitor.open("/login");
  for (const email of [person.email, `nobody.${person.email}`]) {
    await visitor.submit("login", { email, password: "not the right password 8431" });
    expect(visitor.at).toBe("/login");
    expect(visitor.alerts).toEqual([{ text: NO_ACCOUNT, hasFocus: true }]);
    expect(visitor.field("login", "email").value).toBe(email);
    expect(visitor.field("login", "password").value).toBe("");
    expect([...visitor.client.jar.keys()]).toEqual(["flash"]);
  }
});

test("a short password is refused beside its field, and so is a common one", async ({ app }) => {
  const { email } = newPerson();
  const visitor = new Visitor(new Client(app));
  await visitor.open("/signup");
  for (const [password, says] of [
    ["z7!Kq0", /Use at least 8 characters/],
    ["Password1", /This is one of the most common passwords/],
  ] as const) {
    await visitor.submit("signup", { email, password });
    expect(visitor.at).toBe("/signup");
    expect(visitor.field("signup", "password")).toMatchObject({ value: "", isInvalid: true, hasFocus: true });
    expect(visitor.field("signup", "password").description).toMatch(says);
    expect(visitor.field("signup", "email")).toMatchObject({ value: email, isInvalid: false });
    expect(visitor.alerts).toEqual([]);
    expect([...visitor.client.jar.keys()]).toEqual(["flash"]);
  }
});

test("an email that only looks like one is named beside its field", async ({ app }) => {
  const visitor = new Visitor(new Client(app));
  await visitor.open("/signup");
  await visitor.submit("signup", { email: "ada@example", password: "rusty lantern 1843" });
  expect(visitor.field("signup", "email")).toMatchObject({
    value: "ada@example",
    isInvalid: true,
    hasFocus: true,
  });
  expect(visitor.field("signup", "email").description).toMatch(/^Enter an email address/);
});

test("log-in leads to where one was going", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const visitor = new Visitor(new Client(app));
  await visitor.open("/settings");
  expect(visitor.at).toBe("/login?next=%2Fsettings");
  await visitor.submit("login", { email: person.email, password: "wrong at first" });
  expect(visitor.at).toBe("/login?next=%2Fsettings");
  expect(visitor.alerts).toHaveLength(1);
  await visitor.submit("login", { password: PASSWORD });
  expect(visitor.at).toBe("/settings");
});

test("a hostile next leads to the dashboard", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const visitor = new Visitor(new Client(app));
  for (const next of ["/\\evil.example", "/\t/evil.example"]) {
    await visitor.open(`/login?next=${encodeURIComponent(next)}`);
    await visitor.submit("login", { email: person.email, password: PASSWORD });
    expect([next, visitor.at]).toEqual([next, "/dashboard"]);
  }
});

for (const mode of MODES) {
  test(`a name in ${mode} mode: an empty one is refused, spaces around one are gone, a new one is shown at once`, async ({
    app,
  }) => {
    const { client, person } = await signedIn(app, mode);
    const visitor = new Visitor(client);
    await visitor.open("/settings");
    await visitor.submit("profile", { name: "   " });
    expect(visitor.at).toBe("/settings");
    expect(visitor.field("profile", "name")).toMatchObject({
      isInvalid: true,
      hasFocus: true,
      description: "Enter a name.",
    });

    for (const [typed, kept] of [
      [`  ${person.name} `, person.name],
      [`${person.name}   `, person.name],
      ["  Grace <b>Hopper</b> ", "Grace <b>Hopper</b>"],
    ] as const) {
      await visitor.submit("profile", { name: typed });
      expect(visitor.at).toBe("/settings");
      expect(visitor.statuses).toEqual(["Name saved."]);
      expect(visitor.field("profile", "name")).toMatchObject({ value: kept, isInvalid: false });
      expect(visitor.text).toContain(`Account: ${kept} `);
    }
    await visitor.open("/dashboard");
    expect(visitor.text).toContain("Hello Grace <b>Hopper</b>.");
  });
}

test("one other device is signed out, then all others", async ({ app }) => {
  const { person, client } = await signedIn(app, "jwt");
  const others = await Promise.all(
    (["jwt", "session", "jwt"] as const).map((mode) => signedIn(app, mode, person)),
  );
  const codes = () =>
    Promise.all(
      others.map(async ({ client }) => {
        const { status, json } = await client.copy().get("/api/me");
        return json.code ?? status;
      }),
    );
  const visitor = new Visitor(client);
  await visitor.open("/settings");
  expect(visitor.devices).toHaveLength(4);
  expect(visitor.devices[0]).toContain("This device");

  // Of this device there is no such form, and of the others each stands in a dialog that a button opens.
  const [, second] = others;
  expect(visitor.opener(`sessions-${second!.sessionId}`)).toMatch(/^Sign out\b/);
  await visitor.submit(`sessions-${second!.sessionId}`, {});
  expect(visitor.at).toBe("/settings");
  expect(visitor.devices).toHaveLength(3);
  expect(visitor.statuses).toEqual(["That device is signed out."]);
  expect(await codes()).toEqual([200, "session_ended", 200]);

  expect(visitor.opener("sessions-all")).toBe("Sign out all other devices");
  await visitor.submit("sessions-all", {});
  expect(visitor.at).toBe("/settings");
  expect(visitor.devices).toHaveLength(1);
  expect(visitor.text).toContain("No other device is logged in to your account.");
  expect(await codes()).toEqual(["session_ended", "session_ended", "session_ended"]);
  expect((await client.get("/api/me")).status).toBe(200);
});

test("a form sent with an expired access token is not lost without a word", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const visitor = new Visitor(client);
  await visitor.open("/settings");
  client.set("access", await expired(app, client.value("access")));
  await visitor.submit("profile", { name: "Grace Hopper" });
  expect(visitor.at).toBe("/settings");
  expect(visitor.alerts).toEqual([
    { text: expect.stringContaining("Nothing was changed yet"), hasFocus: true },
  ]);
  expect(visitor.field("profile", "name").value).toBe("Grace Hopper");
  await visitor.submit("profile", {});
  expect(visitor.statuses).toEqual(["Name saved."]);
  expect(visitor.text).toContain("Account: Grace Hopper ");
});

/** A browser without JavaScript, as far as forms and redirects go. */
class Visitor {
  /** The address that it shows, after its origin. */
  at = "";
  /** The page as it came, and without what is neither seen nor spoken. */
  private html = "";
  private page = "";

  constructor(readonly client: Client) {}

  async open(address: string): Promise<void> {
    const { app } = this.client;
    const here = new URL(address, app.url);
    expect(here.origin, `the origin of ${address}`).toBe(app.url);
    const answer = await this.client.get(here.pathname + here.search);
    const leads = answer.headers.get("location");
    if (leads !== null && answer.status === 303) return this.open(leads);
    expect([address, answer.status]).toEqual([address, 200]);
    this.at = here.href.slice(here.origin.length);
    this.html = answer.text;
    this.page = answer.text
      .replace(/<script\b.*?<\/script>|<!--.*?-->/gs, "")
      .replace(/<(\w+)\b[^>]*\saria-hidden="true"[^>]*>[^<]*<\/\1>/g, "");
  }

  /** Fills in a form and sends it, with all that the page has put into it. */
  async submit(formId: string, typed: Record<string, string>): Promise<void> {
    const { attributes, content } = this.form(formId);
    expect(attributes.method).toBe("post");
    const inputs = elementsIn(content, "input").map(({ attributes }) => attributes);
    const form = Object.fromEntries(inputs.map(({ name = "", value = "" }) => [name, value]));
    expect(Object.keys(form)).toEqual(expect.arrayContaining(Object.keys(typed)));
    const answer = await this.client.post(attributes.action!, { form: { ...form, ...typed } });
    expect([formId, answer.status]).toEqual([formId, 303]);
    const leads = answer.headers.get("location")!;
    await this.open(leads);
    if (typed.password) expect(leads + answer.text + this.html).not.toContain(typed.password);
  }

  field(formId: string, name: string) {
    const inputs = elementsIn(this.form(formId).content, "input");
    const { attributes } = inputs.find(({ attributes }) => attributes.name === name)!;
    const describing = (attributes["aria-describedby"] ?? "").split(" ").filter(Boolean);
    return {
      value: attributes.value ?? "",
      isInvalid: attributes["aria-invalid"] === "true",
      hasFocus: "autofocus" in attributes,
      description: describing
        .map((id) => textOf(only(elementsIn(this.page, "\\w+", `id="${id}"`)).content))
        .join(" "),
    };
  }

  /** What the button says that opens the dialog in which this form stands. */
  opener(formId: string): string {
    const dialogs = elementsIn(this.page, "dialog", 'popover="auto"');
    const { attributes } = only(dialogs.filter(({ content }) => content.includes(`id="form-${formId}"`)));
    const buttons = elementsIn(this.page, "button", `popovertarget="${attributes.id}"`);
    return textOf(only(buttons.filter(({ attributes }) => !attributes.popovertargetaction)).content);
  }

  get text() {
    return textOf(this.page);
  }

  get alerts() {
    return elementsIn(this.page, "\\w+", 'role="alert"').map(({ attributes, content }) => ({
      text: textOf(content),
      hasFocus: "autofocus" in attributes,
    }));
  }

  get statuses() {
    return elementsIn(this.page, "\\w+", 'role="status"')
      .map(({ content }) => textOf(content))
      .filter(Boolean);
  }

  get devices() {
    return elementsIn(this.page, "li", 'data-testid="device"').map(({ content }) => textOf(content));
  }

  private form(formId: string): Element {
    return only(elementsIn(this.page, "form", `id="form-${formId}"`));
  }
}

type Element = { attributes: Record<string, string>; content: string };

/** Elements that hold none of their own name, and those without content; React writes every attribute's value in double quotes. */
function elementsIn(html: string, name: string, attribute = ""): Element[] {
  const opening = `<(${name})\\b(?=[^>]*${attribute && `\\s${attribute}`})([^>]*)`;
  return [...html.matchAll(new RegExp(`${opening}(?:/>|>(.*?)</\\1>)`, "gis"))].map(
    ([, , written, content]) => ({
      attributes: Object.fromEntries(
        [...written!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [
          key!.toLowerCase(),
          decoded(value!),
        ]),
      ),
      content: content ?? "",
    }),
  );
}

function only<Item>(items: Item[]): Item {
  expect(items).toHaveLength(1);
  return items[0]!;
}

const textOf = (html: string) =>
  decoded(
    html
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );

const decoded = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
