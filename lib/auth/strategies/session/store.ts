/** Session-mode rows: one query answers who is calling. */
import type { Account, Transport } from "@/lib/auth/contract";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { db, isStorageFailure, Prisma, readRow } from "@/lib/db/client";
import { log } from "@/lib/log/log";

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
): Promise<Result<SessionRow | null, Failure<"storage_unavailable">>> {
  try {
    return ok(await readSession(sessionId));
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    log().warn({ err: error }, "session look-up failed");
    return err(failure("storage_unavailable", { retryAfterSeconds: 5 }));
  }
}

async function readSession(sessionId: string): Promise<SessionRow | null> {
  // By hand, because this one runs on every request: Prisma would send one statement a table, and compile both each time.
  const row = await readRow<Flat>(Prisma.sql`
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

const dateOrNull = (time: string | Date | null) => (time === null ? null : new Date(time));

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
