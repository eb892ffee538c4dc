// The parts of `npm test`: what each of them runs, what it needs first, and what came of it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../scripts/sources.mjs";
import { node } from "../../scripts/steps.mjs";
import { CORES, takeReapedSeconds } from "./machine.mjs";

const require = createRequire(import.meta.url);
const bin = (name) => require.resolve(name);

/** One check, one line: it has passed or failed. `commands`: what Node.js runs, in turn, until one fails. */
const check = (name, commands) => ({ name, needs: [], run: () => runCheck(commands) });

/**
 * A suite is a project of playwright.config.ts. `on` names the servers that it is given; `workers` are as many as keep the cores busy
 * where they wait for real time, and for the other parts.
 */
const suite = (name, { needs = [], on = "sqlite", workers = CORES, argv = [] }) => ({
  name,
  needs,
  on,
  isSuite: true,
  run: ({ servers, options, show }) =>
    runSuite(name, servers, ["--workers", String(workers), ...argv, ...options], show),
});

/** In the order in which they are run where they are not run at once: what is quick to tell comes first. */
export const PARTS = [
  check("format", () => [[bin("prettier/bin/prettier.cjs"), "--check", "."]]),
  check("lint", () => [
    [join(ROOT, "node_modules", "eslint", "bin", "eslint.js"), "--max-warnings", "0", "."],
  ]),
  // Route types are made by Next; without them tsc would not know the props of a page.
  check("types", () => [
    [bin("next/dist/bin/next"), "typegen"],
    [bin("typescript/bin/tsc"), "--noEmit"],
  ]),
  check("migrations", () => [[join(ROOT, "scripts", "migrate.mjs"), "check"]]),
  suite("unit", {}),
  suite("integration", { needs: ["sqlite"] }),
  suite("postgres", { on: "postgres" }),
  suite("e2e", { needs: ["sqlite", "build"] }),
  suite("e2e-postgres", { needs: ["build"], on: "postgres" }),
];

/**
 * What runs at once: one lane for the browser's long suite, one for everything else in its order. Two are as many as fill two cores; a
 * third would only make each of them slower.
 */
export const lanesOf = (parts) =>
  [parts.filter(({ name }) => name === "e2e"), parts.filter(({ name }) => name !== "e2e")].filter(
    (lane) => lane.length > 0,
  );

async function runCheck(commands) {
  let cpuSeconds = 0;
  for (const args of commands()) {
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
    const { code, output } = await node(args, { cwd: ROOT, env });
    cpuSeconds = plus(cpuSeconds, takeReapedSeconds());
    if (code !== 0) return { passed: 0, failed: 1, skipped: 0, tests: [], cpuSeconds, output };
  }
  return { passed: 1, failed: 0, skipped: 0, tests: [], cpuSeconds };
}

async function runSuite(name, servers, options, show) {
  const folder = mkdtempSync(join(tmpdir(), "halfstate-report-"));
  const report = join(folder, "report.json");
  // A folder of its own: Playwright empties it first, and another suite may be writing to the other.
  const output = join("test-results", name);
  const { code } = await node(
    [
      bin("@playwright/test/cli"),
      ...["test", "--project", name, "--output", output, "--reporter", "list,json", ...options],
    ],
    {
      cwd: ROOT,
      show,
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
  const cpuSeconds = takeReapedSeconds();
  const tests = readReport(report);
  rmSync(folder, { recursive: true, force: true });
  const count = (...states) => tests.filter(({ state }) => states.includes(state)).length;
  const failed = count("unexpected", "flaky");
  return {
    passed: count("expected"),
    skipped: count("skipped"),
    // A suite that could not even load reports no test; it must not pass for that.
    failed: code !== 0 && failed === 0 ? 1 : failed,
    tests,
    cpuSeconds,
  };
}

/** The tests of a report of Playwright's, without the project that only builds: `{ title, tags, state, reason, seconds }`. */
function readReport(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
  const read = (suite, titles) => [
    ...(suite.specs ?? []).flatMap(({ title, tags, tests }) =>
      tests.map((test) => ({
        title: [...titles, title].join(" › "),
        tags,
        project: test.projectName,
        state: test.status,
        reason: test.annotations.find(({ type }) => type === "skip")?.description,
        seconds: test.results.reduce((sum, { duration }) => sum + duration, 0) / 1000,
      })),
    ),
    ...(suite.suites ?? []).flatMap((inner) => read(inner, [...titles, inner.title])),
  ];
  return report.suites
    .flatMap((file) => read(file, [file.title.replace(/^.*tests\//, "")]))
    .filter(({ project }) => project !== "build");
}

const plus = (sum, seconds) => (sum === null || seconds === null ? null : sum + seconds);
