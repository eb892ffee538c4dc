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
import { db, type DbOrTransaction } from "@/lib/db/client";

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
    return await db().$transaction(async (transaction) => {
      await demoteUnlessLast(transaction, userId);
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
      if (verifiedPasswordHash !== undefined && deleted.count === 0) throw new Overtaken();
      const from = adminId === null ? { ip: "", userAgent: "" } : origin;
      await recordEvents(transaction, [
        { type: "account_deleted", at: now, actorId: adminId, subjectId: null, ...from },
      ]);
      return ok(notices);
    });
  } catch (error) {
    if (error instanceof LastAdmin) return err(failure("last_admin"));
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
  try {
    return await db().$transaction(async (transaction) => {
      if (role !== "admin") await demoteUnlessLast(transaction, userId);
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
  } catch (error) {
    if (error instanceof LastAdmin) return err(failure("last_admin"));
    throw error;
  }
}

/** Leaves the transaction: without this account there would be no administrator left. */
class LastAdmin extends Error {}

/** Leaves the transaction, which undoes what it has done so far: what was checked before it does not hold any more. */
class Overtaken extends Error {}

/**
 * Takes the admin role away, unless nobody else has it. Touches every admin's row first: that locks them, so that two admins
 * who remove each other at the same moment are judged one after the other. Does nothing to an account that is no admin.
 */
async function demoteUnlessLast(transaction: DbOrTransaction, userId: string): Promise<void> {
  const admins = await transaction.user.updateMany({ where: { role: "admin" }, data: { role: "admin" } });
  const demoted = await transaction.user.updateMany({
    where: { id: userId, role: "admin" },
    data: { role: "member" },
  });
  if (demoted.count === 1 && admins.count === 1) throw new LastAdmin();
}
