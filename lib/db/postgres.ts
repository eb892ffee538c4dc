/** PostgreSQL for a server: nothing waits longer than it may, what breaks is told as such, and the next connection heals it. */
import { PrismaPg } from "@prisma/adapter-pg";
import {
  DriverAdapterError,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type Transaction,
} from "@prisma/driver-adapter-utils";
import { BEGIN, isTransactionControl, labFault, watched } from "./statements";

// Three faults of the stock adapter are mended here (docs/decisions/014):
// 1. After a transaction whose statement was never answered it hands the connection back to the pool, still waiting for that
//    answer, and the next request waits on it. Here such a connection is closed.
// 2. It lets some of the driver's errors through as they are, and a timeout or a server that shuts down looks like a bug of
//    ours. Here they all say that the database cannot be reached.
// 3. A statement that a deadlock has undone is given up. Here, outside of transactions, it is run again: nothing of it happened.
// And one of PostgreSQL: its text holds no NUL, and a question with one is refused. Here it is asked with U+FFFD, which the driver
// makes of a broken character too: nothing is found by it.

export type PostgresSettings = {
  url: string;
  poolSize: number;
  connectTimeoutSeconds: number;
  statementTimeoutSeconds: number;
  lockTimeoutSeconds: number;
};

/** A server that answers at all keeps the statement timeout itself; after this much more it does not. */
const GRACE_MILLISECONDS = 1_000;
/** A transaction whose process has gone away without a word: longer than one may last (./client), then its locks are free. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 15_000;
const ATTEMPTS = 3;

export function postgresAdapterFactory(settings: PostgresSettings): SqlDriverAdapterFactory {
  const patience = settings.statementTimeoutSeconds * 1000 + GRACE_MILLISECONDS;
  const stock = new PrismaPg({
    connectionString: settings.url,
    application_name: "halfstate",
    max: settings.poolSize,
    keepAlive: true,
    connectionTimeoutMillis: settings.connectTimeoutSeconds * 1000,
    statement_timeout: settings.statementTimeoutSeconds * 1000,
    lock_timeout: settings.lockTimeoutSeconds * 1000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    query_timeout: patience,
  });
  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    connect: async () => serve(await stock.connect(), patience),
  };
}

function serve(pool: SqlDriverAdapter, patience: number): SqlDriverAdapter {
  const send = <T>(query: SqlQuery, run: (query: SqlQuery) => Promise<T>) =>
    labFault(query, patience) ??
    untilUndisturbed(() => watched(query, () => told(() => run(withoutNul(query)))));
  return {
    provider: pool.provider,
    adapterName: pool.adapterName,
    queryRaw: (query) => send(query, (sent) => pool.queryRaw(sent)),
    executeRaw: (query) => send(query, (sent) => pool.executeRaw(sent)),
    executeScript: (script) => told(() => pool.executeScript(script)),
    startTransaction: async (isolationLevel) =>
      labFault(BEGIN, patience) ?? inTransaction(await told(() => pool.startTransaction(isolationLevel))),
    getConnectionInfo: () => pool.getConnectionInfo!(),
    dispose: () => pool.dispose(),
  };
}

function inTransaction(transaction: Transaction): Transaction {
  // The adapter's own field, which its type leaves out: nothing else leads to the connection.
  const { client } = transaction as unknown as { client: { end(): Promise<void> } };

  const tell = <T>(run: () => Promise<T>): Promise<T> =>
    told(run).catch((error: unknown) => {
      // Closed at once: what is sent after it, the rollback too, then fails without waiting, and the pool takes another.
      if (!isAnswer(error)) void client.end();
      throw error;
    });
  const send = <T>(query: SqlQuery, run: (query: SqlQuery) => Promise<T>) =>
    isTransactionControl(query)
      ? tell(() => run(query))
      : watched(query, () => tell(() => run(withoutNul(query))));
  return {
    provider: transaction.provider,
    adapterName: transaction.adapterName,
    options: transaction.options,
    queryRaw: (query) => send(query, (sent) => transaction.queryRaw(sent)),
    executeRaw: (query) => send(query, (sent) => transaction.executeRaw(sent)),
    createSavepoint: transaction.createSavepoint?.bind(transaction),
    rollbackToSavepoint: transaction.rollbackToSavepoint?.bind(transaction),
    releaseSavepoint: transaction.releaseSavepoint?.bind(transaction),
    commit: () => transaction.commit(),
    rollback: () => transaction.rollback(),
  };
}

const withoutNul = (query: SqlQuery): SqlQuery => ({
  ...query,
  args: query.args.map((arg) => (typeof arg === "string" ? arg.replaceAll("\0", "\uFFFD") : arg)),
});

async function told<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw inOneLanguage(error);
  }
}

/** The driver's error as one that Prisma knows, without losing what the server or the socket said. */
function inOneLanguage(error: unknown): unknown {
  if (isDriverAdapterError(error)) {
    const { cause } = error;
    if (cause.kind !== "postgres" || !isOutage(cause.code)) return error;
    return new DriverAdapterError({
      kind: "DatabaseNotReachable",
      originalCode: cause.code,
      originalMessage: cause.message,
    });
  }
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  if (isBug || !(error instanceof Error)) return error;
  // Where a name has several addresses, each with a refusal of its own, the error that holds them has a code and no message.
  const { code } = error as { code?: string };
  return new DriverAdapterError({
    kind: "DatabaseNotReachable",
    originalMessage: error.message || code,
  });
}

/**
 * SQLSTATE classes that speak of the database and not of what was asked: connection, resources, state (a lock not available, a
 * database that accepts no connections), operator intervention (timeouts and shutdowns), system, internal; and read-only, idle for too
 * long in a transaction, privilege missing.
 */
const isOutage = (code: string): boolean =>
  ["08", "53", "55", "57", "58", "XX"].includes(code.slice(0, 2)) ||
  ["25006", "25P03", "42501"].includes(code);

/** True where the server has said no, and can be asked the next thing. */
const isAnswer = (error: unknown): boolean =>
  isDriverAdapterError(error) && error.cause.originalCode !== undefined;

/** Runs `run` again where a deadlock or a concurrent update undid it. */
async function untilUndisturbed<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const isDisturbed = isDriverAdapterError(error) && error.cause.kind === "TransactionWriteConflict";
      if (!isDisturbed || attempt === ATTEMPTS) throw error;
    }
  }
}
