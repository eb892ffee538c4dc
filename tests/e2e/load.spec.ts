/** `npm run load` on running servers: people live their lives on a good one, and what is wrong with a bad one is found. */
import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test, type App } from "../support/app";
import { reverseProxy, type Harm } from "../support/http-proxy";
import { rows } from "../support/rows";

const LOAD = path.resolve(import.meta.dirname, "../../scripts/load.mjs");
const QUICK = ["--rate", "4", "--seconds", "1", "--visits", "3", "--think", "0.01", "--renew", "0.1"];

type Run = { code: number; stdout: string; stderr: string };

const load = (args: string[]): Promise<Run> =>
  new Promise((resolve) =>
    execFile(process.execPath, [LOAD, ...args], (error, stdout, stderr) =>
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
async function under(harm: Harm, app: App) {
  const proxy = await reverseProxy([app.port], { harm });
  try {
    const run = await load([proxy.url, "--json", ...QUICK]);
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

test("answers meant for somebody else are wrong", async ({ app }) => {
  const { code, summary } = await under({ keepsEverything: true }, app);
  expect(code).toBe(1);
  expect(summary.wrongs.map(({ what }) => what)).toContainEqual(
    expect.stringContaining("not this person's answer"),
  );
});

test("an ended credential that lives on ends with 1", async ({ app }) => {
  // Keeps what an answer to GET /api/me was, for each credential: as a cache that heeds Vary, and nothing else.
  const kept = new Map<string, string>();
  const { code, summary } = await under(
    {
      response: (answer) => {
        const { cookie = "" } = answer.asked;
        if (answer.status === 401 && kept.has(cookie)) {
          answer.status = 200;
          return kept.get(cookie);
        }
        if (answer.status === 200 && cookie) kept.set(cookie, "{}");
      },
    },
    app,
  );
  expect(code).toBe(1);
  expect(summary.revocations.slowest).toBeGreaterThan(1_000);
});

test("people live their lives: every kind of request, both modes, and nobody stays", async ({ app }) => {
  const run = await load([app.url, "--json", ...QUICK]);
  expect(run.stderr).toBe("");
  const summary = summaryOf(run);
  expect(summary.wrongs).toEqual([]);
  expect(run.code).toBe(0);
  expect(summary.people).toBe(4);
  expect(summary.left).toEqual([]);
  expect(summary.revocations).toMatchObject({ count: 8 });
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
  const { stdout, code } = await load([
    app.url,
    "--rate",
    "2",
    "--seconds",
    "1",
    "--visits",
    "1",
    "--think",
    "0.01",
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain("2 people a second for 1 s");
  expect(stdout).toMatch(/sign up +2 +0 +0 +0/);
  expect(stdout).toMatch(/4 ends watched: refused everywhere after/);
});
