/** The session cookie: an iron-session seal around a device session's id and nothing else; edge-safe. */
import { sealData, unsealData } from "iron-session";
import type { Carrier, CredentialFailure } from "@/lib/auth/contract";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";

// Every seal says what it is for: the same key seals flash messages, and one must not pass for the other.
type SealedSession = { purpose: "session"; sessionId: string };

const MAX_SEAL_LENGTH = 1024;
const ONE_DAY_SECONDS = 24 * 60 * 60;

export function sealSessionId(sessionId: string): Promise<string> {
  return sealData({ purpose: "session", sessionId } satisfies SealedSession, {
    password: env().sessionSecret,
    // The row decides when the session ends. The seal outlives it by a day, so that the answer is still "expired", not "forged".
    ttl: env().sessionTtlSeconds + ONE_DAY_SECONDS,
  });
}

export async function openSessionSeal(seal: string): Promise<Result<string, CredentialFailure>> {
  const sealed = seal.length > MAX_SEAL_LENGTH ? {} : await unseal(seal);
  return sealed.purpose === "session" && typeof sealed.sessionId === "string"
    ? ok(sealed.sessionId)
    : err(failure("credential_invalid"));
}

async function unseal(seal: string): Promise<Partial<SealedSession>> {
  try {
    const value: unknown = await unsealData(seal, { password: env().sessionSecret });
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // iron-session 8 throws on some crafted seals (a bogus version suffix, a key id of `__proto__`): that is a bad cookie, not a fault.
    return {};
  }
}

/** Null when the request carries no session cookie. */
export function carriedSeal(carrier: Carrier): string | null {
  return carrier.cookies.get(wireName("session"))?.value ?? null;
}
