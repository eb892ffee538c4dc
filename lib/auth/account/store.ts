/** What changes an account as a whole, together with the device sessions that must feel it. */
import type { Account, Origin, Role } from "@/lib/auth/contract";
import {
  alive,
  endDeviceSessionsIn,
  notice,
  saveNotices,
  timeOfChange,
  type RevocationNotice,
} from "@/lib/auth/device-sessions/store";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { forgetPerson, recordEvents } from "@/lib/db/audit";
import { inTransaction, type DbOrTransaction } from "@/lib/db/client";

type Deletion = {
  /** Null: its owner deletes it. */
  adminId: string | null;
  /** The hash that the password was compared with: nothing is deleted when the account has another one by now. */
  verifiedPasswordHash?: string;
  origin: Origin;
  now: Date;
};

/**
 * Deletes the account with all that belongs to it; the notices outlive it, so that what was issued for it stays refused. What the
 * audit trail keeps is that an account was deleted, by its owner or by whom. `session_ended`: the account of the verified hash is
 * gone, or its password is another one by now.
 */
export async function deleteAccount(
  userId: string,
  { adminId, verifiedPasswordHash, origin, now }: Deletion,
): Promise<Result<RevocationNotice[], Failure<"last_admin" | "session_ended">>> {
  try {
    return await inTransaction(async (transaction) => {
      const { isThere, isLastAdmin } = await holdAccount(transaction, userId);
      if (isLastAdmin) return err(failure("last_admin"));
      if (!isThere) return verifiedPasswordHash === undefined ? ok([]) : err(failure("session_ended"));
      const reason = adminId === null ? "account_deleted" : "ended_by_admin";
      const notices = await endDeviceSessionsIn(
        transaction,
        { userId },
        { reason, actorId: adminId, origin, now },
      );
      await forgetPerson(transaction, userId);
      const deleted = await transaction.user.deleteMany({
        where: { id: userId, passwordHash: verifiedPasswordHash },
      });
      if (deleted.count === 0) throw new Overtaken();
      const from = adminId === null ? { ip: "", userAgent: "" } : origin;
      await recordEvents(transaction, [
        { type: "account_deleted", at: now, actorId: adminId, subjectId: null, ...from },
      ]);
      return ok(notices);
    });
  } catch (error) {
    if (error instanceof Overtaken) return err(failure("session_ended"));
    throw error;
  }
}

/** Gives the account another role and makes its live access tokens stale. Null: there is no such account. */
export async function changeRole(
  userId: string,
  role: Role,
  { actorId, origin, now }: { actorId: string | null; origin: Origin; now: Date },
): Promise<Result<{ user: Account; notices: RevocationNotice[] } | null, Failure<"last_admin">>> {
  return inTransaction(async (transaction) => {
    const { isThere, isLastAdmin } = await holdAccount(transaction, userId);
    if (!isThere) return ok(null);
    if (role !== "admin" && isLastAdmin) return err(failure("last_admin"));
    const [user] = await transaction.user.updateManyAndReturn({
      where: { id: userId },
      data: { role },
      select: { id: true, email: true, name: true, role: true },
    });
    if (!user) return ok(null);
    const live = await transaction.deviceSession.findMany({
      where: { userId, ...alive(now) },
      select: { id: true },
    });
    const changedAt = await timeOfChange(transaction);
    const notices = live.map(({ id }) => notice(id, role, changedAt));
    await saveNotices(transaction, notices);
    await recordEvents(transaction, [
      { type: "role_changed", at: now, actorId, subjectId: userId, ...origin, detail: { role } },
    ]);
    return ok({ user, notices });
  });
}

/** Leaves the transaction, which undoes what it has done so far: what was checked before it does not hold any more. */
class Overtaken extends Error {}

/**
 * Holds the account's row until the transaction ends, and every administrator's: two who remove each other at the same moment are
 * judged one after the other, and no device session begins meanwhile that would be missed. Writes them unchanged, which both databases
 * understand as that; what comes back is what the rows hold once it is our turn.
 */
async function holdAccount(
  transaction: DbOrTransaction,
  userId: string,
): Promise<{ isThere: boolean; isLastAdmin: boolean }> {
  const held = await transaction.$queryRaw<{ id: string; role: Role }[]>`
    UPDATE "User" SET "role" = "role" WHERE "id" = ${userId} OR "role" = 'admin' RETURNING "id", "role"`;
  const admins = held.filter(({ role }) => role === "admin");
  return {
    isThere: held.some(({ id }) => id === userId),
    isLastAdmin: admins.length === 1 && admins[0]!.id === userId,
  };
}
