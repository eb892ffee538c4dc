/** Seals this process has opened before: opening one costs more than reading its row, and always yields the same id. */
import { createHash } from "node:crypto";
import type { CredentialFailure } from "@/lib/auth/contract";
import type { Result } from "@/lib/core/result";
import { openSessionSeal } from "./seal.edge";

// What a seal opens to never changes, so remembering it is safe: whether the session lives is asked of its row every time.
// Only good seals are remembered, by their hash, and no longer than they last.
export const MOST_SEALS = 10_000;

type Opened = { sessionId: string; expiresAt: number };

const shared = globalThis as { __halfstateOpenedSeals?: Map<string, Opened> };

export async function openSealOnce(seal: string, now: Date): Promise<Result<string, CredentialFailure>> {
  const opened = (shared.__halfstateOpenedSeals ??= new Map());
  const key = createHash("sha256").update(seal).digest("base64url");
  const known = opened.get(key);
  // Taken out and put back at the end: the first of the map is the one not used for longest.
  opened.delete(key);
  if (known && known.expiresAt > now.getTime()) {
    opened.set(key, known);
    return { ok: true, value: known.sessionId };
  }
  const result = await openSessionSeal(seal);
  const expiresAt = sealExpiry(seal);
  if (result.ok && expiresAt > now.getTime()) {
    opened.set(key, { sessionId: result.value, expiresAt });
    if (opened.size > MOST_SEALS) opened.delete(opened.keys().next().value!);
  }
  return result;
}

/** `Fe26.2*<key id>*<salt>*<iv>*<content>*<expiry in milliseconds>*<salt>*<mac>~2`; the MAC covers it. NaN where there is none. */
const sealExpiry = (seal: string): number => Number(seal.split("*")[5] || NaN);
