/** Signs a person in on this device; says nothing about which of email and password was wrong. */
import type { z } from "zod";
import type { Issued } from "@/lib/auth/contract";
import { hashPassword, verifyPassword } from "@/lib/auth/password/password";
import { failure, type Failure } from "@/lib/core/failure";
import { err, type Result } from "@/lib/core/result";
import { findUserForLogIn, upgradePasswordHash } from "@/lib/db/users";
import { log } from "@/lib/log/log";
import { whenHashed } from "./hashing";
import type { logInInput } from "./input";
import { modeFor, signIn } from "./sign-in";
import type { Visit } from "./visit";

/** `invalid_credentials`, `overloaded`. */
export async function logIn(input: z.output<typeof logInInput>, visit: Visit): Promise<Result<Issued, Failure>> {
  const found = await findUserForLogIn(input.email);
  const verified = await whenHashed(verifyPassword(input.password, found?.passwordHash ?? null));
  if (!verified.ok) return verified;
  if (!found || !verified.value.matches) return err(failure("invalid_credentials"));

  const { passwordHash, preferredMode, ...user } = found;
  const signedIn = await signIn(user, modeFor(input, preferredMode), input.transport, visit);
  // The account went away while its password was being compared.
  if (!signedIn.ok) return err(failure("invalid_credentials"));
  if (verified.value.outdated) upgradeLater(user.id, input.password, passwordHash);
  return signedIn;
}

/** After the answer: the person should not wait for it, and the next log-in tries again if it fails. */
function upgradeLater(userId: string, password: string, verified: string): void {
  hashPassword(password)
    .then((upgraded) => upgradePasswordHash(userId, verified, upgraded))
    .catch((error: unknown) => log().warn({ err: error, userId }, "password hash not upgraded"));
}
