/** A new password: this device goes on under a new device session, every other one ends. */
import type { z } from "zod";
import { asOnlyCredential, strategies } from "@/lib/auth/authenticate";
import type { Issued, Principal } from "@/lib/auth/contract";
import { hashPassword } from "@/lib/auth/password/password";
import { objectionTo } from "@/lib/auth/password/policy";
import { failure, invalidField, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { findAccountWithPassword } from "@/lib/db/users";
import { whenHashed } from "./hashing";
import type { passwordInput } from "./input";
import { checkPassword } from "./password-check";
import type { Visit } from "./visit";

/** `invalid_credentials`, `validation_failed` (newPassword), `rate_limited`, `overloaded`, `session_ended`. */
export async function changePassword(
  caller: Principal,
  input: z.output<typeof passwordInput>,
  visit: Visit,
  isSecondLook = false,
): Promise<Result<Issued, Failure>> {
  const account = await findAccountWithPassword(caller.user.id);
  if (!account) return err(failure("session_ended"));
  const { currentPassword, newPassword } = input;
  const { passwordHash, email } = account;
  const objection = objectionTo(newPassword, email);
  if (objection) return err(invalidField("newPassword", objection));

  const claim = { email, password: currentPassword, account, failureEvent: "password_check_failed" as const };
  const checked = await checkPassword(claim, visit);
  if (!checked.ok) return checked;
  const hashed = await whenHashed(hashPassword(newPassword));
  if (!hashed.ok) return hashed;

  const { mode, transport, id } = caller.session;
  const user = { id: account.id, email, name: account.name, role: account.role };
  const issued = await strategies[mode].issue(user, {
    now: visit.now,
    origin: visit.origin,
    transport,
    event: "password_changed",
    replaces: { sessions: "all", reason: "password_changed", mustBeLive: id },
    newPasswordHash: { verified: passwordHash, replacement: hashed.value },
  });
  if (issued.ok) return ok(asOnlyCredential(issued.value));
  const current = isSecondLook ? null : await findAccountWithPassword(account.id);
  if (!current || current.passwordHash === passwordHash) return issued;
  // The password, or merely its hash, was changed while this one was being compared: judged once more, as it is now.
  return changePassword(caller, input, visit, true);
}
