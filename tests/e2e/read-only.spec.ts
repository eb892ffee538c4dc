/** The database may be read but not written: nobody is signed out, nothing is a fault of ours, and all heals when it may be written again. */
import { chmodSync } from "node:fs";
import path from "node:path";
import { discard, expect, ON_BOTH, STANDALONE, startApp, test as base, type App } from "../support/app";
import { logIn, PASSWORD, signUp } from "../support/device";
import { send } from "../support/http";
import { makeReadOnly } from "../support/outage";
import { onPostgres } from "../support/postgres";

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
    chmodFolder(app, 0o700);
    await discard(app);
  },
});

/** The folder of SQLite's file, which also holds what it writes beside it; PostgreSQL's is no affair of ours. */
function chmodFolder({ databaseUrl }: App, mode: number): void {
  if (databaseUrl.startsWith("file:")) chmodSync(path.dirname(databaseUrl.slice("file:".length)), mode);
}

for (const [what, folderMode, sessionReads, where] of [
  ["the database", 0o700, "200", ON_BOTH],
  // SQLite's alone: a server of its own looks after its folder.
  ["its file and the folder of it", 0o500, "503 storage_unavailable", {}],
] as const) {
  test(
    `while ${what} may not be written, JWT mode goes on, session mode answers ${sessionReads}, and writes answer 503`,
    where,
    async ({ ownApp: app }) => {
      test.skip(
        onPostgres && folderMode === 0o500,
        "SQLite's alone: a server of its own looks after its folder",
      );
      const session = await signUp(app, "session cookie");
      const jwt = await logIn(app, "JWT cookie", session.person);
      const { email } = session;
      const makeWritable = await makeReadOnly(app.databaseUrl);
      chmodFolder(app, folderMode);
      const rename = async (name: string) =>
        (await session.copy().send(app, "PATCH", "/api/me", { name })).outcome;
      // That another file has taken its place is noticed within moments, not at once.
      await expect.poll(() => rename("Early")).toBe("503 storage_unavailable");

      const me = await jwt.copy().me(app);
      expect([me.outcome, me.queries]).toEqual(["200", 0]);
      const sessionMe = await session.copy().me(app);
      expect(sessionMe.outcome).toBe(sessionReads);
      const page = await session.copy().send(app, "GET", "/dashboard");
      expect(page.status).toBe(sessionMe.status);
      const writes = await Promise.all([
        send(app, "POST", "/api/auth/login", { json: { email, password: PASSWORD, mode: "session" } }),
        send(app, "POST", "/api/auth/login", { json: { email, password: PASSWORD, transport: "bearer" } }),
        send(app, "POST", "/api/auth/signup", { json: { email: `new.${email}`, password: PASSWORD } }),
        jwt.copy().refresh(app),
        session.copy().send(app, "POST", "/api/auth/logout"),
        jwt.copy().send(app, "POST", "/api/auth/logout-all", {}),
        jwt.copy().send(app, "POST", "/api/auth/mode", { mode: "session" }),
        jwt.copy().send(app, "DELETE", "/api/me", { password: PASSWORD }),
        jwt.copy().send(app, "GET", "/api/auth/refresh?next=/dashboard"),
      ]);
      expect(writes.map(({ outcome }) => outcome)).toEqual([
        ...Array(8).fill("503 storage_unavailable"),
        "503",
      ]);
      for (const { status, headers, cookies } of [me, sessionMe, page, ...writes]) {
        expect(cookies).toEqual([]);
        if (status === 503) expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
      }

      chmodFolder(app, 0o700);
      await makeWritable();
      await expect.poll(() => rename("Ada")).toBe("200");
      expect((await session.me(app)).outcome).toBe("200");
      expect((await jwt.refresh(app)).outcome).toBe("200");
      expect((await (await logIn(app, "session cookie", session.person)).me(app)).json.user.name).toBe("Ada");
    },
  );
}
