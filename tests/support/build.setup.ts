/** Runs before the end-to-end tests, also under a plain `npx playwright test`: they must not test an old build. */
import { expect, test } from "@playwright/test";
import { join } from "node:path";
import { buildStamp, ROOT } from "../../scripts/sources.mjs";
import { node } from "../../scripts/steps.mjs";

test("the production build is made from these sources", async () => {
  test.setTimeout(10 * 60_000);
  if (!buildStamp.isCurrent()) {
    // Where the tests run on PostgreSQL, building needs no driver of SQLite either.
    const { TEST_DATABASE_URL } = process.env;
    const env = { ...process.env, ...(TEST_DATABASE_URL ? { DATABASE_URL: TEST_DATABASE_URL } : {}) };
    const { code, output } = await node([join(ROOT, "scripts", "build.mjs")], { cwd: ROOT, env });
    expect(code, output).toBe(0);
  }
  expect(buildStamp.isCurrent()).toBe(true);
});
