/** Accounts in the database: only the columns the reader needs, by name. */
import type { Mode, Role } from "@/generated/sqlite/client";
import { db, isUniqueViolation, Prisma } from "./client";

const ACCOUNT = { id: true, email: true, name: true, role: true } as const;

type Account = { id: string; email: string; name: string; role: Role };

export type NewUser = Account & { passwordHash: string; preferredMode: Mode; createdAt: Date };

/** False: the email is taken. */
export async function createUser(user: NewUser): Promise<boolean> {
  try {
    await db().user.create({ data: user, select: { id: true } });
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

export const emailIsTaken = async (email: string): Promise<boolean> =>
  (await db().user.count({ where: { email } })) > 0;

export type WithPassword = Account & { passwordHash: string; preferredMode: Mode };

export const findUserForLogIn = (email: string): Promise<WithPassword | null> =>
  db().user.findFirst({ where: { email }, select: { ...ACCOUNT, passwordHash: true, preferredMode: true } });

export const findAccountWithPassword = (id: string): Promise<WithPassword | null> =>
  db().user.findFirst({ where: { id }, select: { ...ACCOUNT, passwordHash: true, preferredMode: true } });

export const findPreferredMode = async (id: string): Promise<Mode | null> =>
  (await db().user.findFirst({ where: { id }, select: { preferredMode: true } }))?.preferredMode ?? null;

/** Replaces exactly the hash that was verified, so that a password changed meanwhile is not put back. */
export async function upgradePasswordHash(id: string, verified: string, upgraded: string): Promise<void> {
  await db().user.updateMany({ where: { id, passwordHash: verified }, data: { passwordHash: upgraded } });
}

/** Null: there is no such account any more. */
export async function renameUser(id: string, name: string): Promise<Account | null> {
  const [user] = await db().user.updateManyAndReturn({ where: { id }, data: { name }, select: ACCOUNT });
  return user ?? null;
}

export const findRole = async (id: string): Promise<Role | null> =>
  (await db().user.findFirst({ where: { id }, select: { role: true } }))?.role ?? null;

export type ListedUser = Account & { createdAt: Date; preferredMode: Mode };

const LISTED = { ...ACCOUNT, createdAt: true, preferredMode: true } as const;

export const findUser = (id: string): Promise<ListedUser | null> =>
  db().user.findFirst({ where: { id, labExpiresAt: null }, select: LISTED });

export const findEmails = (ids: string[]): Promise<{ id: string; email: string }[]> =>
  db().user.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });

/** People, not lab identities. Newest first; `query` is looked for in email and name. `cursor` is the id of the last one of the page before. */
export async function searchUsers(query: string, limit: number, cursor?: string): Promise<ListedUser[]> {
  // A cursor that names nobody would match nothing; an account deleted meanwhile must not end the list.
  const from =
    cursor === undefined ? null : await db().user.findFirst({ where: { id: cursor }, select: { id: true } });
  const older = from
    ? Prisma.sql`AND ("createdAt", "id") < (SELECT "createdAt", "id" FROM "User" WHERE "id" = ${from.id})`
    : Prisma.empty;
  // By hand: to Prisma's `contains` a % and a _ of the query stand for any other characters. And LIKE tells capital letters from
  // small ones on PostgreSQL alone, so both sides are made small by the same function.
  return db().$queryRaw<ListedUser[]>`
    SELECT "id", "email", "name", "role", "createdAt", "preferredMode" FROM "User"
    WHERE "labExpiresAt" IS NULL
    AND ("email" LIKE ${containing(query.toLowerCase())} ESCAPE '!' OR lower("name") LIKE lower(${containing(query)}) ESCAPE '!')
    ${older} ORDER BY "createdAt" DESC, "id" DESC LIMIT ${limit}`;
}

const containing = (text: string) => `%${text.replace(/[!%_]/g, "!$&")}%`;
