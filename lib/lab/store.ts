/** Lab identities and the results of experiments in the database. */
import type { Account, Mode } from "@/lib/auth/contract";
import { endDeviceSessionsIn, type RevocationNotice } from "@/lib/auth/device-sessions/store";
import { db, type Prisma } from "@/lib/db/client";

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
  return db().$transaction(async (transaction) => {
    const notices = await endDeviceSessionsIn(
      transaction,
      { userId, user: { labExpiresAt: { not: null } } },
      { reason: "account_deleted", actorId: null, origin: { ip: "", userAgent: "" }, now },
    );
    await transaction.user.deleteMany({ where: { id: userId, labExpiresAt: { not: null } } });
    await transaction.auditEvent.deleteMany({ where: { subjectId: userId } });
    return notices;
  });
}

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
