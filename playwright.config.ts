/** One runner for all three suites: rules (unit), promises on a real database (integration), journeys in a browser (e2e). */
import { defineConfig } from "@playwright/test";
import { findBrowser } from "./scripts/browser.mjs";

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["line"]],
  timeout: 30_000,
  expect: { timeout: 10_000 },
  projects: [
    { name: "unit", testDir: "tests/unit", fullyParallel: true },
    { name: "integration", testDir: "tests/integration", fullyParallel: true },
    { name: "build", testDir: "tests/setup", testMatch: "*.setup.ts" },
    {
      name: "e2e",
      dependencies: ["build"],
      testDir: "tests/e2e",
      fullyParallel: true,
      use: {
        browserName: "chromium",
        trace: "retain-on-failure",
        launchOptions: {
          executablePath: (await findBrowser()) ?? undefined,
          args: [
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            ...(isRoot ? ["--no-sandbox"] : []),
          ],
        },
      },
    },
  ],
});
