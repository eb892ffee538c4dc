/** Migrations are applied safely, by however many start at once; that they lead to the models is checked by `scripts/migrate.mjs check`. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { db } from "@/lib/db/client";
import { deploy } from "../../scripts/migrate.mjs";
import { ROOT } from "../../scripts/sources.mjs";
import { node } from "../../scripts/steps.mjs";
import { assertLocalDatabase, expect, onPostgres, test as base } from "../support/database";
import { connected, createDatabase, dropDatabase, nameDatabase } from "../support/postgres";
import { rounds } from "../support/rounds";

const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "halfstate-migrations-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
});

const deployInProcess = (databaseUrl: string) =>
  node([join(ROOT, "scripts", "migrate.mjs"), "deploy"], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });

test("a database is made with its folder, and a second deployment finds nothing to do", async ({
  folder,
}) => {
  test.skip(onPostgres, "about a SQLite file: once is enough");
  const databaseUrl = `file:${join(folder, "new", "halfstate.db")}`;
  expect(await deploy({ databaseUrl })).toContain("0001_init");
  expect(await deploy({ databaseUrl })).toEqual([]);
  expect(existsSync(join(folder, "new", "halfstate.db"))).toBe(true);
  if (process.platform !== "win32") expect(statSync(join(folder, "new")).mode & 0o077).toBe(0);
});

const PROCESSES = rounds(onPostgres ? 10 : 4, 3);

test("of processes that deploy at once, one applies and none fails", async ({ folder }) => {
  const databaseUrl = onPostgres ? nameDatabase("integration") : `file:${join(folder, "halfstate.db")}`;
  if (onPostgres) await createDatabase(databaseUrl);
  const results = await Promise.all(Array.from({ length: PROCESSES }, () => deployInProcess(databaseUrl)));
  if (onPostgres) await dropDatabase(databaseUrl);
  expect(results.map(({ code }) => code)).toEqual(Array(PROCESSES).fill(0));
  expect(results.filter(({ output }) => output.includes("Applied 0001_init"))).toHaveLength(1);
  expect(results.filter(({ output }) => output === "Nothing to apply.\n")).toHaveLength(PROCESSES - 1);
});

test("a database that a running app has open can be deployed to", async ({ databaseUrl }) => {
  // Held open by a query, as an app holds it.
  await db().user.count();
  const { code, output } = await deployInProcess(databaseUrl);
  expect(output).toBe("Nothing to apply.\n");
  expect(code).toBe(0);
});

test("a migration that fails half-way leaves nothing of itself, and what is wrong is said", async ({
  folder,
}) => {
  test.skip(!onPostgres, "SQLite's migrations are not undone: each statement stands for itself");
  const migration = join(folder, "prisma", "migrations-postgres", "0001_init");
  mkdirSync(migration, { recursive: true });
  writeFileSync(join(migration, "migration.sql"), 'CREATE TABLE "Half" ("id" TEXT); SELECT 1 / 0;');
  const databaseUrl = nameDatabase("integration");
  await createDatabase(databaseUrl);
  await expect(deploy({ databaseUrl, root: folder })).rejects.toThrow("division by zero");
  const tables = await connected(databaseUrl, (client) =>
    client.query("SELECT 1 FROM pg_tables WHERE tablename = 'Half'"),
  );
  await dropDatabase(databaseUrl);
  expect(tables.rows).toEqual([]);
});

test("a deployment to a server that is not there says so, without the password of its URL", async () => {
  const { code, output } = await deployInProcess("postgresql://ada:not-for-any-log@localhost:1/halfstate");
  expect(code).toBe(1);
  expect(output).toContain("ECONNREFUSED");
  expect(output).not.toContain("not-for-any-log");
});

for (const url of [
  "file:./data/halfstate.db",
  "postgresql://db.example.com/halfstate_integration_1_1",
  "postgresql://localhost/app",
  "",
]) {
  test(`tests refuse to write to "${url}"`, () => {
    expect(() => assertLocalDatabase(url)).toThrow("not one");
  });
}
