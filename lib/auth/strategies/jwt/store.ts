/** Refresh token families: one row each, rotated in place. */
import type { Account, EndReason, Transport } from "@/lib/auth/contract";
import { alive } from "@/lib/auth/device-sessions/store";
import { db, inTransaction, type DbOrTransaction } from "@/lib/db/client";

export type Family = {
  generation: number;
  tokenHash: string;
  rotatedAt: Date;
  session: {
    id: string;
    transport: Transport;
    expiresAt: Date;
    endedAt: Date | null;
    endReason: EndReason | null;
    user: Account;
  };
};

/** The first generation of a family; belongs in the transaction that begins the device session. */
export const createFamily = (
  transaction: DbOrTransaction,
  sessionId: string,
  tokenHash: string,
  now: Date,
): Promise<unknown> =>
  transaction.refreshToken.create({
    data: { sessionId, tokenHash, generation: 0, rotatedAt: now },
    select: { sessionId: true },
  });

/** One statement and so one moment: of several, a deletion in between would leave a family without its account. */
export async function findFamily(sessionId: string): Promise<Family | null> {
  const [row] = await db().$queryRaw<Flat[]>`
    SELECT f."generation", f."tokenHash", f."rotatedAt", s."transport", s."expiresAt", s."endedAt", s."endReason",
           u."id" AS "userId", u."email", u."name", u."role"
    FROM "RefreshToken" f JOIN "DeviceSession" s ON s."id" = f."sessionId" JOIN "User" u ON u."id" = s."userId"
    WHERE f."sessionId" = ${sessionId}`;
  if (!row) return null;
  const { generation, tokenHash, rotatedAt, userId, email, name, role, ...session } = row;
  return {
    generation,
    tokenHash,
    rotatedAt,
    session: { id: sessionId, ...session, user: { id: userId, email, name, role } },
  };
}

type Flat = Omit<Family, "session"> &
  Omit<Family["session"], "id" | "user"> &
  Omit<Account, "id"> & { userId: string };

/**
 * Compare-and-swap from `generation` to the next. False: somebody else was first, or the device session is over.
 * It writes the device session's row first, the same row that ending takes, so that a rotation can never follow an end.
 */
export function rotate(sessionId: string, generation: number, nextHash: string, now: Date): Promise<boolean> {
  return inTransaction(async (transaction) => {
    const live = await transaction.deviceSession.updateMany({
      where: { id: sessionId, ...alive(now) },
      data: { lastSeenAt: now },
    });
    if (live.count === 0) return false;
    const swapped = await transaction.refreshToken.updateMany({
      where: { sessionId, generation },
      data: { generation: generation + 1, tokenHash: nextHash, rotatedAt: now },
    });
    return swapped.count === 1;
  });
}
