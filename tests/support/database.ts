/**
 * The environment and database of integration tests: import `test` from here, before anything of lib.
 * Each worker has a migrated database of its own, on the PostgreSQL server of TEST_DATABASE_URL or else SQLite, and keys of its own in the
 * Redis of TEST_REDIS_URL where that is set; the rest of the environment of the developer's shell is overwritten, never used.
 */
import { test as base } from "@playwright/test";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { hashPool } from "@/lib/auth/password/pool";
import { env } from "@/lib/core/env";
import { db } from "@/lib/db/client";
import { redis } from "@/lib/redis/client";
import { deploy } from "../../scripts/migrate.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { createDatabase, dropDatabase, isThrowAway, nameDatabase, onPostgres } from "./postgres";
import { clearKeys, nameKeyPrefix, suiteRedisUrl } from "./redis";

const keyPrefix = nameKeyPrefix("integration");
const folder = join(tmpdir(), `halfstate-integration-${process.pid}`);

// When this module loads, not in the fixture: what a test file imports may read the environment at once.
Object.assign(process.env, freshSecrets(), {
  PORT: "3000",
  APP_URL: "http://localhost:3000",
  DATABASE_URL: onPostgres ? nameDatabase("integration") : `file:${join(folder, "halfstate.db")}`,
  REDIS_URL: suiteRedisUrl ?? "",
  REDIS_KEY_PREFIX: keyPrefix,
  BCRYPT_COST: "10",
  LOG_LEVEL: "silent",
});

/** Throws unless the database is one that tests have made for themselves: they delete what they find. */
export function assertLocalDatabase(databaseUrl = process.env.DATABASE_URL ?? ""): void {
  const path = databaseUrl.startsWith("file:") ? relative(tmpdir(), databaseUrl.slice("file:".length)) : "";
  if (/^halfstate-(integration|e2e)-/.test(path) || isThrowAway(databaseUrl)) return;
  throw new Error(`Tests write to temporary databases alone, and this is not one: ${databaseUrl}`);
}

/** bcrypt's least, below what a server accepts: most specs are about what a password opens, not about what guessing it costs. */
export const LEAST_COST = 4;

export const test = base.extend<object, { databaseUrl: string }>({
  databaseUrl: [
    async ({}, use) => {
      const databaseUrl = process.env.DATABASE_URL!;
      assertLocalDatabase(databaseUrl);
      env().bcryptCost = LEAST_COST;
      rmSync(folder, { recursive: true, force: true });
      if (onPostgres) await createDatabase(databaseUrl);
      await deploy({ databaseUrl });
      const client = redis();
      if (client && client.status !== "ready") await once(client, "ready");
      await use(databaseUrl);
      await db().$disconnect();
      redis()?.disconnect();
      if (suiteRedisUrl) await clearKeys(suiteRedisUrl, keyPrefix);
      await hashPool().close();
      if (onPostgres) await dropDatabase(databaseUrl);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", auto: true },
  ],
});

export { onPostgres } from "./postgres";
export { expect } from "@playwright/test";
