/** The database may be read but not written: nobody is signed out, nothing is a fault of ours, and all heals when it may be written again. */
import { chmodSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, STANDALONE, startApp, test as base, type App } from "../support/app";
import { logIn, PASSWORD, send, signUp } from "../support/device";

// Root may write to whatever it likes. The server does without that privilege, as it would under a user of its own.
const UNPRIVILEGED =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", process.execPath]
    : [process.execPath];

const test = base.extend<{ ownApp: App }>({
  ownApp: async ({}, provide) => {
    const app = await startApp({}, STANDALONE, UNPRIVILEGED);
    await provide(app);
    await app.stop();
    chmodSync(folderOf(app), 0o700);
    rmSync(folderOf(app), { recursive: true, force: true });
  },
});

const fileOf = ({ databaseUrl }: App) => databaseUrl.replace(/^file:/, "");
const folderOf = (app: App) => path.dirname(fileOf(app));

/** A copy takes the file's place, as a restored backup does: what a server has open cannot be made read-only under it. */
async function replaceByCopy(app: App, mode: number): Promise<void> {
  const file = fileOf(app);
  const original = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
  await original.executeScript(`VACUUM INTO '${file}.copy'`);
  await original.dispose();
  const copy = await new PrismaBetterSqlite3({ url: `file:${file}.copy` }).connect();
  await copy.executeScript("PRAGMA journal_mode = WAL");
  await copy.dispose();
  chmodSync(`${file}.copy`, mode);
  // What these hold is in the copy; beside another file they would be taken for its own.
  for (const rest of ["-wal", "-shm"]) rmSync(file + rest, { force: true });
  renameSync(`${file}.copy`, file);
}

for (const [what, folderMode, sessionReads] of [
  ["its file", 0o700, "200"],
  ["its file and its folder", 0o500, "503 storage_unavailable"],
] as const) {
  test(`while ${what} may not be written, JWT mode goes on, session mode answers ${sessionReads}, and writes answer 503`, async ({
    ownApp: app,
  }) => {
    const session = await signUp(app, "session cookie");
    const jwt = await logIn(app, "JWT cookie", session.email);
    const { email } = session;
    await replaceByCopy(app, 0o400);
    chmodSync(folderOf(app), folderMode);
    const rename = async (name: string) =>
      (await session.copy().send(app, "PATCH", "/api/me", { name })).outcome;
    // That another file has taken its place is noticed within moments, not at once.
    await expect.poll(() => rename("Early"), { timeout: 10_000 }).toBe("503 storage_unavailable");

    const me = await jwt.copy().me(app);
    expect([me.outcome, me.queries]).toEqual(["200", 0]);
    const sessionMe = await session.copy().me(app);
    expect(sessionMe.outcome).toBe(sessionReads);
    const page = await send(app, "GET", "/dashboard", { headers: session.credentials() });
    expect(page.status).toBe(sessionMe.status);
    const writes = await Promise.all([
      send(app, "POST", "/api/auth/login", { body: { email, password: PASSWORD, mode: "session" } }),
      send(app, "POST", "/api/auth/login", { body: { email, password: PASSWORD, transport: "bearer" } }),
      send(app, "POST", "/api/auth/signup", { body: { email: `new.${email}`, password: PASSWORD } }),
      jwt.copy().refresh(app),
      session.copy().send(app, "POST", "/api/auth/logout"),
      jwt.copy().send(app, "POST", "/api/auth/logout-all", {}),
      jwt.copy().send(app, "POST", "/api/auth/mode", { mode: "session" }),
      jwt.copy().send(app, "DELETE", "/api/me", { password: PASSWORD }),
      send(app, "GET", "/api/auth/refresh?next=/dashboard", { headers: jwt.credentials() }),
    ]);
    expect(writes.map(({ outcome }) => outcome)).toEqual([
      ...Array(8).fill("503 storage_unavailable"),
      "503",
    ]);
    for (const { status, headers, cookies } of [me, sessionMe, page, ...writes]) {
      expect(cookies).toEqual({});
      if (status === 503) expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    }

    chmodSync(folderOf(app), 0o700);
    await replaceByCopy(app, 0o600);
    await expect.poll(() => rename("Ada"), { timeout: 10_000 }).toBe("200");
    expect((await session.me(app)).outcome).toBe("200");
    expect((await jwt.refresh(app)).outcome).toBe("200");
    expect((await (await logIn(app, "session cookie", email)).me(app)).body.user.name).toBe("Ada");
  });
}
