// Every check there is, from a fresh clone too (`npm test`); `npm test -- unit` runs a part. The last line counts them all.
import "./node-version.mjs";
import { randomInt } from "node:crypto";
import { changedFiles, patternsOf, touchedBy } from "../tests/run/changed.mjs";
import { isIdle, takeReapedSeconds, watchCores } from "../tests/run/machine.mjs";
import { lanesOf, PARTS } from "../tests/run/parts.mjs";
import { budget, leftOut, notOnBoth, slowest, table } from "../tests/run/report.mjs";
import { postgresServer, redisServer } from "../tests/run/servers.mjs";
import { generateClient, installPackages } from "./prepare.mjs";
import { command, step, StepError } from "./steps.mjs";

const HELP = `Usage: npm test [-- <part>... [arguments for Playwright]]
       npm test -- changed

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
  e2e-postgres  of these what a database can change (tagged @database), with PostgreSQL and Redis

changed: the parts and files that what is not committed can touch, or else the last commit.

  npm test -- unit integration
  npm test -- e2e --grep "signs up"
  npm test -- e2e tests/e2e/rotation.spec.ts --trace on

THOROUGH=1 runs every round of what chance decides, and all of e2e on PostgreSQL; otherwise a fifth of the rounds is run.
TEST_SEED=<number> makes the random choices of the run that printed it.
`;

const args = process.argv.slice(2);
const names = PARTS.map(({ name }) => name);

/** What was asked for: the parts, and arguments for Playwright in each of them. */
function asked() {
  if (args[0] === "changed") {
    const files = changedFiles();
    const { parts, specs } = touchedBy(files);
    const patterns = patternsOf(specs);
    console.log(`${files.length} files have changed: ${parts.join(", ")}`);
    if (patterns.length > 0) console.log(`end to end: ${specs.join(", ")}`);
    const ofEndToEnd = (name) => (name.startsWith("e2e") ? [...patterns, "--pass-with-no-tests"] : []);
    return { parts: PARTS.filter(({ name }) => parts.includes(name)), optionsOf: ofEndToEnd, isWhole: false };
  }
  const firstOption = args.findIndex((arg) => !names.includes(arg));
  const named = firstOption < 0 ? args : args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : args.slice(firstOption);
  return {
    parts: PARTS.filter(({ name }) => named.length === 0 || named.includes(name)),
    optionsOf: () => options,
    isWhole: options.length === 0,
  };
}

/** The servers of a part, and what to say of them; null where it cannot be run here. */
async function serversFor({ name, on }) {
  const url = await postgresServer();
  if (on !== "postgres")
    return { said: "", servers: name === "e2e" && url ? { TEST_POSTGRES_URL: url } : {} };
  if (!url) return null;
  const redisUrl = await redisServer();
  return {
    said: redisUrl
      ? " on PostgreSQL with Redis"
      : " on PostgreSQL alone: TEST_REDIS_URL is not set, and no Redis answers at 127.0.0.1:6379",
    servers: { TEST_DATABASE_URL: url, TEST_POSTGRES_URL: url, TEST_REDIS_URL: redisUrl ?? undefined },
  };
}

/** Runs one part; says on one line what came of it, after what its tests said themselves. */
async function runPart(part, { options, isAlone, noBuild }) {
  const started = performance.now();
  const row = { name: part.name, passed: 0, failed: 0, skipped: 0, tests: [], cpuSeconds: null };
  if (noBuild && part.needs.includes("build")) {
    console.error(`\n${part.name} failed: ${noBuild}`);
    return { ...row, failed: 1, wallSeconds: 0, cpuSeconds: 0 };
  }
  const given = await serversFor(part);
  if (!given) {
    const reason = "TEST_DATABASE_URL is not set, and no PostgreSQL lets postgres in at 127.0.0.1:5432";
    console.log(`\n${part.name} skipped: ${reason}`);
    return { ...row, skipped: 1, leftOut: reason, wallSeconds: 0, cpuSeconds: null };
  }
  if (part.isSuite) console.log(`\n${part.name}${given.said}`);
  // Of several at once each line is whole, and names its suite.
  const show = isAlone ? true : (line) => console.log(line);
  Object.assign(row, await part.run({ servers: given.servers, options, show }));
  row.wallSeconds = (performance.now() - started) / 1000;
  if (!part.isSuite) {
    const result = (row.failed > 0 ? "failed" : "passed").padEnd(44);
    console.log(`  ${part.name.padEnd(14)}${result}${row.wallSeconds.toFixed(1).padStart(6)} s`);
  }
  if (row.output) console.error(`\n${row.output}`);
  return row;
}

/** What the parts need before the clock runs: packages, a build, a browser. Returns why there is no build or no browser; null: both are there. */
async function prepare(parts) {
  const needs = new Set(parts.flatMap(({ needs }) => needs));
  // The other parts run on a Node.js that the driver of SQLite cannot be compiled for, too.
  await installPackages({ needsSqlite: needs.has("sqlite") });
  await generateClient();
  if (!needs.has("build")) return null;
  try {
    const { buildIfNeeded } = await import("./build.mjs");
    const { requireChromium } = await import("./chromium.mjs");
    await buildIfNeeded();
    await step("browser", async () => (await requireChromium()).path);
    return null;
  } catch (error) {
    // The other parts have something to say of it.
    return error instanceof StepError ? error.message : String(error?.stack ?? error);
  }
}

function judge(rows, { isWhole, wallSeconds, busy, wasIdle }) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const row of rows) for (const name of Object.keys(total)) total[name] += row[name];
  if (rows.length > 1) {
    console.log(`\n${table(rows, { wallSeconds, busy })}`);
    const slow = slowest(rows);
    if (slow) console.log(`\nslowest tests\n${slow}`);
  }
  const missing = leftOut(rows);
  if (missing) console.log(`\nleft out\n${missing}`);
  console.log(`\n  random choices from TEST_SEED=${process.env.TEST_SEED}`);

  const testsOf = (name) => rows.find((row) => row.name === name)?.tests ?? [];
  if (isWhole && testsOf("e2e").length > 0 && testsOf("e2e-postgres").length > 0) {
    const { tagged, passed, faults } = notOnBoth(testsOf("e2e"), testsOf("e2e-postgres"));
    console.log(`  both databases  ${passed} of ${tagged} tests tagged @database passed on each`);
    for (const words of faults) console.error(`  ${words}`);
    total[faults.length > 0 || tagged === 0 ? "failed" : "passed"] += 1;
  }
  if (isWhole && rows.length === PARTS.length) {
    const { isOver, words } = budget(wallSeconds, { isCi: Boolean(process.env.CI), wasIdle });
    console.log(words);
    if (isOver) total.failed += 1;
  }
  return total;
}

if (args.includes("--help")) {
  console.log(HELP);
} else {
  await command(async () => {
    const { parts, optionsOf, isWhole } = asked();
    process.env.TEST_SEED ||= String(randomInt(2 ** 31));
    const noBuild = await prepare(parts);
    // What preparing took is nobody's.
    takeReapedSeconds();
    const wasIdle = process.env.CI ? await isIdle() : false;
    const started = performance.now();
    const busy = watchCores();
    const rows = [];
    await Promise.all(
      lanesOf(parts).map(async (lane) => {
        for (const part of lane)
          rows.push(
            await runPart(part, { options: optionsOf(part.name), isAlone: parts.length === 1, noBuild }),
          );
      }),
    );
    rows.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
    const wallSeconds = (performance.now() - started) / 1000;
    const total = judge(rows, { isWhole, wallSeconds, busy: busy(), wasIdle });
    console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    process.exitCode = total.failed > 0 ? 1 : 0;
  });
}
