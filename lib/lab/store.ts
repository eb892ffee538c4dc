/** Lab identities and the results of experiments in the database. */
import type { Account, Mode } from "@/lib/auth/contract";
import { endDeviceSessionsIn, type RevocationNotice } from "@/lib/auth/device-sessions/store";
import { db, inTransaction, type Prisma } from "@/lib/db/client";

type NewIdentity = {
  user: Account;
  passwordHash: string;
  preferredMode: Mode;
  createdAt: Date;
  labExpiresAt: Date;
};

export async function createIdentity({ user, ...rest }: NewIdentity): Promise<void> {
  await db().user.create({ data: { ...user, ...rest }, select: { id: true } });
}

/** With everything it left behind, its events too; the notices outlive it, so that what was issued to it is refused. */
export function removeIdentity(userId: string, now: Date): Promise<RevocationNotice[]> {
  return inTransaction(async (transaction) => {
    // Holds the identity's row: a device session that begins at this moment is ended here, or does not begin.
    await transaction.user.updateMany({ where: { id: userId }, data: { id: userId } });
    const notices = await endDeviceSessionsIn(
      transaction,
      { userId, user: { labExpiresAt: { not: null } } },
      { reason: "account_deleted", actorId: null, origin: { ip: "", userAgent: "" }, now },
    );
    const removed = await transaction.user.deleteMany({ where: { id: userId, labExpiresAt: { not: null } } });
    // Not those of an account that stayed: it is a person's.
    if (removed.count > 0) await transaction.auditEvent.deleteMany({ where: { subjectId: userId } });
    return notices;
  });
}

/** What the row says now of what a token repeats. */
export const findIdentity = (userId: string): Promise<{ role: string; name: string } | null> =>
  db().user.findFirst({
    where: { id: userId, labExpiresAt: { not: null } },
    select: { role: true, name: true },
  });

/** Events that are no account's, of all addresses that begin so: those of one experiment, which began at `since`. */
export async function removeEventsFrom(address: string, since: Date): Promise<void> {
  // Asked for by time as well, so that an index finds the few there are.
  await db().auditEvent.deleteMany({
    where: { subjectId: null, at: { gte: since }, ip: { startsWith: address } },
  });
}

export type StoredRun = {
  id: string;
  experiment: string;
  input: unknown;
  result: unknown;
  createdAt: Date;
  expiresAt: Date;
};

export async function saveRun({ input, result, ...run }: StoredRun): Promise<void> {
  await db().labRun.create({
    data: { ...run, input: input as Prisma.InputJsonValue, result: result as Prisma.InputJsonValue },
    select: { id: true },
  });
}

export const findRun = (id: string, experiment: string, now: Date): Promise<StoredRun | null> =>
  db().labRun.findFirst({ where: { id, experiment, expiresAt: { gt: now } } });

/** How far a refresh token family has come, and why it ended where it did. */
export async function findFamilyState(
  sessionId: string,
): Promise<{ generation: number; endReason: string | null } | null> {
  const family = await db().refreshToken.findFirst({
    where: { sessionId },
    select: { generation: true, session: { select: { endReason: true } } },
  });
  return family && { generation: family.generation, endReason: family.session.endReason };
}

/** What the audit trail says of a lab device, oldest first. */
export async function findSessionEvents(
  userId: string,
  sessionId: string,
): Promise<{ type: string; at: string; detail: unknown }[]> {
  const events = await db().auditEvent.findMany({
    where: { subjectId: userId, sessionId },
    orderBy: { at: "asc" },
    select: { type: true, at: true, detail: true },
  });
  return events.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }));
}
