/** SQLite for a server: reads never wait behind a write, transactions are really isolated, a lock never stops the event loop. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { statSync } from "node:fs";
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from "@prisma/driver-adapter-utils";
import { traceQuery } from "./trace";

// Four faults of the stock adapter are mended here (docs/decisions/003):
// 1. It has one connection and lets other requests' statements run inside an open transaction: roll that back and
//    their acknowledged writes are gone. Here transactions and single writes take turns on a connection of their own.
// 2. It waits for a locked file inside SQLite's busy handler, on the main thread: five seconds in which nothing is
//    served. Here the timeout is 0 and the wait is asynchronous.
// 3. Reads wait behind writes for no reason that WAL gives. Here they have a connection of their own.
// 4. A file that is moved or deleted under an open connection goes on being written to, and what is acknowledged is lost.
//    Here the path is looked at now and then: without its file every statement fails, with another file it is opened anew.
// And the one read that session mode makes on every request has a way of its own (docs/decisions/012).

/** How long a statement may wait for another process's lock before it fails as `SQLITE_BUSY`. */
const BUSY_WAIT_MILLISECONDS = 2_500;

type Statements = Pick<Transaction, "queryRaw" | "executeRaw">;

/** What a statement is prepared from: Prisma's `sql` template, which also has the `$1` spelling that PostgreSQL takes. */
export type Sql = { sql: string; values: unknown[] };

export type SqliteAdapterFactory = SqlDriverAdapterFactory & {
  /** The first row as the driver gives it, past Prisma's client: times are text. One query to a trace, like any other. */
  readRow(query: Sql): Promise<Record<string, unknown> | undefined>;
};

export function sqliteAdapterFactory(url: string): SqliteAdapterFactory {
  const stock = new PrismaBetterSqlite3({ url, timeout: 0 });
  const path = url.replace(/^file:/, "");

  async function open(): Promise<Connections> {
    const inode = inodeOf(path);
    if (inode === null) throw fileIsGone();
    const [reader, writer] = await Promise.all([stock.connect(), stock.connect()]);
    for (const connection of [reader, writer]) {
      await patiently(() =>
        connection.executeScript(
          "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;",
        ),
      );
    }
    return { inode, reader, writer, prepare: preparing(reader) };
  }

  const file = watched(path, open);
  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    connect: async () => serve(stock.provider, stock.adapterName, file),
    async readRow({ sql, values }) {
      const { prepare } = await file.connections();
      return traceQuery(() => patiently(async () => asAdapterErrors(() => prepare(sql).get(...values))));
    },
  };
}

type Connections = {
  inode: number;
  reader: SqlDriverAdapter;
  writer: SqlDriverAdapter;
  prepare(sql: string): Statement;
};

type Statement = { get(...values: unknown[]): Record<string, unknown> | undefined };

/** Statements of this connection, each prepared once: constant texts, so there are few. */
function preparing(connection: SqlDriverAdapter): Connections["prepare"] {
  // The adapter keeps its driver to itself; the version is pinned, and tests/integration/sqlite.spec.ts reads through it.
  const { client } = connection as unknown as { client: { prepare(sql: string): Statement } };
  const prepared = new Map<string, Statement>();
  return (sql) => {
    const known = prepared.get(sql) ?? client.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
}

/** What the driver throws, as what the adapter would have thrown: only that is known as a failure of the database. */
function asAdapterErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === undefined) throw error;
    throw new DriverAdapterError({
      kind: "sqlite",
      extendedCode: 0,
      message,
      originalCode: code,
      originalMessage: message,
    });
  }
}

/** How long the file is taken to be the one it was. */
const LOOK_AGAIN_MILLISECONDS = 100;

type WatchedFile = { connections(): Promise<Connections>; dispose(): Promise<void> };

function watched(path: string, open: () => Promise<Connections>): WatchedFile {
  let current: Promise<Connections> | null = null;
  let lookedAt = -Infinity;

  async function connections(): Promise<Connections> {
    if (current && performance.now() - lookedAt < LOOK_AGAIN_MILLISECONDS) return current;
    const inode = inodeOf(path);
    if (inode === null) throw fileIsGone();
    const known = current;
    // Only while it is still the one that was looked at: another request may have opened the file anew meanwhile.
    if (known && (await known).inode !== inode && current === known) await dispose();
    lookedAt = performance.now();
    current ??= open().catch((error: unknown) => {
      current = null;
      throw error;
    });
    return current;
  }

  async function dispose(): Promise<void> {
    const old = current;
    current = null;
    const { reader, writer } = (await old) ?? {};
    await Promise.all([reader?.dispose(), writer?.dispose()]);
  }

  return { connections, dispose };
}

function serve(
  provider: SqlDriverAdapter["provider"],
  adapterName: SqlDriverAdapter["adapterName"],
  { connections, dispose }: WatchedFile,
): SqlDriverAdapter {
  const takeTurn = turns();

  async function inTurn<T>(run: (writer: SqlDriverAdapter) => Promise<T>): Promise<T> {
    const done = await takeTurn();
    try {
      return await run((await connections()).writer);
    } finally {
      done();
    }
  }

  return {
    provider,
    adapterName,
    queryRaw: async (query) =>
      isRead(query)
        ? measured((await connections()).reader).queryRaw(query)
        : inTurn((writer) => measured(writer).queryRaw(query)),
    executeRaw: (query) => inTurn((writer) => measured(writer).executeRaw(query)),
    executeScript: (script) => inTurn((writer) => writer.executeScript(script)),
    async startTransaction(isolationLevel) {
      const done = await takeTurn();
      try {
        const { writer } = await connections();
        return inTransaction(await writer.startTransaction(isolationLevel), done);
      } catch (error) {
        done();
        throw error;
      }
    },
    dispose,
  };
}

const inodeOf = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.ino ?? null;

const fileIsGone = () => new DriverAdapterError({ kind: "DatabaseNotReachable" });

function inTransaction(transaction: Transaction, done: () => void): Transaction {
  // BEGIN is deferred, so a transaction must write first: its first statement then takes the lock and may be retried;
  // a read first would pin a snapshot that a later write can no longer upgrade (SQLITE_BUSY_SNAPSHOT).
  const statements = measured(transaction);
  return {
    provider: transaction.provider,
    adapterName: transaction.adapterName,
    options: transaction.options,
    queryRaw: statements.queryRaw,
    executeRaw: statements.executeRaw,
    createSavepoint: transaction.createSavepoint?.bind(transaction),
    rollbackToSavepoint: transaction.rollbackToSavepoint?.bind(transaction),
    releaseSavepoint: transaction.releaseSavepoint?.bind(transaction),
    commit: () => transaction.commit().finally(done),
    rollback: () => transaction.rollback().finally(done),
  };
}

const measured = (target: Statements): Statements => ({
  queryRaw: (query: SqlQuery): Promise<SqlResultSet> =>
    traceQuery(() => patiently(() => target.queryRaw(query))),
  executeRaw: (query: SqlQuery): Promise<number> =>
    isTransactionControl(query)
      ? patiently(() => target.executeRaw(query))
      : traceQuery(() => patiently(() => target.executeRaw(query))),
});

const isRead = (query: SqlQuery) => /^\s*SELECT\b/i.test(query.sql);
const isTransactionControl = (query: SqlQuery) => /^\s*(COMMIT|ROLLBACK)\b/i.test(query.sql);

/** First come, first served; `done` passes the turn on. */
function turns(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    let done = () => {};
    // Not at once: the driver writes without ever letting go of the thread, so a queue of writers would be served to its end,
    // each with its wait for the disk, before any other request is.
    last = new Promise((resolve) => (done = () => void setImmediate(resolve)));
    await before;
    return done;
  };
}

async function patiently<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + BUSY_WAIT_MILLISECONDS;
  for (let pause = 1; ; pause = Math.min(pause * 2, 25)) {
    try {
      return await run();
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const isLocked = (error: unknown) =>
  (error as { cause?: { originalCode?: string } }).cause?.originalCode === "SQLITE_BUSY";
