/** A fresh, migrated, throw-away database for each worker, and the environment that points at it. */
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test as base } from "@playwright/test";
import { db } from "@/lib/db/client";
import { hashPool } from "@/lib/auth/password/pool";
import { deploy } from "../../scripts/migrate.mjs";
import { freshSecrets } from "../../scripts/prepare.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** `database` is there for every test of this kind, asked for or not; its value is the file's path. */
export const test = base.extend<object, { database: string }>({
  database: [
    async ({}, provide, { project, workerIndex }) => {
      const folder = mkdtempSync(path.join(tmpdir(), `halfstate-${project.name}-${workerIndex}-`));
      const file = path.join(folder, "test.db");
      await copyTemplate(file);
      Object.assign(process.env, freshSecrets(), {
        DATABASE_URL: `file:${file}`,
        APP_URL: "http://localhost:3000",
        BCRYPT_COST: "10",
        LOG_LEVEL: "silent",
      });
      assertThrowAway(process.env.DATABASE_URL ?? "");
      await provide(file);
      await db().$disconnect();
      await hashPool().close();
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", auto: true },
  ],
});

export { expect } from "@playwright/test";

/** Migrated once a run; whoever comes second finds it there, and a rename makes it appear whole. */
async function copyTemplate(file: string): Promise<void> {
  const template = path.join(tmpdir(), `halfstate-template-${process.ppid}.db`);
  if (!existsSync(template)) {
    const mine = `${template}.${process.pid}`;
    await deploy({ databaseUrl: `file:${mine}`, root: ROOT });
    renameSync(mine, template);
  }
  copyFileSync(template, file);
}

/** These tests write: never to a database that somebody uses. */
function assertThrowAway(databaseUrl: string): void {
  if (!databaseUrl.startsWith(`file:${tmpdir()}${path.sep}`)) {
    throw new Error(`Refusing to write to ${databaseUrl}: it is not in ${tmpdir()}.`);
  }
}
