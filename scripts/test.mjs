// Every check there is, from a fresh clone too (`npm test`); `npm test -- unit` runs a part. The last line counts them all.
import "./node-version.mjs";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateClient, installPackages } from "./prepare.mjs";
import { ROOT } from "./sources.mjs";
import { command, node, step } from "./steps.mjs";

const HELP = `Usage: npm test [-- <part>... [arguments for Playwright]]

Parts, all of them unless named:
  format        prettier, changes nothing
  lint          eslint
  types         tsc
  migrations    the migrations lead to the models
  unit          rules, against nothing
  integration   promises, against a fresh SQLite database
  postgres      the same promises against PostgreSQL with Redis: the servers of TEST_DATABASE_URL and
                TEST_REDIS_URL, or those that let us in at 127.0.0.1:5432 (as postgres) and 127.0.0.1:6379
                without a password; skipped without PostgreSQL, and without Redis where there is none
  e2e           journeys, in a browser against the production build; those of three servers where there are such a
                PostgreSQL and HAProxy
  e2e-postgres  the same journeys, with PostgreSQL and Redis

  npm test -- unit integration
  npm test -- e2e --grep "signs up"
`;

const require = createRequire(import.meta.url);
const bin = (name) => require.resolve(name);
const CHECKS = {
  format: () => [[bin("prettier/bin/prettier.cjs"), "--check", "."]],
  lint: () => [[join(ROOT, "node_modules", "eslint", "bin", "eslint.js"), "--max-warnings", "0", "."]],
  // Route types are made by Next; without them tsc would not know the props of a page.
  types: () => [
    [bin("next/dist/bin/next"), "typegen"],
    [bin("typescript/bin/tsc"), "--noEmit"],
  ],
  migrations: () => [[join(ROOT, "scripts", "migrate.mjs"), "check"]],
};
const SUITES = ["unit", "integration", "postgres", "e2e", "e2e-postgres"];
const LOCAL_REDIS = "redis://127.0.0.1:6379";
const LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres";

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => !(arg in CHECKS) && !SUITES.includes(arg));
const parts = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
const wanted = (name) => parts.length === 0 || parts.includes(name);
/** The other parts run on a Node.js that the driver of SQLite cannot be compiled for, too. */
const needsSqlite = ["migrations", "integration", "e2e"].some(wanted);
const total = { passed: 0, failed: 0, skipped: 0 };

async function check(name) {
  let failure = "";
  const started = performance.now();
  for (const args of CHECKS[name]()) {
    const { code, output } = await node(args, {
      cwd: ROOT,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    });
    if (code !== 0) {
      failure = output;
      break;
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`  ${name.padEnd(14)}${(failure ? "failed" : "passed").padEnd(44)}${seconds.padStart(6)} s`);
  if (failure) console.error(`\n${failure}`);
  total[failure ? "failed" : "passed"] += 1;
}

/** Runs one Playwright project with its output shown, and adds up what its report says. */
async function suite(name, on = "", servers = {}) {
  console.log(`\n${name}${on}`);
  const folder = mkdtempSync(join(tmpdir(), "halfstate-report-"));
  const report = join(folder, "report.json");
  const { code } = await node(
    [bin("@playwright/test/cli"), "test", "--project", name, "--reporter", "list,json", ...options],
    {
      cwd: ROOT,
      show: true,
      env: {
        ...process.env,
        PLAYWRIGHT_JSON_OUTPUT_FILE: report,
        TEST_DATABASE_URL: undefined,
        TEST_REDIS_URL: undefined,
        TEST_POSTGRES_URL: undefined,
        ...servers,
      },
    },
  );
  const counted = readReport(report);
  rmSync(folder, { recursive: true, force: true });
  total.passed += counted.passed;
  total.skipped += counted.skipped;
  // A suite that could not even load reports no test; it must not pass for that.
  total.failed += code !== 0 && counted.failed === 0 ? 1 : counted.failed;
}

function readReport(path) {
  try {
    const { stats } = JSON.parse(readFileSync(path, "utf8"));
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** Runs `run` with the URLs of PostgreSQL and, where there is one, Redis; or says in words that there is no PostgreSQL. */
async function withPostgres(name, run) {
  const url = await postgresServer();
  if (!url) {
    console.log(
      `\n${name} skipped: TEST_DATABASE_URL is not set, and no PostgreSQL lets postgres in at 127.0.0.1:5432`,
    );
    total.skipped += 1;
    return;
  }
  const redisUrl = process.env.TEST_REDIS_URL || (await localRedis());
  const on = redisUrl
    ? " on PostgreSQL with Redis"
    : " on PostgreSQL alone: TEST_REDIS_URL is not set, and no Redis answers at 127.0.0.1:6379";
  await run(on, { TEST_DATABASE_URL: url, TEST_REDIS_URL: redisUrl ?? undefined });
}

/** The server beside us where it lets everybody in, else null. */
async function localRedis() {
  const { Redis } = await import("ioredis");
  const client = new Redis(LOCAL_REDIS, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.ping();
    return LOCAL_REDIS;
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}

const postgresServer = async () => process.env.TEST_DATABASE_URL || (await localPostgres()) || undefined;

/** The server beside us where it lets the tests make databases, else null: it may be there for something else. */
async function localPostgres() {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: LOCAL_POSTGRES, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
    return rows[0]?.rolsuper ? LOCAL_POSTGRES : null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => {});
  }
}

async function e2e(on, servers) {
  try {
    const { buildIfNeeded } = await import("./build.mjs");
    const { requireChromium } = await import("./chromium.mjs");
    console.log("");
    await buildIfNeeded();
    await step("browser", async () => (await requireChromium()).path);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    total.failed += 1;
    return;
  }
  await suite("e2e", on, { TEST_POSTGRES_URL: await postgresServer(), ...servers });
}

if (args.includes("--help")) {
  console.log(HELP);
} else {
  await command(async () => {
    await installPackages({ needsSqlite });
    await generateClient();
    for (const name of Object.keys(CHECKS)) if (wanted(name)) await check(name);
    for (const name of ["unit", "integration"]) if (wanted(name)) await suite(name);
    if (wanted("postgres"))
      await withPostgres("postgres", (on, servers) => suite("integration", on, servers));
    if (wanted("e2e")) await e2e();
    if (wanted("e2e-postgres")) await withPostgres("e2e-postgres", e2e);
    console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    process.exitCode = total.failed > 0 ? 1 : 0;
  });
}
