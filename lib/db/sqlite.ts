/** SQLite for a server: reads never wait behind a write, transactions are really isolated, a lock never stops the event loop. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { statSync } from "node:fs";
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type Transaction,
} from "@prisma/driver-adapter-utils";
import { isTransactionControl, watched } from "./statements";

// Four faults of the stock adapter are mended here (docs/decisions/003):
// 1. It has one connection and lets other requests' statements run inside an open transaction: roll that back and
//    their acknowledged writes are gone. Here transactions and single writes take turns on a connection of their own.
// 2. It waits for a locked file inside SQLite's busy handler, on the main thread: five seconds in which nothing is
//    served. Here the timeout is 0 and the wait is asynchronous.
// 3. Reads wait behind writes for no reason that WAL gives. Here they have a connection of their own.
// 4. A file that is moved or deleted under an open connection goes on being written to, and what is acknowledged is lost.
//    Here the path is looked at now and then: without its file every statement fails, with another file it is opened anew.

/** How long a statement may wait for another process's lock, its turn included, before it fails as `SQLITE_BUSY`. */
const BUSY_WAIT_MILLISECONDS = 2_500;
/** How long it may at least, once it is its turn: other processes hold the lock for moments all the time. */
const LEAST_BUSY_WAIT_MILLISECONDS = 100;

type Statements = Pick<Transaction, "queryRaw" | "executeRaw">;

export function sqliteAdapterFactory(url: string): SqlDriverAdapterFactory {
  const stock = new PrismaBetterSqlite3({ url, timeout: 0 });
  const path = url.replace(/^file:/, "");

  async function open(): Promise<Connections> {
    const inode = inodeOf(path);
    if (inode === null) throw fileIsGone();
    const [reader, writer] = await Promise.all([stock.connect(), stock.connect()]);
    const askedAt = performance.now();
    try {
      for (const connection of [reader, writer]) {
        await patiently(askedAt, () =>
          connection.executeScript(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;",
          ),
        );
      }
    } catch (error) {
      await Promise.all([reader.dispose(), writer.dispose()]);
      throw error;
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

  /** The writer, until `done`. */
  async function takeWriter() {
    const askedAt = performance.now();
    // Before the turn too: without a database all who wait fail together, not one after the other.
    await connections();
    const done = await takeTurn();
    try {
      return { writer: (await connections()).writer, askedAt, done };
    } catch (error) {
      done();
      throw error;
    }
  }

  async function inTurn<T>(run: (writer: SqlDriverAdapter, askedAt: number) => Promise<T>): Promise<T> {
    const { writer, askedAt, done } = await takeWriter();
    try {
      return await run(writer, askedAt);
    } finally {
      done();
    }
  }

  return {
    provider,
    adapterName,
    queryRaw: async (query) =>
      isRead(query)
        ? measured((await connections()).reader, performance.now()).queryRaw(query)
        : inTurn((writer, askedAt) => measured(writer, askedAt).queryRaw(query)),
    executeRaw: (query) => inTurn((writer, askedAt) => measured(writer, askedAt).executeRaw(query)),
    executeScript: (script) => inTurn((writer) => writer.executeScript(script)),
    async startTransaction(isolationLevel) {
      const { writer, askedAt, done } = await takeWriter();
      try {
        return inTransaction(await writer.startTransaction(isolationLevel), askedAt, done);
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

function inTransaction(transaction: Transaction, askedAt: number, done: () => void): Transaction {
  // BEGIN is deferred, so a transaction must write first: its first statement then takes the lock and may be retried;
  // a read first would pin a snapshot that a later write can no longer upgrade (SQLITE_BUSY_SNAPSHOT).
  const statements = measured(transaction, askedAt);
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

function measured(target: Statements, askedAt: number): Statements {
  const send = <T>(query: SqlQuery, run: () => Promise<T>): Promise<T> =>
    isTransactionControl(query)
      ? patiently(askedAt, run)
      : watched(query, BUSY_WAIT_MILLISECONDS, () => patiently(askedAt, run));
  return {
    queryRaw: (query) => send(query, () => target.queryRaw(query)),
    executeRaw: (query) => send(query, () => target.executeRaw(query)),
  };
}

const isRead = (query: SqlQuery) => /^\s*SELECT\b/i.test(query.sql);

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

async function patiently<T>(askedAt: number, run: () => Promise<T>): Promise<T> {
  const deadline = Math.max(
    askedAt + BUSY_WAIT_MILLISECONDS,
    performance.now() + LEAST_BUSY_WAIT_MILLISECONDS,
  );
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
