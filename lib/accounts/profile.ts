/** What a person may change of their own account. */
import { strategies } from "@/lib/auth/authenticate";
import type { Issued, Mode, Principal } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { dropCopiesOf } from "@/lib/auth/device-sessions/store";
import { deleteAccount } from "@/lib/auth/account/store";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { recordEvent } from "@/lib/db/audit";
import { findAccountWithPassword, findPreferredMode, renameUser } from "@/lib/db/users";
import { checkPassword } from "./password-check";
import type { Visit } from "./visit";

export const preferredMode = async (userId: string): Promise<Mode> =>
  (await findPreferredMode(userId)) ?? env().defaultMode;

/** `session_ended` when the account is gone. */
export async function rename(
  caller: Principal,
  name: string,
  visit: Visit,
): Promise<Result<Issued, Failure>> {
  const { id } = caller.user;
  const user = await renameUser(id, name);
  if (!user) return err(failure("session_ended"));
  await dropCopiesOf(id, visit.now);
  await recordEvent({ type: "profile_changed", at: visit.now, actorId: id, subjectId: id, ...visit.origin });
  return ok(await strategies[caller.session.mode].restate(caller, user, visit.now));
}

/** Removes the account and all that belongs to it, for good. `invalid_credentials`, `rate_limited`, `overloaded`, `last_admin`, `session_ended`. */
export async function deleteOwnAccount(
  caller: Principal,
  password: string,
  visit: Visit,
  isSecondLook = false,
): Promise<Result<null, Failure>> {
  const account = await findAccountWithPassword(caller.user.id);
  if (!account) return err(failure("session_ended"));
  const { email, passwordHash } = account;
  const checked = await checkPassword(
    { email, password, account, failureEvent: "password_check_failed" },
    visit,
  );
  if (!checked.ok) return checked;
  const { origin, now } = visit;
  const deletion = { adminId: null, verifiedPasswordHash: passwordHash, origin, now };
  const deleted = await deleteAccount(account.id, deletion);
  if (!deleted.ok) {
    if (deleted.failure.code !== "session_ended" || isSecondLook) return deleted;
    // The password, or merely its hash, was changed while this one was being compared: judged once more, as it is now.
    return deleteOwnAccount(caller, password, visit, true);
  }
  await revocationFeed().announce(deleted.value);
  return ok(null);
}
