/** The Prisma client of this process, and what its errors mean. */
import { env } from "@/lib/core/env";
import { Prisma, PrismaClient } from "@/generated/sqlite/client";
import { sqliteAdapterFactory, type SqliteAdapterFactory } from "./sqlite";

export { Prisma };
export type Db = PrismaClient;
/** What a query may run on: the client, or a transaction of it. */
export type DbOrTransaction = Omit<
  PrismaClient,
  "$connect" | "$disconnect" | "$on" | "$transaction" | "$extends"
>;

// On globalThis: Next keeps module state apart for each bundle, and a second client would be a second writer.
const shared = globalThis as { __halfstateDb?: PrismaClient; __halfstateAdapter?: SqliteAdapterFactory };

const adapter = () => (shared.__halfstateAdapter ??= sqliteAdapterFactory(env().databaseUrl));

export const db = (): Db =>
  (shared.__halfstateDb ??= new PrismaClient({
    adapter: adapter(),
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
    // Errors are reported by whoever handles the request, once; Prisma's own prints would repeat query values.
    log: [],
    errorFormat: "minimal",
  }));

/**
 * The first row of a constant SELECT, without what Prisma's client costs on the way: for a read that every request makes.
 * Columns are as the driver gives them: the caller makes times of text.
 */
export const readRow = async <Row>(query: Prisma.Sql): Promise<Row | null> =>
  ((await adapter().readRow(query)) as Row | undefined) ?? null;

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
  if (error instanceof Prisma.PrismaClientKnownRequestError) return STORAGE_CODES.has(error.code);
  if (error instanceof Prisma.PrismaClientUnknownRequestError) return true;
  // The adapter's own, where Prisma passes it through untranslated.
  return error instanceof Error && error.name === "DriverAdapterError";
}

// P2010 is a failed raw query: ours are constant text, so only the database can be at fault.
const STORAGE_CODES = new Set([
  "P1001",
  "P1002",
  "P1003",
  "P1008",
  "P1017",
  "P2010",
  "P2021",
  "P2022",
  "P2024",
  "P2028",
  "P2034",
  "P2039",
]);

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";

export const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2003";
