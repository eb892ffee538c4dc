import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploy, differences } from "../../scripts/migrate.mjs";
import { ROOT } from "../../scripts/sources.mjs";
import { node } from "../../scripts/steps.mjs";
import { assertLocalDatabase, expect, test as base } from "../support/database";

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

test("the migrations of either database lead to the models, whether a server is there or not", async () => {
  // PostgreSQL starts inside this process for it: seconds of work.
  test.setTimeout(120_000);
  expect((await differences()).map(({ sql }) => sql)).toEqual([]);
});

test("a database is made with its folder, and a second deployment finds nothing to do", async ({
  folder,
}) => {
  const databaseUrl = `file:${join(folder, "new", "halfstate.db")}`;
  expect(await deploy({ databaseUrl })).toContain("0001_init");
  expect(await deploy({ databaseUrl })).toEqual([]);
  expect(existsSync(join(folder, "new", "halfstate.db"))).toBe(true);
  if (process.platform !== "win32") expect(statSync(join(folder, "new")).mode & 0o077).toBe(0);
});

test("of processes that deploy at once, one applies and none fails", async ({ folder }) => {
  const databaseUrl = `file:${join(folder, "halfstate.db")}`;
  const results = await Promise.all([1, 2, 3, 4].map(() => deployInProcess(databaseUrl)));
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(results.filter(({ output }) => output.includes("Applied 0001_init"))).toHaveLength(1);
});

test("a database that a running app has open can be deployed to", async ({ databaseUrl }) => {
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  const { PrismaClient } = await import("@/generated/sqlite/client");
  const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: databaseUrl }) });
  // Held open by a query, as an app holds it.
  await client.user.count();
  const { code, output } = await deployInProcess(databaseUrl);
  expect(output).toBe("Nothing to apply.\n");
  expect(code).toBe(0);
  await client.$disconnect();
});

for (const url of ["file:./data/halfstate.db", "postgresql://db.example.com/app", ""]) {
  test(`tests refuse to write to "${url}"`, () => {
    expect(() => assertLocalDatabase(url)).toThrow("not one");
  });
}
