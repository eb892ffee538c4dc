/**
 * The environment and database of integration tests: import `test` from here, before anything of lib. Each worker has a
 * migrated database of its own; what the developer's shell says is overwritten, never used.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test as base } from "@playwright/test";
import { deploy } from "../../scripts/migrate.mjs";
import { freshSecrets } from "../../scripts/prepare.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "halfstate-integration-"));
const databaseUrl = `file:${path.join(folder, "halfstate.db")}`;

// When this module loads, not in the fixture: what a test file imports may read the environment at once.
Object.assign(process.env, freshSecrets(), {
  PORT: "3000",
  APP_URL: "http://localhost:3000",
  DATABASE_URL: databaseUrl,
  BCRYPT_COST: "10",
  LOG_LEVEL: "silent",
});

export const test = base.extend<object, { databaseUrl: string }>({
  databaseUrl: [
    async ({}, use) => {
      await deploy({ databaseUrl, root: process.cwd() });
      await use(databaseUrl);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", auto: true },
  ],
});

export { expect } from "@playwright/test";
