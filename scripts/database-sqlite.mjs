// What migrating and administering must know of SQLite: how to open it, alone or beside a running server, and where to try migrations out.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const sqlite = {
  provider: "sqlite",
  adapterProvider: "sqlite",
  schemaFolder: "prisma/sqlite",
  migrationsFolder: "prisma/migrations-sqlite",

  /** The same database, named so that a process in another folder finds it too. */
  absolute: (databaseUrl) => `file:${fileOf(databaseUrl)}`,

  /** The URL as it may be shown. */
  shown: (databaseUrl) => databaseUrl,

  /** Runs `work` while no other process migrates this database. */
  async alone(databaseUrl, work) {
    const file = fileOf(databaseUrl);
    // For this user alone: the file holds password hashes.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // The lock lies on a file beside the database, because the engine needs the database itself. The operating
    // system lets go of it when the process dies, which a lock made of a file's mere existence would outlive.
    const lock = await open({ url: `file:${file}.lock`, timeout: 60_000 });
    try {
      await lock.executeScript("BEGIN EXCLUSIVE");
      const main = await open({ url: databaseUrl });
      // Stays in the file. Outside the lock, two processes switching at once would fail instead of waiting.
      await main.executeScript("PRAGMA journal_mode = WAL").finally(() => main.dispose());
      return await work();
    } finally {
      await lock.dispose();
    }
  },

  parameter: () => "?",

  /** One connection, for the schema engine and for what an operator does beside a running server. */
  async connect(databaseUrl) {
    const main = await open({ url: databaseUrl });
    const executeRaw = main.executeRaw.bind(main);
    // The engine's own lock: it would refuse to look at a database that a running server has open.
    main.executeRaw = async (query) => (/locking_mode/.test(query.sql) ? 0 : executeRaw(query));
    return main;
  },

  /** For the schema engine: a database of its own, gone with the connection, in which it replays migrations. */
  async connectShadow() {
    const folder = mkdtempSync(join(tmpdir(), "halfstate-shadow-"));
    const shadow = await open({ url: `file:${join(folder, "shadow.db")}` });
    const executeRaw = shadow.executeRaw.bind(shadow);
    // The engine replays a whole migration as one query; the driver refuses more than one statement there.
    shadow.executeRaw = async (query) => {
      if (query.args.length > 0) return executeRaw(query);
      await shadow.executeScript(query.sql);
      return 0;
    };
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      rmSync(folder, { recursive: true, force: true });
    };
    return shadow;
  },
};

async function open(options) {
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  return new PrismaBetterSqlite3(options).connect();
}

const fileOf = (databaseUrl) => resolve(databaseUrl.slice("file:".length));
