/** Rows of running processes: who was there last when, with what configuration. */
import { db, firstRow, Prisma } from "./client";

/** `shared`: the settings of that process, as lib/accounts/configuration.ts made them. */
export type InstanceRow = {
  id: string;
  startedAt: Date;
  seenAt: Date;
  shared: Record<string, { makes: string; accepts: string[] }>;
};

/** What time it is for the database, the one clock that all instances share. */
export async function databaseClock(): Promise<Date> {
  const row = await firstRow<{ now: string | Date }>(Prisma.sql`SELECT CURRENT_TIMESTAMP AS "now"`);
  // SQLite gives text in UTC that does not say so, to the second.
  return typeof row!.now === "string" ? new Date(`${row!.now.replace(" ", "T")}Z`) : row!.now;
}

export async function saveInstance({ id, ...rest }: InstanceRow): Promise<void> {
  await db().instance.upsert({
    where: { id },
    create: { id, ...rest },
    update: { seenAt: rest.seenAt, shared: rest.shared },
    select: { id: true },
  });
}

export async function findInstancesSince(since: Date): Promise<InstanceRow[]> {
  const rows = await db().instance.findMany({ where: { seenAt: { gte: since } } });
  return rows.map((row) => ({ ...row, shared: row.shared as InstanceRow["shared"] }));
}

export async function removeInstance(id: string): Promise<void> {
  await db().instance.deleteMany({ where: { id } });
}
