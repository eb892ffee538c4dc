/** Password hashes: bcrypt over an HMAC of the whole password, with parameters that can grow (OWASP Password Storage). */
import { createHmac } from "node:crypto";
import { env } from "@/lib/core/env";
import { hashPool } from "./pool";

/** Names the pre-hash; a second scheme would be a second name, and old hashes would be upgraded at log-in. */
const SCHEME = "hmac-sha384-bcrypt";

/** Shape: `hmac-sha384-bcrypt$2b$12$<salt and hash>`. Rejects with HashQueueFull. */
export async function hashPassword(password: string): Promise<string> {
  const hash = await hashPool().run<string>({
    kind: "hash",
    input: preHash(password),
    cost: env().bcryptCost,
  });
  return SCHEME + hash;
}

/**
 * Compares in constant work: with `stored` null (no such account) it still pays for one comparison, so that the time tells
 * nothing. `outdated` asks for a new hash. Rejects with HashQueueFull.
 */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<{ matches: boolean; outdated: boolean }> {
  const known = stored?.startsWith(SCHEME) ? stored.slice(SCHEME.length) : null;
  const hash = known ?? decoyHash();
  const matches = await hashPool().run<boolean>({ kind: "compare", input: preHash(password), hash });
  return { matches: matches && known !== null, outdated: known !== null && cost(known) !== env().bcryptCost };
}

// bcrypt reads 72 bytes and stops at a zero byte: 48 bytes in base64 are 64 plain characters, and every character of the password counts.
const preHash = (password: string) =>
  createHmac("sha384", env().passwordPepper).update(password).digest("base64");

const cost = (bcryptHash: string) => Number(bcryptHash.split("$")[2]);

/** Well-formed, of today's cost, and the hash of nothing anybody knows. */
const decoyHash = () =>
  `$2b$${String(env().bcryptCost).padStart(2, "0")}$${"abcdefghijklmnopqrstuu"}${"x".repeat(31)}`;
