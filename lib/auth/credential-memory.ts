/** What good credentials were found to say: opening or verifying one costs more than all the rest of a request, and always yields the same. */
import { hash } from "node:crypto";

// Only what a credential says is remembered, never that it is still good: whether its device session lives is asked every time.
// Bad ones are not remembered at all, so nobody without a credential can fill a memory.
export const MOST_REMEMBERED = 10_000;

/** `from` and `until` in milliseconds: outside of them the credential is judged anew. */
export type Remembered<What> = { what: What; from: number; until: number };

/** By the SHA-256 of a credential's text, of which no other text can be remembered: one character more is another credential. */
export type CredentialMemory<What> = Map<string, Remembered<What>>;

export function recall<What>(memory: CredentialMemory<What>, text: string, now: Date): What | undefined {
  const key = keyOf(text);
  const known = memory.get(key);
  if (!known) return undefined;
  // Taken out and put back at the end: the first of the map is the one not used for longest.
  memory.delete(key);
  if (now.getTime() < known.from || known.until <= now.getTime()) return undefined;
  memory.set(key, known);
  return known.what;
}

export function remember<What>(
  memory: CredentialMemory<What>,
  text: string,
  found: Remembered<What>,
  now: Date,
): void {
  // False for NaN too: a credential without an end is not remembered.
  if (!(found.until > now.getTime())) return;
  memory.set(keyOf(text), found);
  if (memory.size > MOST_REMEMBERED) memory.delete(memory.keys().next().value!);
}

const keyOf = (text: string): string => hash("sha256", text, "base64url");
