/** Every secret is rotated under people who are signed in: one server through the three steps, and two that disagree meanwhile. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { BrowserContext } from "@playwright/test";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { discard, STANDALONE, startApp, type App } from "../support/app";
import { expired } from "../support/credentials";
import { ALL_KINDS, logIn, PASSWORD, send, signUp, type Device } from "../support/device";
import { expect, startBeside, test } from "../support/two-processes";

test.use({ serverEnv: { LIMIT_REFRESHES: "100000", LIMIT_ADDRESS_FAILURES: "100000" } });

const NAMES = ["SESSION_SECRET", "REFRESH_TOKEN_SECRET", "PASSWORD_PEPPER"] as const;
type Values = Record<string, string>;

/** What every variable is at each step of a rotation from `old` to `fresh`. */
const step = (old: Values, fresh: Values) => ({
  accepted: Object.fromEntries(
    NAMES.flatMap((name) => [
      [name, old[name]!],
      [`${name}_NEXT`, fresh[name]!],
    ]),
  ),
  used: Object.fromEntries(
    NAMES.flatMap((name) => [
      [name, fresh[name]!],
      [`${name}_NEXT`, ""],
      [`${name}_PREVIOUS`, old[name]!],
    ]),
  ),
  retired: Object.fromEntries(
    NAMES.flatMap((name) => [
      [name, fresh[name]!],
      [`${name}_PREVIOUS`, ""],
    ]),
  ),
});

async function restart(app: App, variables: Values): Promise<void> {
  await app.stop();
  Object.assign(app.env, variables);
  await app.start();
}

/** Puts a device's cookies into a browser. */
async function browse(context: BrowserContext, app: App, { cookies }: Device): Promise<void> {
  const given = Object.entries(cookies).map(([name, value]) => ({
    name,
    value,
    domain: new URL(app.url).hostname,
    // As the server sets it: elsewhere it would be a second cookie of that name.
    path: name === "refresh" ? "/api/auth" : "/",
  }));
  await context.addCookies(given);
}

const statusOf = async (app: App): Promise<string> => {
  const script = path.join(STANDALONE, "scripts", "rotate-secrets.mjs");
  const env = app.env as NodeJS.ProcessEnv;
  return (await promisify(execFile)(process.execPath, [script, "status"], { env })).stdout;
};

const tryLogIn = (app: App, email: string) =>
  send(app, "POST", "/api/auth/login", { body: { email, password: PASSWORD } });

test("one server goes through the three steps: nobody is signed out, and then nothing of the old secrets is accepted", async ({
  browser,
}) => {
  // Its own, because it is restarted.
  const app = await startApp();
  try {
    const steps = step({ ...app.env }, freshSecrets());
    const people = await Promise.all(ALL_KINDS.map((kind) => signUp(app, kind)));
    // Who does nothing at all until the end.
    const sleepers = await Promise.all(ALL_KINDS.map((kind) => signUp(app, kind)));
    const contexts = await Promise.all(
      people.slice(0, 2).map(async (device) => {
        const context = await browser.newContext();
        await browse(context, app, device);
        return context;
      }),
    );
    const bearer = people[2]!;

    const everybodyIsIn = async (what: string) => {
      // An access token that has run out: the visit renews it.
      const [, inJwtMode] = contexts as [BrowserContext, BrowserContext];
      const access = (await inJwtMode.cookies()).find(({ name }) => name === "access")!;
      await inJwtMode.addCookies([{ ...access, value: await expired(app, access.value) }]);
      for (const context of contexts) {
        const page = await context.newPage();
        await page.goto(`${app.url}/dashboard`);
        await expect(
          page.getByRole("heading", { name: "How this request was authenticated" }),
          what,
        ).toBeVisible();
        await page.close();
      }
      expect((await bearer.refresh(app)).outcome, what).toBe("200");
      expect((await bearer.me(app)).outcome, what).toBe("200");
      for (const { email } of people) expect((await tryLogIn(app, email)).outcome, what).toBe("200");
    };

    await everybodyIsIn("before");
    await restart(app, steps.accepted);
    await everybodyIsIn("accepted");
    await restart(app, steps.used);
    await everybodyIsIn("used");
    // The replacement of a hash is written after the answer: only those who sleep are left with one of the old pepper.
    await expect.poll(() => statusOf(app)).toMatch(/PASSWORD_PEPPER +previous +[0-9a-f]+ +3 password hashes/);
    // Longer than any session lives, in the time of a test: whoever has been signed in for so long has logged in again.
    const later = await logIn(app, "session cookie", people[0]!.email);
    await contexts[0]!.clearCookies();
    await browse(contexts[0]!, app, later);

    await restart(app, steps.retired);
    await everybodyIsIn("retired");
    for (const sleeper of sleepers) {
      const { kind, email } = sleeper;
      if (kind === "session cookie") expect((await sleeper.me(app)).outcome).toBe("401 credential_invalid");
      else expect((await sleeper.refresh(app)).outcome, kind).toBe("401 refresh_invalid");
      expect((await tryLogIn(app, email)).outcome, kind).toBe("401 invalid_credentials");
    }
    await Promise.all(contexts.map((context) => context.close()));
  } finally {
    await app.stop();
    await discard(app);
  }
});

test.describe("while one process makes with the old secrets and one with the new", () => {
  let steps: ReturnType<typeof step>;
  let other: App;

  test.beforeEach(async ({ app }) => {
    steps ??= step({ ...app.env }, freshSecrets());
    await restart(app, steps.accepted);
    other = await startBeside(app, steps.used);
  });
  test.afterEach(() => other.stop());

  test("what either issues, the other accepts: credentials, pages, passwords", async ({ app }) => {
    for (const kind of ALL_KINDS) {
      for (const [here, there] of [
        [app, other],
        [other, app],
      ] as const) {
        const device = await signUp(here, kind);
        expect((await device.me(there)).outcome, kind).toBe("200");
        // The middleware judges the cookie at the edge: one that it does not know would be sent to the log-in.
        if (kind !== "JWT bearer")
          expect((await device.send(there, "GET", "/dashboard")).outcome).toBe("200");
        // In turn, so that each of them replaces the hash of the other.
        for (const process of [there, here, there])
          expect((await tryLogIn(process, device.email)).outcome, kind).toBe("200");
        if (kind !== "session cookie") expect((await device.refresh(there)).outcome, kind).toBe("200");
        expect((await device.me(here)).outcome, kind).toBe("200");
      }
    }
  });
});
