/** What a database holds, read past the server that is being judged: SQLite's file, or PostgreSQL. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { connected } from "./postgres";

/** The rows of a statement that both databases understand, values in the order of its columns. */
export async function rows(databaseUrl: string, sql: string): Promise<unknown[][]> {
  if (!databaseUrl.startsWith("file:"))
    return connected(
      databaseUrl,
      async (client) => (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows,
    );
  const connection = await new PrismaBetterSqlite3({ url: databaseUrl }).connect();
  try {
    return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows as unknown[][];
  } finally {
    await connection.dispose();
  }
}

/** Runs statements that both databases understand, all of them or none. */
export async function execute(databaseUrl: string, statements: string[]): Promise<void> {
  const script = `BEGIN;\n${statements.join(";\n")};\nCOMMIT;`;
  if (!databaseUrl.startsWith("file:")) {
    // One query of several statements: PostgreSQL undoes them together.
    await connected(databaseUrl, (client) => client.query(script));
    return;
  }
  const connection = await new PrismaBetterSqlite3({ url: databaseUrl }).connect();
  try {
    await connection.executeScript(script.replace("BEGIN;", "BEGIN IMMEDIATE;"));
  } finally {
    await connection.dispose();
  }
}

/** All of it as text, to look for what must not be there: SQLite's files as they are, PostgreSQL's tables row by row. */
export async function everythingStored(databaseUrl: string): Promise<string> {
  if (databaseUrl.startsWith("file:")) {
    const folder = path.dirname(databaseUrl.slice("file:".length));
    return readdirSync(folder)
      .map((name) => readFileSync(path.join(folder, name), "latin1"))
      .join("");
  }
  const tables = await rows(databaseUrl, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const contents = await Promise.all(
    tables.map(([table]) => rows(databaseUrl, `SELECT t::text FROM "${String(table)}" t`)),
  );
  return contents.flat(2).join("\n");
}
