// The built folder by itself: it serves anywhere, and says plainly why it will not.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { freePort } from "../../scripts/port.mjs";
import { expect, STANDALONE, startApp, test } from "../support/app";

let folder = "";

test.beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "halfstate-serve-"))));
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs serve.mjs where it is expected to end by itself. */
function serve(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(STANDALONE, "scripts", "serve.mjs")], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", ...env } as unknown as NodeJS.ProcessEnv,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

test("health answers", async ({ app }) => {
  const live = (await (await fetch(`${app.url}/api/health/live`)).json()) as { instance: string };
  expect(live).toEqual({ status: "ok", instance: expect.stringMatching(/^[\w-]{22}$/) });
  expect(await (await fetch(`${app.url}/api/health/ready`)).json()).toMatchObject({
    status: "ok",
    instance: live.instance,
    database: "ok",
    // Others of these tests may have served the same database a moment ago, with other settings.
    configuration: { differs: expect.any(Array) },
  });
});

test("a bad environment is named whole, and nothing is made", async () => {
  const { code, output } = await serve({ DATABASE_URL: "file:./made/halfstate.db", BCRYPT_COST: "1" });
  expect(code).toBe(1);
  for (const name of [...Object.keys(freshSecrets()), "BCRYPT_COST"]) expect(output).toContain(`- ${name} `);
  expect(output).not.toMatch(/^\s+at /m);
  expect(existsSync(path.join(folder, "made"))).toBe(false);
});

test("a port in use is named, and nothing is made", async ({ app }) => {
  const { code, output } = await serve({
    ...freshSecrets(),
    PORT: String(app.port),
    DATABASE_URL: "file:./made/x.db",
  });
  expect(code).toBe(1);
  expect(output).toContain(`Port ${app.port} is in use`);
  expect(existsSync(path.join(folder, "made"))).toBe(false);
});

test("a database that cannot be opened is named, with what to check", async () => {
  const port = String(await freePort());
  const { code, output } = await serve({ ...freshSecrets(), PORT: port, DATABASE_URL: `file:${folder}` });
  expect(code).toBe(1);
  expect(output).toContain(`The database file:${folder} could not be brought up to date`);
  expect(output).toContain("Check that");
});

test("the folder alone serves elsewhere: no sources, no packages above it, a relative database", async () => {
  const copy = path.join(folder, "copy");
  cpSync(STANDALONE, copy, { recursive: true });
  expect(existsSync(path.join(copy, "app"))).toBe(false);

  const app = await startApp({ DATABASE_URL: "file:./kept/halfstate.db", HOSTNAME: "not-an-address" }, copy);
  expect((await fetch(app.url)).status).toBe(200);
  // In server.js's own folder it would be lost with the next build.
  expect(existsSync(path.join(copy, "kept"))).toBe(false);
  expect(await app.stop()).toBe(0);
});
