/** The session cookie: an iron-session seal around a device session's id and nothing else; edge-safe. */
import type { Carrier, CredentialFailure } from "@/lib/auth/contract";
import { openSeal, seal } from "@/lib/auth/sealing.edge";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";

type SealedSession = { purpose: "session"; sessionId: string };

const MAX_SEAL_LENGTH = 1024;
const ONE_DAY_SECONDS = 24 * 60 * 60;

// The row decides when the session ends. The seal outlives it by a day, so that the answer is still "expired", not "forged".
export const sealSessionId = (sessionId: string): Promise<string> =>
  seal({ purpose: "session", sessionId } satisfies SealedSession, env().sessionTtlSeconds + ONE_DAY_SECONDS);

export async function openSessionSeal(text: string): Promise<Result<string, CredentialFailure>> {
  const sealed = text.length > MAX_SEAL_LENGTH ? null : await openSeal<SealedSession>(text, "session");
  return typeof sealed?.sessionId === "string" ? ok(sealed.sessionId) : err(failure("credential_invalid"));
}

/** Null when the request carries no session cookie. */
export function carriedSeal(carrier: Carrier): string | null {
  return carrier.cookies.get(wireName("session"))?.value ?? null;
}
