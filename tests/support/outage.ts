/** A database that goes away under a running server, or may only be read, and comes back. */
import { chmodSync, renameSync, rmSync } from "node:fs";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { nameOf, onServer } from "./postgres";

const fileOf = (databaseUrl: string) => databaseUrl.slice("file:".length);

/** Resolves with what brings it back. */
export async function takeAway(databaseUrl: string): Promise<() => Promise<void>> {
  if (databaseUrl.startsWith("file:")) {
    const file = fileOf(databaseUrl);
    renameSync(file, `${file}.away`);
    return async () => renameSync(`${file}.away`, file);
  }
  const allow = (connections: boolean) => alter(databaseUrl, `ALLOW_CONNECTIONS ${connections}`);
  await allow(false);
  return () => allow(true);
}

/** Resolves with what makes it writable again. That it is another database now is noticed within moments, not at once. */
export async function makeReadOnly(databaseUrl: string): Promise<() => Promise<void>> {
  if (databaseUrl.startsWith("file:")) {
    await replaceByCopy(fileOf(databaseUrl), 0o400);
    return () => replaceByCopy(fileOf(databaseUrl), 0o600);
  }
  await alter(databaseUrl, "SET default_transaction_read_only = on");
  return () => alter(databaseUrl, "RESET default_transaction_read_only");
}

/** Also ends the connections there are: they would go on under what held when they began. */
const alter = (databaseUrl: string, change: string): Promise<void> =>
  onServer(async (server) => {
    await server.query(`ALTER DATABASE ${nameOf(databaseUrl)} ${change}`);
    await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      nameOf(databaseUrl),
    ]);
  });

/** A copy takes the file's place, as a restored backup does: what a server has open cannot be made read-only under it. */
async function replaceByCopy(file: string, mode: number): Promise<void> {
  const original = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
  await original.executeScript(`VACUUM INTO '${file}.copy'`);
  await original.dispose();
  const copy = await new PrismaBetterSqlite3({ url: `file:${file}.copy` }).connect();
  await copy.executeScript("PRAGMA journal_mode = WAL");
  await copy.dispose();
  chmodSync(`${file}.copy`, mode);
  // What these hold is in the copy; beside another file they would be taken for its own.
  for (const rest of ["-wal", "-shm"]) rmSync(file + rest, { force: true });
  renameSync(`${file}.copy`, file);
}
