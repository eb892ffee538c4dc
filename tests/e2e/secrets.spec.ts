/** Every secret is rotated under people who are signed in: one server through the three steps, and two that disagree meanwhile. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { discard, expect, STANDALONE, startApp, test, type App } from "../support/app";
import { expired } from "../support/credentials";
import { ALL_KINDS, logIn, PASSWORD, signUp, type Device, type Kind } from "../support/device";
import { send, type Answer } from "../support/http";
import { startBeside } from "../support/two-processes";

const ROOMY = { LIMIT_REFRESHES: "100000", LIMIT_ADDRESS_FAILURES: "100000" };

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

/** A page as a browser would get to it: with its cookies, and wherever it is sent on the way. */
async function visit(app: App, device: Device): Promise<Answer> {
  let answer = await device.send(app, "GET", "/dashboard");
  for (let hops = 0; answer.status === 303 && hops < 3; hops += 1) {
    const { pathname, search } = new URL(answer.headers.get("location")!, app.url);
    answer = await device.send(app, "GET", pathname + search);
  }
  return answer;
}

const statusOf = async (app: App): Promise<string> => {
  const script = path.join(STANDALONE, "scripts", "rotate-secrets.mjs");
  const env = app.env as NodeJS.ProcessEnv;
  return (await promisify(execFile)(process.execPath, [script, "status"], { env })).stdout;
};

const tryLogIn = (app: App, email: string) =>
  send(app, "POST", "/api/auth/login", { json: { email, password: PASSWORD } });

test("one server goes through the three steps: nobody is signed out, and then nothing of the old secrets is accepted", async () => {
  // Its own, because it is restarted.
  const app = await startApp(ROOMY);
  try {
    const steps = step({ ...app.env }, freshSecrets());
    /** Three devices of one account: the secrets of the devices are theirs, that of the password is the account's. */
    const threeDevices = async () => {
      const [first, ...others] = ALL_KINDS as [Kind, ...Kind[]];
      const device = await signUp(app, first);
      return [device, ...(await Promise.all(others.map((kind) => logIn(app, kind, device.person))))];
    };
    const devices = await threeDevices();
    // Who does nothing at all until the end.
    const sleepers = await threeDevices();

    const everybodyIsIn = async (what: string) => {
      const [, inJwtMode, bearer] = devices as [Device, Device, Device];
      // An access token that has run out: the visit renews it.
      inJwtMode.client.set("access", await expired(app, inJwtMode.client.value("access")));
      for (const device of devices.slice(0, 2)) {
        const page = await visit(app, device);
        expect(page.outcome, `${what}: ${device.kind}`).toBe("200");
        expect(page.text, what).toContain("How this request was authenticated");
      }
      expect((await bearer.refresh(app)).outcome, what).toBe("200");
      expect((await bearer.me(app)).outcome, what).toBe("200");
      expect((await tryLogIn(app, bearer.email)).outcome, what).toBe("200");
    };

    await everybodyIsIn("before");
    await restart(app, steps.accepted);
    await everybodyIsIn("accepted");
    await restart(app, steps.used);
    await everybodyIsIn("used");
    // The replacement of a hash is written after the answer: only who sleeps is left with one of the old pepper.
    await expect.poll(() => statusOf(app)).toMatch(/PASSWORD_PEPPER +previous +[0-9a-f]+ +1 password hash/);
    // Longer than any session lives, in the time of a test: whoever has been signed in for so long has logged in again.
    devices[0] = await logIn(app, "session cookie", devices[0]!.person);

    await restart(app, steps.retired);
    await everybodyIsIn("retired");
    for (const sleeper of sleepers) {
      const { kind } = sleeper;
      if (kind === "session cookie") expect((await sleeper.me(app)).outcome).toBe("401 credential_invalid");
      else expect((await sleeper.refresh(app)).outcome, kind).toBe("401 refresh_invalid");
    }
    expect((await tryLogIn(app, sleepers[0]!.email)).outcome).toBe("401 invalid_credentials");
  } finally {
    await app.stop();
    await discard(app);
  }
});

test("while one process makes with the old secrets and one with the new, what either issues, the other accepts: credentials, pages, passwords", async () => {
  const steps = step(freshSecrets(), freshSecrets());
  const app = await startApp({ ...ROOMY, ...steps.accepted });
  const other = await startBeside(app, steps.used);
  try {
    for (const [here, there] of [
      [app, other],
      [other, app],
    ] as const) {
      for (const kind of ALL_KINDS) {
        const device = await signUp(here, kind);
        expect((await device.me(there)).outcome, kind).toBe("200");
        // The middleware judges the cookie at the edge: one that it does not know would be sent to the log-in.
        if (kind !== "JWT bearer")
          expect((await device.send(there, "GET", "/dashboard")).outcome).toBe("200");
        if (kind !== "session cookie") expect((await device.refresh(there)).outcome, kind).toBe("200");
        expect((await device.me(here)).outcome, kind).toBe("200");
      }
      const { email } = await signUp(here, "JWT bearer");
      // In turn, so that each of them replaces the hash of the other.
      for (const process of [there, here, there])
        expect((await tryLogIn(process, email)).outcome).toBe("200");
    }
  } finally {
    await other.stop();
    await app.stop();
    await discard(app);
  }
});
