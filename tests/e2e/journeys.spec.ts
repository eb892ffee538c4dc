/** What a person does with the app, from the first form to the last, with JavaScript and without. */
import type { BrowserContext, Page } from "@playwright/test";
import { logIn, newPerson, signUp, type Mode, type Person } from "../support/accounts";
import { cookieIn, expect, test } from "../support/browser";
import { suiteRedisUrl } from "../support/redis";

// What a browser itself would make of these; many more are sent as plain posts in http-contract.spec.ts.
const HOSTILE_NEXT = ["/\\evil.example", "/\t/evil.example"];

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("somebody signs up through the form and lands on the dashboard", async ({ page, context }) => {
      const { name, email, password } = newPerson();
      await page.goto("/");
      await page.getByRole("link", { name: "Try it" }).click();
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Email").fill(email);
      await page.getByLabel("Password", { exact: true }).fill(password);
      await submit(page, "Sign up");

      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText(`Hello ${name}.`)).toBeVisible();
      expect(await cookieIn(context, "access")).toBeTruthy();
      expect(await cookieIn(context, "refresh")).toBeTruthy();
    });

    test("an account without a name is called by the part of its email before the @", async ({ page }) => {
      const { email, password } = newPerson();
      await page.goto("/signup");
      await fillIn(page, email, password);
      await submit(page, "Sign up");
      await expect(page.getByText(`Hello ${email.split("@")[0]}.`)).toBeVisible();
    });

    test("an email that is taken is refused, and only the email is kept", async ({ page, app }) => {
      const { person } = await signUp(app, "jwt");
      await page.goto("/signup");
      await page.getByLabel("Name").fill("Somebody Else");
      await fillIn(page, person.email, "another fine password");
      await submit(page, "Sign up");

      await expect(alertIn(page)).toContainText("An account with this email already exists. Log in instead.");
      await expect(page).toHaveURL("/signup");
      await expect(page.getByLabel("Email")).toHaveValue(person.email);
      await expect(page.getByLabel("Name")).toHaveValue("Somebody Else");
    });

    test("somebody logs in and out again", async ({ page, app, context }) => {
      const { person } = await signUp(app, "session");
      await page.goto("/login");
      await fillIn(page, person.email, person.password);
      await submit(page, "Log in");
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();

      await logOut(page, person);
      await expect(page).toHaveURL("/");
      await expect(page.getByRole("navigation", { name: "Account" })).toBeVisible();
      for (const name of ["session", "access", "refresh"])
        expect(await cookieIn(context, name)).toBeUndefined();

      await page.goto("/dashboard");
      await expect(page).toHaveURL("/login?next=%2Fdashboard");
      await page.goBack();
      await expect(page.getByText(`Hello ${person.name}.`)).toHaveCount(0);
    });

    test("a wrong password is refused in words, keeps the email and gives nothing else away", async ({
      page,
      app,
    }) => {
      const { person } = await signUp(app, "jwt");
      const wrong = "not the right password 8431";
      await page.goto("/login");
      await fillIn(page, person.email, wrong);
      await submit(page, "Log in");

      const alert = alertIn(page);
      await expect(alert).toHaveText("Email and password do not match an account.");
      await expect(alert).toBeFocused();
      await expect(page.getByLabel("Email")).toHaveValue(person.email);
      if (!javaScriptEnabled) await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
      expect(new URL(page.url()).search).toBe("");
      expect(await page.content()).not.toContain(wrong);

      await fillIn(page, `nobody.${person.email}`, wrong);
      await submit(page, "Log in");
      await expect(page.getByLabel("Email")).toHaveValue(`nobody.${person.email}`);
      await expect(alertIn(page)).toHaveText("Email and password do not match an account.");
    });

    test("a short password is refused beside its field, and so is a common one", async ({
      page,
      context,
    }) => {
      const { email } = newPerson();
      await page.goto("/signup");
      await fillIn(page, email, "short");
      await submit(page, "Sign up");

      const password = page.getByLabel("Password", { exact: true });
      await expect(password).toHaveAttribute("aria-invalid", "true");
      await expect(password).toHaveAccessibleDescription(/Use at least 8 characters/);
      if (javaScriptEnabled) await expect(password).toBeFocused();
      await expect(page.getByLabel("Email")).toHaveValue(email);

      await password.fill("Password1");
      await submit(page, "Sign up");
      await expect(password).toHaveAccessibleDescription(/common/i);
      expect(await cookieIn(context, "access")).toBeUndefined();
    });

    test("an email that only looks like one is named beside its field", async ({ page }) => {
      await page.goto("/signup");
      await fillIn(page, "ada@example", "rusty lantern 1843");
      await submit(page, "Sign up");

      const email = page.getByLabel("Email");
      await expect(email).toHaveAttribute("aria-invalid", "true");
      await expect(email).toHaveAccessibleDescription(/Enter an email address/);
      await expect(email).toHaveValue("ada@example");
      if (javaScriptEnabled) await expect(email).toBeFocused();
    });

    test("two refused fields get a summary that takes focus and links to both", async ({ page }) => {
      await page.goto("/signup");
      await fillIn(page, "ada@example", "1234567");
      if (javaScriptEnabled) await page.getByLabel("Email").fill("ada");
      await submit(page, "Sign up");

      const alert = alertIn(page);
      await expect(alert).toBeFocused();
      await expect(alert.getByRole("link")).toHaveCount(2);
      await alert.getByRole("link", { name: /characters/ }).click();
      await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
    });

    test("log-in leads to where one was going", async ({ page, app }) => {
      const { person } = await signUp(app, "jwt");
      await page.goto("/settings");
      await expect(page).toHaveURL("/login?next=%2Fsettings");
      await fillIn(page, person.email, "wrong at first");
      await submit(page, "Log in");
      await expect(alertIn(page)).toBeVisible();
      await page.getByLabel("Password", { exact: true }).fill(person.password);
      await submit(page, "Log in");
      await expect(page).toHaveURL("/settings");
    });

    test("a hostile next leads to the dashboard", async ({ page, app }) => {
      const { person } = await signUp(app, "jwt");
      for (const next of HOSTILE_NEXT) {
        await page.goto(`/login?next=${encodeURIComponent(next)}`);
        await fillIn(page, person.email, person.password);
        await submit(page, "Log in");
        await expect(page, `after next=${next}`).toHaveURL("/dashboard");
      }
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

    test("a new name is shown at once", async ({ page, signedUp }) => {
      for (const mode of ["session", "jwt"] as const) {
        await signedUp(mode);
        await page.goto("/settings");
        await page.getByLabel("Name").fill("  Grace <b>Hopper</b> ");
        await submit(page, "Save name");
        await expect(page.getByRole("status").filter({ hasText: "Name saved." })).toBeVisible();
        await expect(page.getByRole("button", { name: "Account: Grace <b>Hopper</b>" })).toBeVisible();
        await expect(page.getByLabel("Name")).toHaveValue("Grace <b>Hopper</b>");
        await page.goto("/dashboard");
        await expect(page.getByText("Hello Grace <b>Hopper</b>.")).toBeVisible();
      }
    });

    test("spaces around a name are gone once it is saved, also when nothing else was changed", async ({
      page,
      signedUp,
    }) => {
      const { person } = await signedUp("session");
      await page.goto("/settings");
      for (const typed of [`  ${person.name} `, `${person.name}   `]) {
        await page.getByLabel("Name").fill(typed);
        await submit(page, "Save name");
        await expect(page.getByLabel("Name")).toHaveValue(person.name);
      }
    });

    test("an empty name is refused where it is typed", async ({ page, signedUp }) => {
      await signedUp("jwt");
      await page.goto("/settings");
      await page.getByLabel("Name").fill("   ");
      await submit(page, "Save name");
      await expect(page.getByLabel("Name")).toHaveAccessibleDescription("Enter a name.");
      await expect(page).toHaveURL("/settings");
    });

    test("one other device is signed out, then all others", async ({ page, app, signedUp }) => {
      const { person, client } = await signedUp("jwt");
      const others = await Promise.all([
        logIn(app, person, "jwt"),
        logIn(app, person, "session"),
        logIn(app, person, "jwt"),
      ]);
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
      const statuses = await Promise.all(
        others.map(async ({ client }) => (await client.copy().get("/api/me")).status),
      );
      expect(statuses.sort()).toEqual([200, 200, 401]);

      await page.getByRole("button", { name: "Sign out all other devices" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Sign out all others" }).click();
      await expect(devices).toHaveCount(1);
      await expect(page.getByText("No other device is logged in to your account.")).toBeVisible();
      for (const other of others) expect((await other.client.get("/api/me")).json.code).toBe("session_ended");
      expect((await client.get("/api/me")).status).toBe(200);
    });

    test("the account is deleted only with the right password", async ({ page, app, signedUp }) => {
      const { person } = await signedUp("session");
      const other = await logIn(app, person, "jwt");
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

      expect((await other.client.get("/api/me")).json.code).toBe("session_ended");
      await page.goto("/login");
      await fillIn(page, person.email, person.password);
      await submit(page, "Log in");
      await expect(alertIn(page)).toHaveText("Email and password do not match an account.");
    });
  });
}

async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

const submit = (page: Page, name: string) => page.getByRole("main").getByRole("button", { name }).click();

/** Next keeps an empty alert of its own for route changes. */
const alertIn = (page: Page) => page.getByRole("main").getByRole("alert");

async function logOut(page: Page, person: Person): Promise<void> {
  await page.getByRole("button", { name: `Account: ${person.name}` }).click();
  await page.getByRole("button", { name: "Log out" }).click();
}

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
