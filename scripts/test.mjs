// `npm test`: everything, from a fresh clone too; ends with one line that counts it all.
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { assertNode, bin, capture, main, ROOT, step } from "./lib.mjs";
import { generate, install } from "./prepare.mjs";

const HELP = `Usage: npm test                    formatting, lint, types, migrations, unit, integration, end-to-end
       npm test -- unit [args]     one part: format, lint, types, migrations, unit, integration, e2e;
                                   further arguments go to Playwright (a file, --headed, --grep …)
`;

const SUITES = ["unit", "integration", "e2e"];
const totals = { passed: 0, failed: 0, skipped: 0 };

await main(async ([part, ...more]) => {
  if (part === "--help") return void console.log(HELP);
  assertNode();
  console.log("\nPrepare\n");
  await install();
  await generate();

  const checks = {
    format: () => tool("prettier", "bin/prettier.cjs", ["--check", "--log-level", "warn", "."]),
    lint: () => tool("eslint", "bin/eslint.js", ["--max-warnings", "0", "."]),
    types: async () => {
      const routes = await tool("next", "dist/bin/next", ["typegen"]);
      return routes.code === 0 ? tool("typescript", "bin/tsc", ["--noEmit"]) : routes;
    },
    migrations: () => capture(process.execPath, ["scripts/migrate.mjs", "check"]),
  };
  const isWanted = (name) => part === undefined || part === name;
  if (part !== undefined && !(part in checks) && !SUITES.includes(part)) {
    console.error(HELP);
    return 2;
  }

  console.log("\nChecks\n");
  for (const [name, check] of Object.entries(checks)) if (isWanted(name)) await count(name, check);
  const suites = SUITES.filter(isWanted);
  if (suites.length > 0) await playwright(suites, more);

  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed > 0 || totals.passed === 0 ? 1 : 0;
});

function tool(name, file, args) {
  const [node, script] = bin(name, file);
  return capture(node, [script, ...args], { env: { NEXT_TELEMETRY_DISABLED: "1" } });
}

async function count(name, check) {
  let failure = null;
  await step(name, async () => {
    const { code, output } = await check();
    if (code !== 0) failure = output;
    return code === 0 ? "ok" : "FAILED";
  });
  totals[failure === null ? "passed" : "failed"] += 1;
  if (failure !== null) console.log(failure);
}

async function playwright(suites, more) {
  if (suites.includes("e2e")) {
    const { findBrowser, installBrowser } = await import("./browser.mjs");
    console.log(`\nBrowser: ${(await findBrowser()) ?? (await installBrowser())}`);
    const { build, isBuildFresh } = await import("./build.mjs");
    await step("build", async () => {
      if (isBuildFresh()) return "up to date";
      await build();
      return "built";
    });
  }
  console.log(`\nPlaywright: ${suites.join(", ")}\n`);
  const report = path.join(ROOT, "test-results", "report.json");
  rmSync(report, { force: true });
  const [node, cli] = bin("@playwright/test", "cli.js");
  const projects = suites.map((suite) => `--project=${suite}`);
  const { code } = await capture(node, [cli, "test", "--reporter=list,json", ...projects, ...more], {
    show: true,
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report, FORCE_COLOR: "0" },
  });
  const { stats, errors } = JSON.parse(readFileSync(report, "utf8"));
  totals.passed += stats.expected;
  // A test that passes on a second try would be a defect; there are no second tries, so it counts as one if it appears.
  totals.failed += stats.unexpected + stats.flaky;
  totals.skipped += stats.skipped;
  // Something outside any test went wrong: a file that does not load, a set-up that failed.
  if (code !== 0 && stats.unexpected + stats.flaky === 0) totals.failed += Math.max(1, errors.length);
}
