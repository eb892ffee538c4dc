/** Session-mode rows: one query answers who is calling, or a copy of its answer in Redis that still holds. */
import type { Account, Transport } from "@/lib/auth/contract";
import { copyName } from "@/lib/auth/device-sessions/copies";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { db, firstRow, isStorageFailure, Prisma } from "@/lib/db/client";
import { log } from "@/lib/log/log";
import { hasRedis } from "@/lib/redis/client";
import { keepCopy, readCopy } from "@/lib/redis/copies";

/** `lastSeenAt` is written at most this often, so that reading stays the only cost of most requests. */
export const TOUCH_MILLISECONDS = 60_000;

export type SessionRow = {
  session: {
    id: string;
    transport: Transport;
    lastSeenAt: Date;
    idleExpiresAt: Date | null;
    expiresAt: Date;
    endedAt: Date | null;
  };
  user: Account;
};

/** Null when there is no such session-mode row: never was, or its account is gone. */
export async function findSession(
  sessionId: string,
  now: Date,
): Promise<Result<SessionRow | null, Failure<"storage_unavailable">>> {
  const copy = hasRedis() ? await findCopy(sessionId, now) : null;
  if (copy) return ok(copy);
  try {
    const row = await readSession(sessionId);
    if (row && !row.session.endedAt) keepForOthers(row, now);
    return ok(row);
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    log().warn({ err: error }, "session look-up failed");
    return err(failure("storage_unavailable", { retryAfterSeconds: 5 }));
  }
}

/** Only good news comes from a copy; everything else is asked of the database. */
async function findCopy(sessionId: string, now: Date): Promise<SessionRow | null> {
  const feed = revocationFeed();
  if (!feed.isFresh(now)) return null;
  const copy = (await readCopy(copyName(sessionId), now)) as Copied | null;
  // After the look, not before it: what was announced meanwhile counts.
  if (!copy || !feed.vouchesFor(sessionId, copy.user.role, now)) return null;
  const { session, user } = copy;
  return {
    session: {
      id: sessionId,
      transport: session.transport,
      lastSeenAt: new Date(session.lastSeenAt),
      idleExpiresAt: dateOrNull(session.idleExpiresAt),
      expiresAt: new Date(session.expiresAt),
      endedAt: null,
    },
    user,
  };
}

/** `now`: from before the row was read. */
function keepForOthers({ session, user }: SessionRow, now: Date): void {
  const { id, transport, lastSeenAt, idleExpiresAt, expiresAt } = session;
  const copied: Copied = {
    session: {
      transport,
      lastSeenAt: lastSeenAt.getTime(),
      idleExpiresAt: idleExpiresAt?.getTime() ?? null,
      expiresAt: expiresAt.getTime(),
    },
    user,
  };
  // Over when the session is, and when its next touch is due: so a copy is never older than the sliding end that a touch has moved.
  const until = Math.min(
    lastSeenAt.getTime() + TOUCH_MILLISECONDS,
    copied.session.expiresAt,
    copied.session.idleExpiresAt ?? Infinity,
  );
  keepCopy(copyName(id), copied, now, new Date(until));
}

/** Times in milliseconds. */
type Copied = {
  session: { transport: Transport; lastSeenAt: number; idleExpiresAt: number | null; expiresAt: number };
  user: Account;
};

async function readSession(sessionId: string): Promise<SessionRow | null> {
  // By hand, because this one runs on every request: Prisma would send one statement a table, and compile both each time.
  const row = await firstRow<Flat>(Prisma.sql`
    SELECT s."transport", s."lastSeenAt", s."idleExpiresAt", s."expiresAt", s."endedAt",
           u."id" AS "userId", u."email", u."name", u."role"
    FROM "DeviceSession" s JOIN "User" u ON u."id" = s."userId"
    WHERE s."id" = ${sessionId} AND s."mode" = 'session'`);
  if (!row) return null;
  const { userId, email, name, role, transport } = row;
  return {
    session: {
      id: sessionId,
      transport,
      lastSeenAt: new Date(row.lastSeenAt),
      idleExpiresAt: dateOrNull(row.idleExpiresAt),
      expiresAt: new Date(row.expiresAt),
      endedAt: dateOrNull(row.endedAt),
    },
    user: { id: userId, email, name, role },
  };
}

type Flat = Omit<Account, "id"> & {
  userId: string;
  transport: Transport;
  lastSeenAt: string | Date;
  idleExpiresAt: string | Date | null;
  expiresAt: string | Date;
  endedAt: string | Date | null;
};

const dateOrNull = (time: string | number | Date | null) => (time === null ? null : new Date(time));

/** Moves the sliding end; does nothing to a row that was touched since `notSince` or has ended meanwhile. */
export async function touchSession(
  sessionId: string,
  now: Date,
  idleExpiresAt: Date,
  notSince: Date,
): Promise<void> {
  await db().deviceSession.updateMany({
    where: { id: sessionId, endedAt: null, lastSeenAt: { lt: notSince } },
    data: { lastSeenAt: now, idleExpiresAt },
  });
}
