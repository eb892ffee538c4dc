/** Killed in the middle of its work, the server loses nothing that it has acknowledged, and leaves nothing half done. */
import { expect, ON_BOTH, test, type App } from "../support/app";
import {
  ALL_KINDS,
  JWT_KINDS,
  logIn,
  signedIn,
  signUp,
  someEmail,
  type Device,
  type Kind,
} from "../support/device";
import { ConnectionLost } from "../support/http";
import { onPostgres } from "../support/postgres";
import { randomFrom, rounds, seedNote } from "../support/rounds";
import { rows } from "../support/rows";

// Sign-ups are kept cheap to check: what is hashed is not what may be lost. The grace is at its longest: on a busy machine the restart
// and eight devices in turn take longer than its ten seconds.
test.use({
  serverEnv: {
    LIMIT_ADDRESS_FAILURES: "100000",
    LIMIT_REFRESHES: "100000",
    HASH_QUEUE_LIMIT: "1000",
    REFRESH_GRACE_SECONDS: "60",
  },
});
test.describe.configure({ mode: "serial" });

const random = randomFrom("crash");
const note = seedNote;
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

/** Of those who were welcomed and show it by their session, so many log in as well: each of them costs a hash. */
const LOG_INS = 4;

/** Works until the server is gone; every acknowledged act is kept by what it returns. A broken connection ends it. */
async function workUntilKilled(act: () => Promise<void>): Promise<void> {
  try {
    for (;;) await act();
  } catch (error) {
    // Anything else than that the other end is gone is a finding.
    if (!(error instanceof ConnectionLost)) throw error;
  }
}

/** Kills the server after a random number of acknowledged acts, at a random moment of the next ones. */
async function killAmong(app: App, workers: (() => Promise<void>)[]): Promise<void> {
  let acts = 0;
  const killAfter = 3 + Math.floor(random() * 25);
  const turns = Math.floor(random() * 50);
  let reached = () => {};
  const enough = new Promise<void>((resolve) => (reached = resolve));
  const running = workers.map((act) =>
    workUntilKilled(async () => {
      await act();
      acts += 1;
      if (acts === killAfter) reached();
    }),
  );
  await Promise.race([enough, Promise.all(running)]);
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await app.kill();
  await Promise.all(running);
  expect(acts, `${note}: the server was killed among work that succeeded`).toBeGreaterThanOrEqual(killAfter);
  await app.start();
}

async function nothingIsHalfDone(app: App): Promise<void> {
  // PostgreSQL was not killed.
  if (!onPostgres) {
    expect(await rows(app.databaseUrl, "PRAGMA integrity_check"), note).toEqual([["ok"]]);
    expect(await rows(app.databaseUrl, "PRAGMA foreign_key_check"), note).toEqual([]);
  }
  const orphans = await rows(
    app.databaseUrl,
    `SELECT s."id" FROM "DeviceSession" s LEFT JOIN "RefreshToken" r ON r."sessionId" = s."id"
     WHERE (s."mode" = 'jwt') != (r."sessionId" IS NOT NULL)`,
  );
  expect(orphans, `${note}: device sessions in jwt mode have a refresh token, others have none`).toEqual([]);
  const unrecorded = await rows(
    app.databaseUrl,
    `SELECT s."id" FROM "DeviceSession" s LEFT JOIN "Revocation" n ON n."sid" = s."id" AND n."role" IS NULL
     WHERE (s."endedAt" IS NOT NULL) != (n."id" IS NOT NULL)`,
  );
  expect(unrecorded, `${note}: every end has its notice, and no notice is without one`).toEqual([]);
}

/** As a browser would: used as it is, renewed where it is a JWT. */
async function isSignedIn(app: App, device: Device): Promise<void> {
  expect((await device.me(app)).outcome, `${note} ${device.kind} ${device.email}`).toBe("200");
  if (device.kind === "session cookie" || device.client.jar.has("session")) return;
  expect((await device.refresh(app)).outcome, `${note} ${device.kind} ${device.email}`).toBe("200");
  expect((await device.me(app)).outcome, note).toBe("200");
}

test(
  "killed among sign-ups: whoever was welcomed is there and signed in, and no half account is left",
  ON_BOTH,
  async ({ app }) => {
    for (let round = 0; round < rounds(3); round += 1) {
      const welcomed: Device[] = [];
      const asked: string[] = [];
      const join = async () => {
        const email = someEmail();
        asked.push(email);
        welcomed.push(await signUp(app, pick(ALL_KINDS), { email }));
      };
      await killAmong(
        app,
        Array.from({ length: 6 }, () => join),
      );
      await nothingIsHalfDone(app);
      await Promise.all(welcomed.map((device) => isSignedIn(app, device)));

      const known = new Set(
        (await rows(app.databaseUrl, `SELECT "email" FROM "User"`)).map(([email]) => String(email)),
      );
      const made = asked.filter((email) => known.has(email));
      for (const { email } of welcomed) expect(made, note).toContain(email);
      // Whether it was told or not: who has an account can use it, and who has none can make one.
      const told = new Set(welcomed.map(({ email }) => email));
      const untold = made.filter((email) => !told.has(email));
      for (const email of [...untold, ...[...told].slice(-LOG_INS)])
        await isSignedIn(app, await logIn(app, pick(ALL_KINDS), { email }));
      for (const email of asked.filter((one) => !known.has(one)))
        await isSignedIn(app, await signUp(app, pick(ALL_KINDS), { email }));
    }
  },
);

test(
  "killed among refreshes: the last token that was answered still renews, and nobody is signed out",
  ON_BOTH,
  async ({ app }) => {
    const devices = await Promise.all(Array.from({ length: 8 }, (_, n) => signedIn(app, JWT_KINDS[n % 2]!)));
    for (let round = 0; round < rounds(6); round += 1) {
      await killAmong(
        app,
        devices.map((device) => async () => {
          expect((await device.refresh(app)).outcome, note).toBe("200");
        }),
      );
      await nothingIsHalfDone(app);
      // A rotation that was made and never answered is healed by the grace, which began before the restart.
      for (const device of devices) await isSignedIn(app, device);
    }
  },
);

test(
  "killed among switches of mode: everybody is in one mode or the other, with what was answered last or one refresh or log-in away",
  ON_BOTH,
  async ({ app }) => {
    const devices = await Promise.all(
      Array.from({ length: 6 }, () => signedIn(app, pick(["session cookie", "JWT cookie"] as Kind[]))),
    );
    for (let round = 0; round < rounds(4); round += 1) {
      const pending = new Map<Device, string>();
      await killAmong(
        app,
        devices.map((device) => async () => {
          const mode = device.client.jar.has("session") ? "jwt" : "session";
          pending.set(device, mode);
          const switched = await device.send(app, "POST", "/api/auth/mode", { mode });
          expect(switched.outcome, note).toBe("200");
          pending.delete(device);
        }),
      );
      await nothingIsHalfDone(app);
      for (const [n, device] of devices.entries()) {
        const me = await device.copy().me(app);
        const lives = await rows(
          app.databaseUrl,
          `SELECT "mode" FROM "DeviceSession" WHERE "userId" = '${device.userId}' AND "endedAt" IS NULL`,
        );
        expect(lives, `${note}: one live device session, on one side of the switch`).toHaveLength(1);
        const [preferred] = await rows(
          app.databaseUrl,
          `SELECT "preferredMode" FROM "User" WHERE "id" = '${device.userId}'`,
        );
        if (me.status === 200) {
          expect(lives[0], note).toEqual([me.json.session.mode]);
          await isSignedIn(app, device);
          continue;
        }
        // Only a switch that was made and not answered may have taken the credential: the preference went with it.
        expect(me.outcome, note).toBe("401 session_ended");
        expect([pending.get(device)], note).toEqual(lives[0]);
        expect(preferred, note).toEqual(lives[0]);
        const again = await logIn(app, "JWT cookie", device.person);
        await again.send(app, "POST", "/api/auth/logout-all", { keepCurrent: true });
        devices[n] = again;
      }
    }
  },
);
