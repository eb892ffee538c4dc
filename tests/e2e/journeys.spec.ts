/**
 * What a person does with the app in a browser, from the first form to the last. With JavaScript each form is walked once. Without, what a
 * browser itself does with them: the rest is a post and the page that follows it, in forms.spec.ts.
 */
import type { BrowserContext, Page } from "@playwright/test";
import { cookieIn, expect, test } from "../support/browser";
import { MODES, newPerson, PASSWORD, signedIn, type Mode } from "../support/device";
import { suiteRedisUrl } from "../support/redis";

// What a browser itself would make of these; many more are sent as plain posts in http-contract.spec.ts.
const HOSTILE_NEXT = ["/\\evil.example", "/\t/evil.example"];

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("of a sign-up two refused fields get a summary that takes focus and links to both; corrected, it lands on the dashboard", async ({
      page,
      context,
    }) => {
      const { name, email, password } = newPerson();
      await page.goto("/");
      await page.getByRole("link", { name: "Try it" }).click();
      // A browser without JavaScript would not send what does not even look like an address.
      await fillIn(page, javaScriptEnabled ? "ada" : "ada@example", "1234567");
      await submit(page, "Sign up");
      const alert = alertIn(page);
      await expect(alert).toBeFocused();
      await expect(alert.getByRole("link")).toHaveCount(2);
      await alert.getByRole("link", { name: /characters/ }).click();
      await expect(page.getByLabel("Password", { exact: true })).toBeFocused();

      await page.getByLabel("Name").fill(name);
      await fillIn(page, email, password);
      await submit(page, "Sign up");
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText(`Hello ${name}.`)).toBeVisible();
      expect(await cookieIn(context, "access")).toBeTruthy();
      expect(await cookieIn(context, "refresh")).toBeTruthy();
    });

    test("somebody logs in and out again", async ({ page, app, context }) => {
      const { person } = await signedIn(app, "session");
      await page.goto("/login");
      await fillIn(page, person.email, person.password);
      await submit(page, "Log in");
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();

      await page.getByRole("button", { name: `Account: ${person.name}` }).click();
      await page.getByRole("button", { name: "Log out" }).click();
      await expect(page).toHaveURL("/");
      await expect(page.getByRole("navigation", { name: "Account" })).toBeVisible();
      for (const name of ["session", "access", "refresh"])
        expect(await cookieIn(context, name)).toBeUndefined();

      await page.goto("/dashboard");
      await expect(page).toHaveURL("/login?next=%2Fdashboard");
      await page.goBack();
      await expect(page.getByText(`Hello ${person.name}.`)).toHaveCount(0);
    });

    test("the mode is switched to and fro, and badge and dashboard tell the truth", async ({
      page,
      context,
      signedUp,
    }) => {
      await signedUp("session");
      await page.goto("/dashboard");
      await expectMode(page, context, "session");

      await switchTo(page, "jwt");
      await page.goto("/dashboard");
      await expectMode(page, context, "jwt");

      await switchTo(page, "session");
      await page.goto("/dashboard");
      await expectMode(page, context, "session");
    });

    test("the account is deleted only with the right password", async ({ page, app, signedUp }) => {
      const { person } = await signedUp("session");
      const other = await signedIn(app, "JWT cookie", person);
      await page.goto("/settings");
      const dialog = page.getByRole("dialog");

      await page.getByRole("button", { name: "Delete account" }).click();
      await expect(dialog).toContainText(person.email);
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await expect(dialog).toBeHidden();

      await page.getByRole("button", { name: "Delete account" }).click();
      await dialog.getByLabel("Your password", { exact: true }).fill("not my password");
      await dialog.getByRole("button", { name: "Delete account" }).click();
      const said = /That is not your password\. Nothing was deleted\./;
      await expect(javaScriptEnabled ? dialog.getByRole("alert") : alertIn(page)).toHaveText(said);
      await expect(page).toHaveURL("/settings");

      if (!javaScriptEnabled) await page.getByRole("button", { name: "Delete account" }).click();
      await dialog.getByLabel("Your password", { exact: true }).fill(person.password);
      await dialog.getByRole("button", { name: "Delete account" }).click();
      await expect(page).toHaveURL("/");
      await expect(page.getByRole("navigation", { name: "Account" })).toBeVisible();

      expect((await other.me(app)).outcome).toBe("401 session_ended");
      await page.goto("/login");
      await fillIn(page, person.email, person.password);
      await submit(page, "Log in");
      await expect(alertIn(page)).toHaveText("Email and password do not match an account.");
    });
  });
}

test("a sign-up is refused in words where it must be, and an account needs no name", async ({
  page,
  app,
  context,
}) => {
  const taken = await signedIn(app, "JWT cookie");
  const person = newPerson();
  const email = page.getByLabel("Email");
  const password = page.getByLabel("Password", { exact: true });
  await page.goto("/signup");

  await test.step("a short password, and a common one", async () => {
    await fillIn(page, person.email, "short");
    await submit(page, "Sign up");
    await expect(password).toHaveAttribute("aria-invalid", "true");
    await expect(password).toHaveAccessibleDescription(/Use at least 8 characters/);
    await expect(password).toBeFocused();
    await expect(email).toHaveValue(person.email);

    await password.fill("Password1");
    await submit(page, "Sign up");
    await expect(password).toHaveAccessibleDescription(/one of the most common passwords/);
  });

  await test.step("an email that only looks like one", async () => {
    await fillIn(page, "ada@example", "rusty lantern 1843");
    await submit(page, "Sign up");
    await expect(email).toHaveAttribute("aria-invalid", "true");
    await expect(email).toHaveAccessibleDescription(/Enter an email address/);
    await expect(email).toHaveValue("ada@example");
    await expect(email).toBeFocused();
  });

  await test.step("an email that is taken", async () => {
    await page.getByLabel("Name").fill("Somebody Else");
    await fillIn(page, taken.email, "another fine password");
    await submit(page, "Sign up");
    await expect(alertIn(page)).toContainText("An account with this email already exists. Log in instead.");
    await expect(page).toHaveURL("/signup");
    await expect(email).toHaveValue(taken.email);
    await expect(page.getByLabel("Name")).toHaveValue("Somebody Else");
    expect(await cookieIn(context, "access")).toBeUndefined();
  });

  await test.step("an account without a name is called by the part of its email before the @", async () => {
    await page.getByLabel("Name").fill("");
    await fillIn(page, person.email, person.password);
    await submit(page, "Sign up");
    await expect(page.getByText(`Hello ${person.email.split("@")[0]}.`)).toBeVisible();
  });
});

test("a wrong password is refused in words, keeps the email and gives nothing else away", async ({
  page,
  app,
}) => {
  const { email } = await signedIn(app, "JWT cookie");
  const wrong = "not the right password 8431";
  await page.goto("/login");
  await fillIn(page, email, wrong);
  await submit(page, "Log in");

  const alert = alertIn(page);
  await expect(alert).toHaveText("Email and password do not match an account.");
  await expect(alert).toBeFocused();
  await expect(page.getByLabel("Email")).toHaveValue(email);
  expect(new URL(page.url()).search).toBe("");
  expect(await page.content()).not.toContain(wrong);

  await fillIn(page, `nobody.${email}`, wrong);
  await submit(page, "Log in");
  await expect(page.getByLabel("Email")).toHaveValue(`nobody.${email}`);
  await expect(alert).toHaveText("Email and password do not match an account.");
});

test("log-in leads to where one was going, and a hostile next to the dashboard", async ({ page, app }) => {
  const { email } = await signedIn(app, "JWT cookie");
  await page.goto("/settings");
  await expect(page).toHaveURL("/login?next=%2Fsettings");
  await fillIn(page, email, "wrong at first");
  await submit(page, "Log in");
  await expect(alertIn(page)).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await submit(page, "Log in");
  await expect(page).toHaveURL("/settings");

  for (const next of HOSTILE_NEXT) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await fillIn(page, email, PASSWORD);
    await submit(page, "Log in");
    await expect(page, `after next=${next}`).toHaveURL("/dashboard");
  }
});

test("an empty name is refused where it is typed, spaces around one are gone, and a new one is shown at once", async ({
  page,
  signedUp,
}) => {
  const name = page.getByLabel("Name");
  for (const mode of MODES) {
    const { person } = await signedUp(mode);
    await page.goto("/settings");
    await name.fill("   ");
    await submit(page, "Save name");
    await expect(name, mode).toHaveAccessibleDescription("Enter a name.");
    await expect(page).toHaveURL("/settings");

    // Also when nothing else was changed.
    for (const typed of [`  ${person.name} `, `${person.name}   `]) {
      await name.fill(typed);
      await submit(page, "Save name");
      await expect(name, `${mode}, after "${typed}"`).toHaveValue(person.name);
    }

    await name.fill("  Grace <b>Hopper</b> ");
    await submit(page, "Save name");
    await expect(page.getByRole("status").filter({ hasText: "Name saved." }), mode).toBeVisible();
    await expect(page.getByRole("button", { name: "Account: Grace <b>Hopper</b>" }), mode).toBeVisible();
    await expect(name, mode).toHaveValue("Grace <b>Hopper</b>");
    await page.goto("/dashboard");
    await expect(page.getByText("Hello Grace <b>Hopper</b>."), mode).toBeVisible();
  }
});

test("one other device is signed out, then all others", async ({ page, app, signedUp }) => {
  const { person, client } = await signedUp("jwt");
  const others = await Promise.all(
    (["jwt", "session", "jwt"] as const).map((mode) => signedIn(app, mode, person)),
  );
  await page.goto("/settings");
  const devices = page.getByTestId("device");
  await expect(devices).toHaveCount(4);
  await expect(devices.first()).toContainText("This device");

  await devices
    .nth(1)
    .getByRole("button", { name: /^Sign out/ })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(devices).toHaveCount(3);
  await expect(page.getByRole("status").filter({ hasText: "signed out" })).toBeVisible();
  const outcomes = await Promise.all(others.map(async (other) => (await other.copy().me(app)).outcome));
  expect(outcomes.sort()).toEqual(["200", "200", "401 session_ended"]);

  await page.getByRole("button", { name: "Sign out all other devices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out all others" }).click();
  await expect(devices).toHaveCount(1);
  await expect(page.getByText("No other device is logged in to your account.")).toBeVisible();
  for (const other of others) expect((await other.me(app)).outcome).toBe("401 session_ended");
  expect((await client.get("/api/me")).status).toBe(200);
});

async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

const submit = (page: Page, name: string) => page.getByRole("main").getByRole("button", { name }).click();

/** Next keeps an empty alert of its own for route changes. */
const alertIn = (page: Page) => page.getByRole("main").getByRole("alert");

async function switchTo(page: Page, mode: Mode): Promise<void> {
  const inSentence = { session: "session mode", jwt: "JWT mode" }[mode];
  await page.getByTestId("header-mode").click();
  await expect(page).toHaveURL("/settings#mode");
  await page.getByRole("button", { name: `Switch to ${inSentence}` }).click();
  await expect(page.getByRole("status").filter({ hasText: /This device is (now )?in / })).toBeVisible();
  await expect(page.getByRole("region", { name: new RegExp(inSentence, "i") })).toContainText(
    "In use on this device",
  );
}

/** The badges, the numbers and the cookies all say the same. */
async function expectMode(page: Page, context: BrowserContext, mode: Mode): Promise<void> {
  const name = { session: "Session mode", jwt: "JWT mode" }[mode];
  await expect(page.getByTestId("header-mode")).toHaveText(name);
  await expect(page.getByRole("main").getByText(name, { exact: true })).toBeVisible();
  const queries = page.locator("dl > div", { hasText: "Database queries" }).locator("dd > span").first();
  // A session costs one, unless Redis had a copy.
  await expect(queries).toHaveText(mode === "jwt" ? "0" : suiteRedisUrl ? /^[01]$/ : "1");
  const isVisited = (await queries.textContent()) !== "0";
  await expect(page.getByText("Not visited. 0 queries.")).toHaveCount(isVisited ? 0 : 1);

  expect(Boolean(await cookieIn(context, "session"))).toBe(mode === "session");
  expect(Boolean(await cookieIn(context, "access"))).toBe(mode === "jwt");
}
