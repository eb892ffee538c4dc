/** Rows of signed-in devices, whatever their mode: how one begins, lives and ends. */
import type { Account, Ending, IssueContext, Mode, Role, Transport } from "@/lib/auth/contract";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { recordEvents } from "@/lib/db/audit";
import { db, inTransaction, isForeignKeyViolation, type DbOrTransaction, type Prisma } from "@/lib/db/client";
import { hasRedis } from "@/lib/redis/client";
import { dropSessionCopies } from "./copies";

export type NewDeviceSession = {
  id: string;
  userId: string;
  mode: Mode;
  transport: Transport;
  createdAt: Date;
  lastSeenAt: Date;
  idleExpiresAt: Date | null;
  expiresAt: Date;
  userAgent: string;
  ip: string;
};

/** Neither ended nor over by time. */
export const alive = (now: Date): Prisma.DeviceSessionWhereInput => ({
  endedAt: null,
  expiresAt: { gt: now },
  OR: [{ idleExpiresAt: null }, { idleExpiresAt: { gt: now } }],
});

/**
 * Begins a device session, ends those it replaces and does what else belongs to it (`related`), all in one transaction: a
 * crash leaves a person signed in on one side of it or the other. Returns the account as it is in that transaction: what was read of
 * it before the password was compared may be out of date. Null: what it must replace, or its account, is gone or has changed.
 */
export async function beginDeviceSession(
  userId: string,
  kind: Pick<NewDeviceSession, "mode" | "expiresAt" | "idleExpiresAt">,
  {
    now,
    transport,
    origin,
    event,
    replaces,
    becomesPreference,
    verifiedPasswordHash,
    newPasswordHash,
  }: IssueContext,
  related: (transaction: DbOrTransaction, sessionId: string) => Promise<unknown> = async () => {},
): Promise<{ user: Account; device: NewDeviceSession; notices: RevocationNotice[] } | null> {
  const device: NewDeviceSession = {
    id: randomId(),
    userId,
    transport,
    ...kind,
    createdAt: now,
    lastSeenAt: now,
    userAgent: origin.userAgent.slice(0, 512),
    ip: origin.ip,
  };
  try {
    return await inTransaction(async (transaction) => {
      // Writes the account's row first, unchanged if need be: that holds it until the end, so that whoever deletes the account, or changes
      // its password or role, either finds the device session that begins here or is found by it.
      const [user] = await transaction.user.updateManyAndReturn({
        where: { id: userId, passwordHash: newPasswordHash?.verified ?? verifiedPasswordHash },
        data: {
          id: userId,
          passwordHash: newPasswordHash?.replacement,
          preferredMode: becomesPreference ? device.mode : undefined,
        },
        select: { id: true, email: true, name: true, role: true },
      });
      if (!user) throw new Overtaken();
      const notices = replaces
        ? await endDeviceSessionsIn(
            transaction,
            replaces.sessions === "all" ? { userId } : { id: { in: replaces.sessions } },
            { reason: replaces.reason, actorId: userId, origin, now },
          )
        : [];
      const { mustBeLive } = replaces ?? {};
      if (mustBeLive && !notices.some(({ sid }) => sid === mustBeLive)) throw new Overtaken();
      await transaction.deviceSession.create({ data: device, select: { id: true } });
      await related(transaction, device.id);
      await recordEvents(transaction, [
        {
          type: event,
          at: now,
          actorId: userId,
          subjectId: userId,
          sessionId: device.id,
          ...origin,
          detail: { mode: device.mode, transport },
        },
      ]);
      return { user, device, notices };
    });
  } catch (error) {
    if (error instanceof Overtaken || isForeignKeyViolation(error)) return null;
    throw error;
  }
}

/** Somebody else was faster: leaves the transaction, which undoes what it has done so far. */
class Overtaken extends Error {}

/** What a process must remember of a device session so that its access tokens are refused without a query. */
export type RevocationNotice = { sid: string; role: Role | null; createdAt: Date; expiresAt: Date };

/**
 * Ends the live device sessions that `where` names, and leaves a revocation notice and an audit event for each in the same transaction.
 * Runs its update first, as the transactions of this project must (lib/db/sqlite.ts).
 */
export async function endDeviceSessionsIn(
  transaction: DbOrTransaction,
  where: Prisma.DeviceSessionWhereInput,
  { reason, actorId, origin, now }: Ending,
): Promise<RevocationNotice[]> {
  const ended = await transaction.deviceSession.updateManyAndReturn({
    where: { AND: [where, alive(now)] },
    data: { endedAt: now, endReason: reason },
    select: { id: true, userId: true },
  });
  // By the wall clock: `now` is when the request came, and it may have waited for longer than the feed's polls look back.
  const writtenAt = new Date();
  const notices = ended.map(({ id }) => notice(id, null, writtenAt));
  await saveNotices(transaction, notices);
  await recordEvents(
    transaction,
    ended.map(({ id, userId }) => ({
      type: "session_ended",
      at: now,
      actorId,
      subjectId: userId,
      sessionId: id,
      ...origin,
      detail: { reason },
    })),
  );
  return notices;
}

export function notice(sid: string, role: Role | null, now: Date): RevocationNotice {
  return { sid, role, createdAt: now, expiresAt: new Date(now.getTime() + rememberedMilliseconds()) };
}

/**
 * When a notice of a change is written: now, and after every notice there is. Of two roles the later one must be the later one
 * in every process, whichever request came first, and within one millisecond too. The transaction holds the account's row by then,
 * so that of two changes of one role the later one sees the notice of the other.
 */
export async function timeOfChange(transaction: DbOrTransaction): Promise<Date> {
  const last = await transaction.revocation.findFirst({
    orderBy: { createdAt: "desc" },
    select: { createdAt: true },
  });
  return new Date(Math.max(Date.now(), (last?.createdAt.getTime() ?? 0) + 1));
}

export async function saveNotices(transaction: DbOrTransaction, notices: RevocationNotice[]): Promise<void> {
  if (notices.length === 0) return;
  await transaction.revocation.createMany({ data: notices.map((entry) => ({ id: randomId(), ...entry })) });
}

// One access-token lifetime, and room for the verifier's clock tolerance and for clocks that differ between servers.
const rememberedMilliseconds = () => (env().accessTokenTtlSeconds + 30) * 1000;

export async function endDeviceSessions(
  where: Prisma.DeviceSessionWhereInput,
  ending: Ending,
): Promise<RevocationNotice[]> {
  return inTransaction((transaction) => endDeviceSessionsIn(transaction, where, ending));
}

export type DeviceSessionRow = {
  id: string;
  mode: Mode;
  createdAt: Date;
  lastSeenAt: Date;
  idleExpiresAt: Date | null;
  expiresAt: Date;
  userAgent: string;
  ip: string;
};

export function findLiveDeviceSessions(userId: string, now: Date): Promise<DeviceSessionRow[]> {
  return db().deviceSession.findMany({
    where: { userId, ...alive(now) },
    orderBy: { lastSeenAt: "desc" },
    select: {
      id: true,
      mode: true,
      createdAt: true,
      lastSeenAt: true,
      idleExpiresAt: true,
      expiresAt: true,
      userAgent: true,
      ip: true,
    },
  });
}

/** After a change that no notice tells of: what Redis keeps of a person's device sessions shows them as they were. */
export async function dropCopiesOf(userId: string, now: Date): Promise<void> {
  if (!hasRedis()) return;
  const live = await db().deviceSession.findMany({
    where: { userId, mode: "session", ...alive(now) },
    select: { id: true },
  });
  await dropSessionCopies(live.map(({ id }) => id));
}

export const findNoticesSince = (since: Date): Promise<RevocationNotice[]> =>
  db().revocation.findMany({
    where: { createdAt: { gte: since } },
    orderBy: { createdAt: "asc" },
    select: { sid: true, role: true, createdAt: true, expiresAt: true },
  });
