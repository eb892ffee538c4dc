/** SQLite for a server: reads never wait behind a write, transactions are really isolated, a lock never stops the event loop. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { statSync } from "node:fs";
import { open as openFile, type FileHandle } from "node:fs/promises";
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type Transaction,
} from "@prisma/driver-adapter-utils";
import { BEGIN, isTransactionControl, labFault, watched } from "./statements";

// Five faults of the stock adapter are mended here (docs/decisions/003):
// 1. It has one connection and lets other requests' statements run inside an open transaction: roll that back and
//    their acknowledged writes are gone. Here transactions and single writes take turns on a connection of their own.
// 2. It waits for a locked file inside SQLite's busy handler, on the main thread: five seconds in which nothing is
//    served. Here the timeout is 0 and the wait is asynchronous.
// 3. Reads wait behind writes for no reason that WAL gives. Here they have a connection of their own.
// 4. A file that is moved or deleted under an open connection goes on being written to, and what is acknowledged is lost.
//    Here the path is looked at now and then: without its file every statement fails, with another file it is opened anew.
// 5. A commit waits for the disk on the main thread, and everybody else with it. Here SQLite leaves that out (NORMAL), and the log is
//    synced by another thread before a write is acknowledged, once for all who wait: what FULL promises.
// And what every request reads and every log-in counts has a way of its own (docs/decisions/012).

/** How long a statement may wait for another process's lock, its turn included, before it fails as `SQLITE_BUSY`. */
const BUSY_WAIT_MILLISECONDS = 2_500;
/** How long it may at least, once it is its turn: other processes hold the lock for moments all the time. */
const LEAST_BUSY_WAIT_MILLISECONDS = 100;

type Statements = Pick<Transaction, "queryRaw" | "executeRaw">;

/** What a statement is prepared from: Prisma's `sql` template, which also has the `$1` spelling that PostgreSQL takes. */
export type Sql = { sql: string; values: unknown[] };

export type SqliteAdapterFactory = SqlDriverAdapterFactory & {
  /** The first row as the driver gives it, past Prisma's client: times are text. One query to a trace, like any other. */
  firstRow(query: Sql): Promise<Row | undefined>;
};

export function sqliteAdapterFactory(url: string): SqliteAdapterFactory {
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
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL;",
          ),
        );
      }
    } catch (error) {
      await Promise.all([reader.dispose(), writer.dispose()]);
      throw error;
    }
    const log = syncedLog(`${path}-wal`);
    const close = () => Promise.all([reader.dispose(), writer.dispose(), log.close()]);
    return { inode, reader: preparing(reader), writer: preparing(writer), onDisk: log.onDisk, close };
  }

  const file = watchedFile(path, open);
  const takeWriter = writersOf(file);
  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    connect: async () => serve(stock.provider, stock.adapterName, file, takeWriter),
    async firstRow(query) {
      const fault = labFault(query, BUSY_WAIT_MILLISECONDS);
      if (fault) return fault;
      if (!isRead(query)) return inTurn(takeWriter, (writer, askedAt) => measuredRow(writer, askedAt, query));
      return measuredRow((await file.connections()).reader, performance.now(), query);
    },
  };
}

type Row = Record<string, unknown>;

type Connections = {
  inode: number;
  reader: Connection;
  writer: Connection;
  /** Resolves once all that is committed is on the disk: not before may a write be acknowledged. */
  onDisk(): Promise<void>;
  close(): Promise<unknown>;
};

type Connection = SqlDriverAdapter & { prepare(sql: string): Statement };

type Statement = { safeIntegers(are: boolean): Statement; all(...values: unknown[]): Row[] };

/** With statements of its own, each prepared once: constant texts, so there are few. */
function preparing(connection: SqlDriverAdapter): Connection {
  // The adapter keeps its driver to itself; the version is pinned, and tests/integration/sqlite.spec.ts reads through it.
  const { client } = connection as unknown as { client: { prepare(sql: string): Statement } };
  const prepared = new Map<string, Statement>();
  return Object.assign(connection, {
    prepare(sql: string) {
      // The adapter has asked for every whole number as a BigInt.
      const known = prepared.get(sql) ?? client.prepare(sql).safeIntegers(false);
      prepared.set(sql, known);
      return known;
    },
  });
}

const measuredRow = ({ prepare }: Connection, askedAt: number, { sql, values }: Sql) =>
  watched({ sql }, () =>
    patiently(askedAt, async () => {
      try {
        // Not the driver's `get`: it does not say when a write that gave its row could then not be committed.
        return prepare(sql).all(...values.map(stored))[0];
      } catch (error) {
        throw asAdapterError(error);
      }
    }),
  );

/** As the adapter stores a time. */
const stored = (value: unknown) =>
  value instanceof Date ? value.toISOString().replace("Z", "+00:00") : value;

/** What the driver or the file system throws, as what the adapter would have thrown: only that is known as a failure of the database. */
function asAdapterError(error: unknown): unknown {
  const { code, message } = error as Error & { code?: string };
  if (code === undefined) return error;
  return new DriverAdapterError({
    kind: "sqlite",
    extendedCode: 0,
    message,
    originalCode: code,
    originalMessage: message,
  });
}

/** How long the file is taken to be the one it was. */
const LOOK_AGAIN_MILLISECONDS = 100;

type WatchedFile = { connections(): Promise<Connections>; dispose(): Promise<void> };

function watchedFile(path: string, open: () => Promise<Connections>): WatchedFile {
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
    await (await old)?.close();
  }

  return { connections, dispose };
}

/** The write-ahead log, as `fsync` sees it. It is another file than the one SQLite locks: closing it lets go of no lock. */
function syncedLog(path: string) {
  let opened: Promise<FileHandle> | null = null;
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  async function sync(): Promise<void> {
    // Whoever commits from here on is not sure to be part of this one, and waits for the next.
    next = null;
    try {
      // Not before the first write: a database that can only be read has none.
      opened ??= openFile(path, "r+").catch((error: unknown) => {
        opened = null;
        throw error;
      });
      await (await opened).datasync();
    } catch (error) {
      throw asAdapterError(error);
    }
  }

  return {
    onDisk: () => (next ??= last = last.catch(() => {}).then(sync)),
    async close() {
      await last.catch(() => {});
      await (await opened)?.close();
    },
  };
}

/** The writer, until `done`. What was committed with it may be acknowledged after `onDisk`, which needs no turn. */
type Turn = { writer: Connection; askedAt: number; done: () => void; onDisk: () => Promise<void> };
type TakeWriter = () => Promise<Turn>;

function writersOf({ connections }: WatchedFile): TakeWriter {
  const takeTurn = turns();
  return async () => {
    const askedAt = performance.now();
    // Before the turn too: without a database all who wait fail together, not one after the other.
    await connections();
    const done = await takeTurn();
    try {
      const { writer, onDisk } = await connections();
      return { writer, askedAt, done, onDisk };
    } catch (error) {
      done();
      throw error;
    }
  };
}

async function inTurn<T>(
  takeWriter: TakeWriter,
  run: (writer: Connection, askedAt: number) => Promise<T>,
): Promise<T> {
  const { writer, askedAt, done, onDisk } = await takeWriter();
  let result: T;
  try {
    result = await run(writer, askedAt);
  } finally {
    done();
  }
  await onDisk();
  return result;
}

function serve(
  provider: SqlDriverAdapter["provider"],
  adapterName: SqlDriverAdapter["adapterName"],
  { connections, dispose }: WatchedFile,
  takeWriter: TakeWriter,
): SqlDriverAdapter {
  return {
    provider,
    adapterName,
    queryRaw: async (query) =>
      labFault(query, BUSY_WAIT_MILLISECONDS) ??
      (isRead(query)
        ? measured((await connections()).reader, performance.now()).queryRaw(query)
        : inTurn(takeWriter, (writer, askedAt) => measured(writer, askedAt).queryRaw(query))),
    executeRaw: (query) =>
      labFault(query, BUSY_WAIT_MILLISECONDS) ??
      inTurn(takeWriter, (writer, askedAt) => measured(writer, askedAt).executeRaw(query)),
    executeScript: (script) => inTurn(takeWriter, (writer) => writer.executeScript(script)),
    async startTransaction(isolationLevel) {
      const fault = labFault(BEGIN, BUSY_WAIT_MILLISECONDS);
      if (fault) return fault;
      const turn = await takeWriter();
      try {
        return inTransaction(await turn.writer.startTransaction(isolationLevel), turn);
      } catch (error) {
        turn.done();
        throw error;
      }
    },
    dispose,
  };
}

const inodeOf = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.ino ?? null;

const fileIsGone = () => new DriverAdapterError({ kind: "DatabaseNotReachable" });

function inTransaction(transaction: Transaction, { askedAt, done, onDisk }: Turn): Transaction {
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
    commit: () => transaction.commit().finally(done).then(onDisk),
    rollback: () => transaction.rollback().finally(done),
  };
}

function measured(target: Statements, askedAt: number): Statements {
  const send = <T>(query: SqlQuery, run: () => Promise<T>): Promise<T> =>
    isTransactionControl(query) ? patiently(askedAt, run) : watched(query, () => patiently(askedAt, run));
  return {
    queryRaw: (query) => send(query, () => target.queryRaw(query)),
    executeRaw: (query) => send(query, () => target.executeRaw(query)),
  };
}

const isRead = (query: Pick<SqlQuery, "sql">) => /^\s*SELECT\b/i.test(query.sql);

/** First come, first served; `done` passes the turn on. */
function turns(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    let done = () => {};
    // Not at once: the driver writes without ever letting go of the thread, so a queue of writers would be served to its end
    // before any other request is.
    last = new Promise((resolve) => (done = () => void setImmediate(resolve)));
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
