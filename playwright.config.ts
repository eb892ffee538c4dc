// One runner for three suites: `unit` and `integration` without a browser, `e2e` with one against the production build; the last two on
// SQLite, and under names of their own on the PostgreSQL server of TEST_DATABASE_URL (scripts/test.mjs sets it).
import { defineConfig } from "@playwright/test";
import { launchOptions } from "./tests/support/chromium";
// Loading it draws the seed that all workers inherit.
import { isThorough } from "./tests/support/rounds";

const endToEnd = {
  testDir: "tests/e2e",
  // A file has one worker: where it asks for a server of its own, two workers would start two.
  fullyParallel: false,
  dependencies: ["build"],
  use: {
    browserName: "chromium" as const,
    launchOptions,
    // Recording took a third of the time of the accessibility pages, so it is asked for: `--trace retain-on-failure`.
    trace: isThorough ? ("retain-on-failure" as const) : ("off" as const),
    screenshot: "only-on-failure" as const,
  },
};

export default defineConfig({
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes only the second time has failed.
  retries: 0,
  // One bound for every wait, far above what a busy machine needs: a test waits for a condition, and a deadline that a fast machine just
  // meets is a failure on a slow one. What must be fast is measured and compared by the test that promises it.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 2,
  outputDir: "test-results",
  reporter: "list",
  projects: [
    { name: "unit", testDir: "tests/unit" },
    { name: "integration", testDir: "tests/integration" },
    { name: "postgres", testDir: "tests/integration" },
    { name: "build", testDir: "tests/support", testMatch: "build.setup.ts" },
    { name: "e2e", ...endToEnd, grepInvert: /@postgres\b/ },
    // What no database can change is proven once. A thorough run looks whether that is still so.
    {
      name: "e2e-postgres",
      ...endToEnd,
      grep: isThorough ? /./ : /@(database|postgres)\b/,
    },
  ],
});
