/** What a person may change of their own account. */
import { strategies } from "@/lib/auth/authenticate";
import type { Issued, Mode, Principal } from "@/lib/auth/contract";
import { verifyPassword } from "@/lib/auth/password/password";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { deleteAccount } from "@/lib/auth/device-sessions/store";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { findPasswordHash, findPreferredMode, renameUser } from "@/lib/db/users";
import { whenHashed } from "./hashing";

export const preferredMode = async (userId: string): Promise<Mode> =>
  (await findPreferredMode(userId)) ?? env().defaultMode;

/** `session_ended` when the account is gone. */
export async function rename(caller: Principal, name: string, now: Date): Promise<Result<Issued, Failure>> {
  const user = await renameUser(caller.user.id, name);
  if (!user) return err(failure("session_ended"));
  return ok(await strategies[caller.session.mode].restate(caller, user, now));
}

/** Removes the account and all that belongs to it, for good. `invalid_credentials`, `overloaded`. */
export async function deleteOwnAccount(
  caller: Principal,
  password: string,
  now: Date,
): Promise<Result<null, Failure>> {
  const verified = await whenHashed(verifyPassword(password, await findPasswordHash(caller.user.id)));
  if (!verified.ok) return verified;
  if (!verified.value.matches) return err(failure("invalid_credentials"));
  revocationFeed().announce(await deleteAccount(caller.user.id, now));
  return ok(null);
}
