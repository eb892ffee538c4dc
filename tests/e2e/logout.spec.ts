/** What was signed out stays out: copied cookies, other devices, old refresh tokens, and what a browser may keep. */
import { type App } from "../support/app";
import { cookieIn, expect, test } from "../support/browser";
import { expired } from "../support/credentials";
import { type Mode, MODES, signedIn } from "../support/device";
import { type Client, send } from "../support/http";
import { CALLS_THAT_NEED_A_CALLER, nameOf } from "../support/routes";

const PAGES_THAT_NEED_A_USER = [
  ...["/dashboard", "/settings", "/settings/activity"],
  ...["/admin", "/admin/activity", "/admin/users/nobody"],
];

for (const mode of MODES)
  test(`every page that needs a user sends copied cookies of ${mode} mode away after a log-out, whatever the middleware thinks`, async ({
    app,
  }) => {
    const { client } = await signedIn(app, mode);
    const copied = client.copy();
    expect((await client.post("/api/auth/logout")).status).toBe(204);
    for (const path of PAGES_THAT_NEED_A_USER) {
      const { headers } = await copied.copy().get(path);
      expect.soft([path, headers.get("location")]).toEqual([path, expect.stringMatching(/\/login\?next=/)]);
    }
  });

for (const mode of MODES) {
  test(`cookies of ${mode} mode that were copied before a log-out open nothing after it`, async ({
    page,
    app,
    signedUp,
  }) => {
    const { client, person } = await signedUp(mode);
    await page.goto("/dashboard");
    await page.getByRole("button", { name: `Account: ${person.name}` }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page).toHaveURL("/");

    for (const { method, path, json } of CALLS_THAT_NEED_A_CALLER) {
      const answer = await client.copy().send(method, path, { json });
      const call = nameOf({ method, path });
      expect([call, answer.status, answer.json.code]).toEqual([call, 401, "session_ended"]);
    }
    for (const path of ["/dashboard", "/settings"])
      for (const headers of [{}, { rsc: "1" }] as Record<string, string>[])
        await expectSentAway(client, path, headers);
    if (mode === "jwt") await expectRefreshRefused(app, client);
  });

  test(`a device in ${mode} mode that is ended from another finds out on its next page`, async ({
    page,
    context,
    signedUp,
    app,
  }) => {
    const { person, sessionId } = await signedUp(mode);
    await page.goto("/dashboard");
    await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();

    const other = await signedIn(app, "jwt", person);
    expect((await other.client.send("DELETE", `/api/auth/sessions/${sessionId}`)).status).toBe(204);
    await page.goto("/settings");
    await expect(page).toHaveURL("/login?next=%2Fsettings");
    await expect(page.getByText(person.email)).toHaveCount(0);
    await page.goto("/dashboard");
    await expect(page).toHaveURL("/login?next=%2Fdashboard");
    expect((await other.client.get("/api/me")).status).toBe(200);

    await page.getByLabel("Email").fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(person.password);
    await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
    await expect(page).toHaveURL("/dashboard");
    expect(await cookieIn(context, mode === "jwt" ? "access" : "session")).toBeTruthy();
  });

  test(`ending every device from ${mode} mode ends cookies and tokens of both modes`, async ({ app }) => {
    const { client, person } = await signedIn(app, mode);
    const others = await Promise.all(MODES.map((mode) => signedIn(app, mode, person)));
    const tokens = await signedIn(app, "JWT bearer", person);
    const stranger = await signedIn(app, mode);
    const own = client.copy();

    const answer = await client.post("/api/auth/logout-all");
    expect([answer.status, answer.json.ended]).toEqual([200, 4]);
    for (const { client } of [...others, { client: own }])
      expect((await client.get("/api/me")).json.code).toBe("session_ended");
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    expect((await send(app, "GET", "/api/me", { headers })).json.code).toBe("session_ended");
    const { refreshToken } = tokens;
    expect((await send(app, "POST", "/api/auth/refresh", { json: { refreshToken } })).json.code).toBe(
      "session_ended",
    );
    expect((await stranger.client.get("/api/me")).status, "somebody else").toBe(200);
  });

  test(`logging out in ${mode} mode tells the browser to forget`, async ({ app }) => {
    for (const outgoing of [{}, { form: {} }, { json: {} }]) {
      const { client } = await signedIn(app, mode);
      const answer = await client.post("/api/auth/logout", outgoing);
      expect(answer.status).toBe("form" in outgoing ? 303 : 204);
      expect(answer.headers.get("clear-site-data")).toBe('"cache", "storage"');
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
      // A form's answer also clears what an earlier form left to be said.
      const cleared = answer.cookies.filter(({ name }) => name !== "flash");
      expect(cleared.map(({ name, value, attributes }) => [name, value, attributes.path])).toEqual([
        ["session", "", "/"],
        ["access", "", "/"],
        ["refresh", "", "/api/auth"],
        ["renewed", "", "/"],
      ]);
      for (const { attributes } of cleared) expect(attributes["max-age"]).toBe("0");
    }
  });
}

test("logging out is the same when there is nothing to end, and twice", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const before = client.copy();
  const answers = [
    await client.post("/api/auth/logout"),
    await before.post("/api/auth/logout"),
    await send(app, "POST", "/api/auth/logout"),
    await send(app, "POST", "/api/auth/logout", { headers: { cookie: "access=x; session=y; refresh=z" } }),
    await send(app, "POST", "/api/auth/logout", { headers: { authorization: "Bearer x" } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
});

test("a log-out with an expired access token still ends the device", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const refreshToken = client.value("refresh");
  client.set("access", await expired(app, client.value("access")));
  expect((await client.post("/api/auth/logout")).status).toBe(204);
  const headers = { cookie: `refresh=${refreshToken}` };
  expect((await send(app, "POST", "/api/auth/refresh", { headers })).json.code).toBe("session_ended");
});

test("a log-in takes the place of the device session that its browser had", async ({ app }) => {
  for (const [from, to] of [
    ["session", "jwt"],
    ["jwt", "session"],
    ["jwt", "jwt"],
  ] as [Mode, Mode][]) {
    const first = await signedIn(app, from);
    const second = await signedIn(app, to);
    const before = first.client.copy();
    const { email, password } = second.person;
    const answer = await first.client.post("/api/auth/login", { json: { email, password, mode: to } });
    expect(answer.json.user.email).toBe(email);
    expect((await before.get("/api/me")).json.code).toBe("session_ended");
    expect((await first.client.get("/api/me")).json.user.email).toBe(email);
    const failed = await second.client.post("/api/auth/login", { json: { email, password: "wrong" } });
    expect(failed.status).toBe(401);
    expect((await second.client.get("/api/me")).status, "a failed log-in ends nothing").toBe(200);
  }
});

async function expectSentAway(client: Client, path: string, headers: Record<string, string>): Promise<void> {
  const cookie = client.cookieHeader(path);
  const first = await send(client.app, "GET", path, { headers: { cookie, ...headers } });
  const answer =
    first.status === 307 && first.headers.get("location")!.startsWith(`${path}?_rsc`)
      ? await send(client.app, "GET", first.headers.get("location")!, { headers: { cookie, ...headers } })
      : first;
  const sentTo = answer.headers.get("location") ?? answer.text;
  expect(sentTo).toContain(`/login?next=${encodeURIComponent(path)}`);
  for (const { headers } of [first, answer]) expect(headers.get("cache-control")).toBe("private, no-store");
}

async function expectRefreshRefused(app: App, client: Client): Promise<void> {
  const headers = { cookie: client.cookieHeader("/api/auth/refresh") };
  const answer = await send(app, "POST", "/api/auth/refresh", { headers });
  expect([answer.status, answer.json.code]).toEqual([401, "session_ended"]);
  const bounce = await send(app, "GET", "/api/auth/refresh?next=/dashboard", { headers });
  expect([bounce.status, bounce.headers.get("location")]).toEqual([303, "/login?next=%2Fdashboard"]);
  expect(bounce.cookies.every(({ value }) => value === "")).toBe(true);
  const json = { refreshToken: client.value("refresh") };
  expect((await send(app, "POST", "/api/auth/refresh", { json })).json.code).toBe("session_ended");
}
