/** Signs a person in on this device; says nothing about which of email and password was wrong. */
import type { z } from "zod";
import type { Issued } from "@/lib/auth/contract";
import { hashPassword } from "@/lib/auth/password/password";
import { failure, type Failure } from "@/lib/core/failure";
import { err, type Result } from "@/lib/core/result";
import { findUserForLogIn, upgradePasswordHash } from "@/lib/db/users";
import { log } from "@/lib/log/log";
import { counted } from "@/lib/trace/metrics";
import type { logInInput } from "./input";
import { checkPassword } from "./password-check";
import { modeFor, signIn } from "./sign-in";
import type { Visit } from "./visit";

/** `invalid_credentials`, `rate_limited`, `overloaded`. */
export async function logIn(
  input: z.output<typeof logInInput>,
  visit: Visit,
): Promise<Result<Issued, Failure>> {
  const result = await attempt(input, visit);
  if (result.ok) counted.logIn(result.value.session.mode, "ok");
  else counted.logIn("none", result.failure.code);
  return result;
}

async function attempt(
  input: z.output<typeof logInInput>,
  visit: Visit,
  isSecondLook = false,
): Promise<Result<Issued, Failure>> {
  const { email, password } = input;
  const account = await findUserForLogIn(email);
  const checked = await checkPassword({ email, password, account, failureEvent: "log_in_failed" }, visit);
  if (!checked.ok) return checked;
  if (!account) return err(failure("invalid_credentials"));

  const { passwordHash, preferredMode, ...user } = account;
  const mode = modeFor(input, preferredMode);
  const signedIn = await signIn(user, mode, "logged_in", input.transport, visit, passwordHash);
  // The account went away, or got another password, while this one was being compared: judged once more, as it is now.
  if (!signedIn.ok) return isSecondLook ? err(failure("invalid_credentials")) : attempt(input, visit, true);
  if (checked.value.outdated) upgradeLater(user.id, password, passwordHash);
  return signedIn;
}

/** After the answer: the person should not wait for it, and the next log-in tries again if it fails. */
function upgradeLater(userId: string, password: string, verified: string): void {
  hashPassword(password)
    .then((upgraded) => upgradePasswordHash(userId, verified, upgraded))
    .catch((error: unknown) => log().warn({ err: error, userId }, "password hash not upgraded"));
}
