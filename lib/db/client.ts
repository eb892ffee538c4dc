/** The Prisma client of this process, and what its errors mean. */
import { PrismaClient as PostgresClient } from "@/generated/postgres/client";
import { Prisma, PrismaClient } from "@/generated/sqlite/client";
import { env, type Env } from "@/lib/core/env";
import { postgresAdapterFactory } from "./postgres";
import { sqliteAdapterFactory } from "./sqlite";

export { Prisma };
export type Db = PrismaClient;
/** What a query may run on: the client, or a transaction of it. */
export type DbOrTransaction = Omit<
  PrismaClient,
  "$connect" | "$disconnect" | "$on" | "$transaction" | "$extends"
>;

export type Database = { client: PrismaClient; firstRow(query: Prisma.Sql): Promise<unknown> };

// On globalThis: Next keeps module state apart for each bundle, and a second client would be a second writer.
const shared = globalThis as { __halfstateDatabase?: Database };

const database = (): Database => (shared.__halfstateDatabase ??= open(env()));

export const db = (): Db => database().client;

/** Lets go of the database, once what is being asked of it is answered. */
export const disconnect = (): Promise<void> => db().$disconnect();

function open({ databaseUrl: url, database: settings }: Env): Database {
  if (url.startsWith("file:")) {
    const adapter = sqliteAdapterFactory(url);
    const client = new PrismaClient({ adapter, ...SAME_FOR_BOTH });
    return { client, firstRow: (query) => adapter.firstRow(query) };
  }
  const adapter = postgresAdapterFactory({ url, ...settings });
  // The one cast: the two are generated from the same models, and what PostgreSQL's offers beyond SQLite's is not used.
  const client = new PostgresClient({ adapter, ...SAME_FOR_BOTH }) as unknown as PrismaClient;
  return { client, firstRow: async (query) => (await client.$queryRaw<unknown[]>(query))[0] };
}

const SAME_FOR_BOTH = {
  transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  // Errors are reported by whoever handles the request, once; Prisma's own prints would repeat query values.
  log: [],
  errorFormat: "minimal" as const,
};

const ATTEMPTS = 3;

const uncommitted = new WeakMap<DbOrTransaction, (() => void)[]>();

/** Runs `then` once what was written on `on` is there to stay: at once, or when its transaction has been committed. */
export function onceCommitted(on: DbOrTransaction, then: () => void): void {
  const waiting = uncommitted.get(on);
  if (waiting) waiting.push(then);
  else then();
}

/**
 * Runs `work` in a transaction; again from its beginning where PostgreSQL undid it for the sake of another (a deadlock, a concurrent
 * update). So `work` does nothing that must not be done twice, and returns what it has to say.
 */
export async function inTransaction<T>(work: (transaction: DbOrTransaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const waiting: (() => void)[] = [];
      const result = await db().$transaction((transaction) => {
        uncommitted.set(transaction, waiting);
        return work(transaction);
      });
      for (const then of waiting) then();
      return result;
    } catch (error) {
      if (!isWriteConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * The first row that a constant statement gives (a write one: RETURNING), on SQLite without what Prisma's client costs on the way: for
 * what every request reads and every log-in counts. Never inside a transaction. Columns are as each driver gives them: times are
 * text or dates, and the caller makes dates of both.
 */
export const firstRow = async <Row>(query: Prisma.Sql): Promise<Row | null> =>
  ((await database().firstRow(query)) as Row | undefined) ?? null;

/** One trivial query: whether there is a database right now. */
export async function databaseAnswers(): Promise<boolean> {
  try {
    await db().$queryRaw`SELECT 1`;
    return true;
  } catch (error) {
    if (isStorageFailure(error)) return false;
    throw error;
  }
}

/** True where the database itself failed (locked, gone, read-only, full), as opposed to what was asked of it. */
export function isStorageFailure(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError)
    // What PostgreSQL says of itself reaches us under other names (lib/db/postgres.ts); the rest is about the question.
    return STORAGE_CODES.has(error.code) && kindOf(error) !== "postgres";
  if (error instanceof Prisma.PrismaClientUnknownRequestError) return true;
  // The adapter's own, where Prisma passes it through untranslated.
  return error instanceof Error && error.name === "DriverAdapterError";
}

// P2010 is a failed raw query: ours are constant text, so only the database can be at fault.
const STORAGE_CODES = new Set([
  "P1000",
  "P1001",
  "P1002",
  "P1003",
  "P1008",
  "P1010",
  "P1011",
  "P1017",
  "P2010",
  "P2021",
  "P2022",
  "P2024",
  "P2028",
  "P2034",
  "P2037",
  "P2039",
]);

/** What the adapter called it, where Prisma's own code is too wide. */
function kindOf({ meta }: Prisma.PrismaClientKnownRequestError): string | undefined {
  return (meta?.driverAdapterError as { cause?: { kind?: string } } | undefined)?.cause?.kind;
}

const isWriteConflict = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError &&
  (error.code === "P2034" || kindOf(error) === "TransactionWriteConflict");

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";

export const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2003";
