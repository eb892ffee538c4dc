/** Opens an account and signs its owner in. */
import type { z } from "zod";
import type { Issued } from "@/lib/auth/contract";
import { hashPassword } from "@/lib/auth/password/password";
import { objectionTo } from "@/lib/auth/password/policy";
import { env } from "@/lib/core/env";
import { failure, invalidField, type Failure } from "@/lib/core/failure";
import { randomId } from "@/lib/core/identifiers";
import { err, type Result } from "@/lib/core/result";
import { createUser, emailIsTaken } from "@/lib/db/users";
import { takeSignUp } from "@/lib/limits/quotas";
import { counted } from "@/lib/trace/metrics";
import { whenHashed } from "./hashing";
import type { signUpInput } from "./input";
import { modeFor, signIn } from "./sign-in";
import type { Visit } from "./visit";

/** `validation_failed` (password), `email_taken`, `rate_limited`, `overloaded`. */
export async function signUp(
  input: z.output<typeof signUpInput>,
  visit: Visit,
): Promise<Result<Issued, Failure>> {
  const result = await attempt(input, visit);
  if (result.ok) counted.signUp(result.value.session.mode, "ok");
  else counted.signUp("none", result.failure.code);
  return result;
}

async function attempt(input: z.output<typeof signUpInput>, visit: Visit): Promise<Result<Issued, Failure>> {
  const { email, password, name = email.split("@")[0]!.slice(0, 100) } = input;
  const objection = objectionTo(password, email);
  if (objection) return err(invalidField("password", objection));
  const { retryAfterSeconds, giveBack } = await takeSignUp(visit.origin.ip);
  if (retryAfterSeconds !== null) return err(failure("rate_limited", { retryAfterSeconds }));

  // Asked before hashing only to spare the work; the unique index decides below.
  if (await emailIsTaken(email)) return err(failure("email_taken"));
  const hashed = await whenHashed(hashPassword(password));
  if (!hashed.ok) {
    await giveBack();
    return hashed;
  }
  const user = { id: randomId(), email, name, role: "member" as const };
  const preferredMode = input.mode ?? env().defaultMode;
  const created = await createUser({
    ...user,
    passwordHash: hashed.value,
    preferredMode,
    createdAt: visit.now,
  });
  if (!created) return err(failure("email_taken"));
  return signIn(user, modeFor(input, preferredMode), "signed_up", input.transport, visit);
}
