/** `npm run load` on running servers: people live their lives on a good one, and what is wrong with a bad one is found. */
import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test, type App } from "../support/app";
import { HURRIED } from "../support/doctor";
import { reverseProxy, type Harm } from "../support/http-proxy";
import { rows } from "../support/rows";

const LOAD = path.resolve(import.meta.dirname, "../../scripts/load.mjs");
/** Two people, one of each mode. */
const QUICK = ["--rate", "2", "--seconds", "1", "--visits", "3", "--think", "0.01", "--renew", "0.1"];

type Run = { code: number; stdout: string; stderr: string };

const load = (args: string[], env: Record<string, string> = {}): Promise<Run> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      [LOAD, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    ),
  );

const summaryOf = ({ stdout }: Run) =>
  JSON.parse(stdout) as {
    people: number;
    requests: number;
    wrong: number;
    rows: { kind: string; fine: number }[];
    wrongs: { what: string }[];
    revocations: { count: number; slowest: number };
    left: string[];
  };

/** Through a proxy that does harm: what the people meet, and the exit code. */
async function under(harm: Harm, app: App, env: Record<string, string> = {}) {
  const proxy = await reverseProxy([app.port], { harm });
  try {
    const run = await load([proxy.url, "--json", ...QUICK], env);
    return { code: run.code, summary: summaryOf(run) };
  } finally {
    await proxy.close();
  }
}

test("nothing to test ends with 2", async () => {
  const silent = await load(["http://127.0.0.1:9", ...QUICK]);
  expect(silent.code).toBe(2);
  expect(silent.stderr).toContain("cannot be reached");
  expect((await load(["nowhere"])).code).toBe(2);
});

test("a deployment that loses cookies, or answers with faults, ends with 1", async ({ app }) => {
  const { code, summary } = await under(
    {
      response: (answer) => {
        if (answer.headers["content-type"]?.startsWith("text/html")) answer.status = 502;
      },
    },
    app,
  );
  expect(code).toBe(1);
  expect(summary.wrongs.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^page, \w+: 502/));
  expect(summary.left, "everybody has left all the same").toEqual([]);
});

test("answers meant for somebody else are wrong, and an ended credential that lives on is seen to", async ({
  app,
}) => {
  // What it keeps it serves for ever: there is nothing to wait for.
  const { code, summary } = await under({ keepsEverything: true }, app, HURRIED);
  expect(code).toBe(1);
  expect(summary.wrongs.map(({ what }) => what)).toContainEqual(
    expect.stringContaining("not this person's answer"),
  );
  expect(summary.revocations.count).toBe(4);
  // By its own clock, to the end of its watch.
  expect(summary.revocations.slowest).toBeGreaterThan(4_000);
});

test("people live their lives: every kind of request, both modes, and nobody stays", async ({ app }) => {
  const run = await load([app.url, "--json", ...QUICK]);
  expect(run.stderr).toBe("");
  const summary = summaryOf(run);
  expect(summary.wrongs).toEqual([]);
  expect(run.code).toBe(0);
  expect(summary.people).toBe(2);
  expect(summary.left).toEqual([]);
  expect(summary.revocations).toMatchObject({ count: 4 });
  const seen = summary.rows.filter(({ fine }) => fine > 0).map(({ kind }) => kind);
  expect(seen.sort()).toEqual([
    "GET /api/me, jwt",
    "GET /api/me, session",
    "after the end",
    "leave",
    "log in",
    "log out",
    "page, jwt",
    "page, session",
    "renew",
    "sign up",
    "switch",
  ]);
  const [[left] = []] = await rows(
    app.databaseUrl,
    `SELECT COUNT(*) FROM "User" WHERE "email" LIKE '%@load.invalid'`,
  );
  expect(Number(left)).toBe(0);
});

test("for a reader: figures while it runs, a table at the end", async ({ app }) => {
  const { stdout, code } = await load([app.url, "--rate", "1", "--seconds", "1", "--visits", "0"]);
  expect(code).toBe(0);
  expect(stdout).toContain("1 people a second for 1 s");
  expect(stdout).toMatch(/sign up +1 +0 +0 +0/);
  expect(stdout).toMatch(/2 ends watched: refused everywhere after/);
});
