/** A backup taken while the server is busy, restored elsewhere and served: what is there, what lives again, and what closes that. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { logIn, signedIn, type Device } from "../support/device";
import { createDatabase, nameDatabase, onPostgres } from "../support/postgres";
import { discard, expect, ON_BOTH, STANDALONE, startApp, test, type App } from "../support/app";
import { freshSecrets } from "../../scripts/secrets.mjs";

test.use({ serverEnv: { LIMIT_REFRESHES: "100000" } });

const run = promisify(execFile);
const script = (name: string, ...args: string[]) => [path.join(STANDALONE, "scripts", name), ...args];
const operate = (app: App, name: string, ...args: string[]) =>
  run(process.execPath, script(name, ...args), { env: app.env as NodeJS.ProcessEnv });

const hasPgDump = () =>
  run("pg_dump", ["--version"]).then(
    () => true,
    () => false,
  );

async function backUp(app: App, folder: string): Promise<string> {
  const file = path.join(folder, "backup");
  if (onPostgres) await run("pg_dump", ["-Fc", "-f", file, app.databaseUrl]);
  else await operate(app, "backup.mjs", file);
  return file;
}

/** Returns the DATABASE_URL of a new database with what is in the backup. */
async function restore(file: string, folder: string): Promise<string> {
  if (!onPostgres) {
    const database = path.join(folder, "restored", "halfstate.db");
    mkdirSync(path.dirname(database));
    copyFileSync(file, database);
    return `file:${database}`;
  }
  const databaseUrl = nameDatabase("e2e");
  await createDatabase(databaseUrl);
  await run("pg_restore", ["--no-owner", "--exit-on-error", "-d", databaseUrl, file]);
  return databaseUrl;
}

test(
  "a backup of a busy server is whole; what ended after it lives again until all device sessions are ended",
  ON_BOTH,
  async ({ app }) => {
    test.skip(onPostgres && !(await hasPgDump()), "missing: pg_dump is not installed");
    const folder = mkdtempSync(path.join(tmpdir(), "halfstate-e2e-backup-"));
    let restored: App | null = null;
    try {
      const inSessionMode = await signedIn(app, "session cookie");
      const inJwtMode = await signedIn(app, "JWT bearer");
      const busy = await Promise.all([1, 2, 3].map(() => signedIn(app, "JWT bearer")));

      let isOver = false;
      let rotations = 0;
      const written = busy.map(async (device) => {
        while (!isOver) {
          expect((await device.refresh(app)).outcome).toBe("200");
          rotations += 1;
        }
      });
      await expect.poll(() => rotations).toBeGreaterThan(3);
      const before = rotations;
      const file = await backUp(app, folder);
      expect(rotations, "writes while it was copied").toBeGreaterThan(before);
      isOver = true;
      await Promise.all(written);
      if (!onPostgres) expect(statSync(file).mode & 0o077, "for its owner alone").toBe(0);

      // After the backup: one signs out, one rotates, one signs up.
      const signedOut = inSessionMode.copy();
      expect((await inSessionMode.send(app, "POST", "/api/auth/logout")).outcome).toBe("204");
      const atBackup = inJwtMode.copy();
      for (let turn = 0; turn < 2; turn += 1) await inJwtMode.refresh(app);
      const late = await signedIn(app, "JWT bearer");

      const { PORT: _port, ...env } = app.env;
      restored = await startApp({ ...env, DATABASE_URL: await restore(file, folder) });
      // The rest show below that they are there: their device sessions are ended, and not unknown.
      for (const { person, userId } of [inSessionMode, busy[0]!])
        expect((await logIn(restored, "session cookie", person)).userId).toBe(userId);
      await expect(logIn(restored, "session cookie", late.person)).rejects.toThrow("401 invalid_credentials");

      // Exactly what docs/backup.md warns of.
      expect((await signedOut.me(restored)).outcome).toBe("200");
      expect((await inJwtMode.copy().refresh(restored)).outcome).toBe("401 refresh_invalid");
      expect((await atBackup.copy().refresh(restored)).outcome).toBe("200");
      expect((await late.me(restored)).outcome).toBe("200");

      const { stdout } = await operate(restored, "admin.mjs", "end-all-sessions");
      expect(stdout).toMatch(/^Ended \d+ device sessions\./);
      expect((await signedOut.me(restored)).outcome).toBe("401 session_ended");
      for (const device of [atBackup, inJwtMode, ...busy]) {
        expect((await device.copy().refresh(restored)).outcome).toBe("401 session_ended");
        await expect.poll(() => outcomeOf(device, restored!)).toBe("401 session_ended");
      }
      expect((await operate(restored, "admin.mjs", "end-all-sessions")).stdout).toMatch(
        /^Ended 0 device sessions\./,
      );
      const again = await logIn(restored, "session cookie", inSessionMode.person);
      const trail = await again.send(restored, "GET", "/api/me/events");
      expect(trail.text).toContain('"ended_by_admin"');

      // Of a device session begun after the backup there is no row to end: only other keys refuse its token before its time is over.
      expect((await late.refresh(restored)).outcome).toBe("401 session_ended");
      expect((await late.me(restored)).outcome).toBe("200");
      await restored.stop();
      restored.env.ACCESS_TOKEN_KEYS = freshSecrets().ACCESS_TOKEN_KEYS!;
      await restored.start();
      expect((await late.me(restored)).outcome).toBe("401 credential_invalid");
      expect((await again.me(restored)).outcome).toBe("200");
    } finally {
      await restored?.stop();
      if (restored && onPostgres) await discard(restored);
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

const outcomeOf = async (device: Device, app: App) => (await device.copy().me(app)).outcome;

test("a backup overwrites nothing, and what cannot be copied is said plainly", async ({ app }) => {
  test.skip(onPostgres, "npm run backup is for SQLite");
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-e2e-backup-"));
  try {
    const file = path.join(folder, "backup");
    await operate(app, "backup.mjs", file);
    const size = statSync(file).size;
    await expect(operate(app, "backup.mjs", file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is there already"),
    });
    expect(statSync(file).size).toBe(size);
    const elsewhere = { ...app, env: { ...app.env, DATABASE_URL: `file:${folder}/none.db` } };
    await expect(operate(elsewhere, "backup.mjs", path.join(folder, "other"))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There is no database at"),
    });
    const unknown = { ...app, env: { ...app.env, DATABASE_URL: "postgresql://127.0.0.1:1/none" } };
    await expect(operate(unknown, "backup.mjs", path.join(folder, "other"))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("pg_dump"),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
