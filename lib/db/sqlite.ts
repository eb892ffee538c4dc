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
import { labConditions, labStep } from "@/lib/trace/lab-scope";
import { traceQuery } from "./trace";

// Four faults of the stock adapter are mended here (docs/decisions/003):
// 1. It has one connection and lets other requests' statements run inside an open transaction: roll that back and
//    their acknowledged writes are gone. Here transactions and single writes take turns on a connection of their own.
// 2. It waits for a locked file inside SQLite's busy handler, on the main thread: five seconds in which nothing is
//    served. Here the timeout is 0 and the wait is asynchronous.
// 3. Reads wait behind writes for no reason that WAL gives. Here they have a connection of their own.
// 4. A file that is moved or deleted under an open connection goes on being written to, and what is acknowledged is lost.
//    Here the path is looked at now and then: without its file every statement fails, with another file it is opened anew.

/** How long a statement may wait for another process's lock before it fails as `SQLITE_BUSY`. */
const BUSY_WAIT_MILLISECONDS = 2_500;

type Statements = Pick<Transaction, "queryRaw" | "executeRaw">;

export function sqliteAdapterFactory(url: string): SqlDriverAdapterFactory {
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
    return { inode, reader, writer };
  }

  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    connect: async () => serve(stock.provider, stock.adapterName, path, open),
  };
}

type Connections = { inode: number; reader: SqlDriverAdapter; writer: SqlDriverAdapter };

/** How long the file is taken to be the one it was. */
const LOOK_AGAIN_MILLISECONDS = 100;

function serve(
  provider: SqlDriverAdapter["provider"],
  adapterName: SqlDriverAdapter["adapterName"],
  path: string,
  open: () => Promise<Connections>,
): SqlDriverAdapter {
  const takeTurn = turns();
  let current: Promise<Connections> | null = null;
  let lookedAt = -Infinity;

  async function connections(): Promise<Connections> {
    if (current && performance.now() - lookedAt < LOOK_AGAIN_MILLISECONDS) return current;
    const inode = inodeOf(path);
    if (inode === null) throw fileIsGone();
    if (current && (await current).inode !== inode) {
      const old = await current;
      current = null;
      await Promise.all([old.reader.dispose(), old.writer.dispose()]);
    }
    lookedAt = performance.now();
    current ??= open().catch((error: unknown) => {
      current = null;
      throw error;
    });
    return current;
  }

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
      labFault(query) ??
      (isRead(query)
        ? measured((await connections()).reader).queryRaw(query)
        : inTurn((writer) => measured(writer).queryRaw(query))),
    executeRaw: (query) => labFault(query) ?? inTurn((writer) => measured(writer).executeRaw(query)),
    executeScript: (script) => inTurn((writer) => writer.executeScript(script)),
    async startTransaction(isolationLevel) {
      const fault = labFault({ sql: "BEGIN" });
      if (fault) return fault;
      const done = await takeTurn();
      try {
        const { writer } = await connections();
        return inTransaction(await writer.startTransaction(isolationLevel), done);
      } catch (error) {
        done();
        throw error;
      }
    },
    async dispose() {
      const { reader, writer } = (await current) ?? {};
      await Promise.all([reader?.dispose(), writer?.dispose()]);
    },
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
  queryRaw: (query: SqlQuery): Promise<SqlResultSet> => watched(query, () => target.queryRaw(query)),
  executeRaw: (query: SqlQuery): Promise<number> =>
    isTransactionControl(query)
      ? patiently(() => target.executeRaw(query))
      : watched(query, () => target.executeRaw(query)),
});

const watched = <T>({ sql }: Pick<SqlQuery, "sql">, run: () => Promise<T>): Promise<T> =>
  traceQuery(() => labStep({ lane: "database", name: "query", text: sql }, () => patiently(run)));

/**
 * What the Lab asked of this very request's database; null for every other request (docs/decisions/013). Asked before a turn is
 * taken: a statement that stalled in its turn would keep everybody's writes waiting.
 */
function labFault(query: Pick<SqlQuery, "sql">): Promise<never> | null {
  const fault = labConditions()?.database;
  if (!fault) return null;
  const pause = fault === "stalls" ? BUSY_WAIT_MILLISECONDS : 0;
  return watched(query, async () => {
    await new Promise((resolve) => setTimeout(resolve, pause));
    throw new DriverAdapterError({ kind: "DatabaseNotReachable" });
  });
}

const isRead = (query: SqlQuery) => /^\s*SELECT\b/i.test(query.sql);
const isTransactionControl = (query: SqlQuery) => /^\s*(COMMIT|ROLLBACK)\b/i.test(query.sql);

/** First come, first served; `done` passes the turn on. */
function turns(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    let done = () => {};
    last = new Promise((resolve) => (done = resolve));
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
