/** Seals this process has opened before: opening one costs more than reading its row. */
import type { CredentialFailure } from "@/lib/auth/contract";
import { recall, remember, type CredentialMemory } from "@/lib/auth/credential-memory";
import { ok, type Result } from "@/lib/core/result";
import { openSessionSeal } from "./seal.edge";

const shared = globalThis as { __halfstateOpenedSeals?: CredentialMemory<string> };

/** The id in the seal. */
export async function openSealOnce(seal: string, now: Date): Promise<Result<string, CredentialFailure>> {
  const seals: CredentialMemory<string> = (shared.__halfstateOpenedSeals ??= new Map());
  const known = recall(seals, seal, now);
  if (known !== undefined) return ok(known);
  const opened = await openSessionSeal(seal);
  if (opened.ok) remember(seals, seal, { what: opened.value, from: 0, until: sealExpiry(seal) }, now);
  return opened;
}

/** `Fe26.2*<key id>*<salt>*<iv>*<content>*<expiry in milliseconds>*<salt>*<mac>~2`; the MAC covers it. NaN where there is none. */
const sealExpiry = (seal: string): number => Number(seal.split("*")[5] || NaN);
