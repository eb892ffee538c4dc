/** Somebody else who holds a lock of a whole database: another process on SQLite, another connection on PostgreSQL. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import pg from "pg";

type Lock = { release(): Promise<void> };

/** Nobody else writes; others go on reading. */
export const lockForWriting = (databaseUrl: string): Promise<Lock> =>
  databaseUrl.startsWith("file:")
    ? holdElsewhere(databaseUrl, `await holding.executeScript("BEGIN IMMEDIATE");`)
    : holdTables(databaseUrl, "EXCLUSIVE");

/**
 * Nobody else reads either. In WAL mode nobody can take that from a server that has SQLite's file open, so this is what a
 * restored backup does: a copy takes the file's place, and whoever restores it still has it to themselves.
 */
export const lockWhole = (databaseUrl: string): Promise<Lock> =>
  databaseUrl.startsWith("file:") ? lockWholeFile(databaseUrl) : holdTables(databaseUrl, "ACCESS EXCLUSIVE");

async function holdTables(databaseUrl: string, mode: "EXCLUSIVE" | "ACCESS EXCLUSIVE"): Promise<Lock> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query("BEGIN");
  const { rows } = await holder.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
  );
  const tables = rows.map(({ tablename }) => `"${tablename}"`).join(", ");
  await holder.query(`LOCK TABLE ${tables} IN ${mode} MODE`);
  return { release: () => holder.end() };
}

const lockWholeFile = (databaseUrl: string): Promise<Lock> =>
  holdElsewhere(
    databaseUrl,
    `await holding.executeScript("VACUUM INTO '" + file + ".copy'");
     await holding.dispose();
     holding = await connect(url + ".copy");
     await holding.executeScript("BEGIN EXCLUSIVE");
     // What these hold is in the copy; beside another file they would be taken for its own.
     for (const rest of ["-wal", "-shm"]) rmSync(file + rest, { force: true });
     renameSync(file + ".copy", file);`,
  );

async function holdElsewhere(databaseUrl: string, take: string): Promise<Lock> {
  const script = `
    import { renameSync, rmSync } from "node:fs";
    import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
    const url = process.argv[1];
    const file = url.replace(/^file:/, "");
    const connect = (url) => new PrismaBetterSqlite3({ url }).connect();
    let holding = await connect(url);
    ${take}
    console.log("locked");
    // Named here as well: nobody else does, and a connection that is collected as garbage lets go of its lock.
    process.once("exit", () => holding.dispose());
    process.stdin.once("data", () => process.exit(0));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, databaseUrl], {
    cwd: path.resolve(import.meta.dirname, "../.."),
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    async release() {
      child.stdin.write("release\n");
      await once(child, "exit");
    },
  };
}
