/** Wherever a password is asked for: the limits come first, then the work of comparing, and each failure is on record. */
import { knownDevice } from "@/lib/auth/device-cookie";
import { verifyPassword } from "@/lib/auth/password/password";
import { HashQueueFull } from "@/lib/auth/password/pool";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { recordEvent, type AuditType } from "@/lib/db/audit";
import { accountKey, admitPasswordAttempt } from "@/lib/limits/password-attempts";
import type { Visit } from "./visit";

type Claim = {
  email: string;
  password: string;
  /** Null: there is no such account. */
  account: { id: string; passwordHash: string } | null;
  /** How the audit trail calls a wrong one. */
  failureEvent: Extract<AuditType, "log_in_failed" | "password_check_failed">;
};

/** `invalid_credentials`, `rate_limited`, `overloaded`; alike in text and time for an unknown account and a wrong password. */
export async function checkPassword(
  { email, password, account, failureEvent }: Claim,
  { carrier, origin, now }: Visit,
): Promise<Result<{ outdated: boolean }, Failure>> {
  const deviceId = await knownDevice(carrier, accountKey(email));
  const attempt = await admitPasswordAttempt({ email, address: origin.ip, deviceId });
  const subjectId = account?.id ?? null;
  if (!attempt.admitted) {
    const { retryAfterSeconds, isFirstRefusal } = attempt;
    // Once a wait, not once a try: whoever hammers must not fill the audit trail.
    if (isFirstRefusal)
      await recordEvent({ type: "log_in_limited", at: now, actorId: null, subjectId, ...origin });
    return err(failure("rate_limited", { retryAfterSeconds }));
  }
  try {
    const { matches, outdated } = await verifyPassword(password, account?.passwordHash ?? null);
    if (account && matches) {
      await attempt.succeeded();
      return ok({ outdated });
    }
  } catch (error) {
    await attempt.notJudged();
    if (error instanceof HashQueueFull) return err(failure("overloaded", { retryAfterSeconds: 2 }));
    throw error;
  }
  await recordEvent({ type: failureEvent, at: now, actorId: null, subjectId, ...origin });
  return err(failure("invalid_credentials"));
}
