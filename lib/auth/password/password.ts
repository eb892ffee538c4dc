/** Password hashes: bcrypt over an HMAC of the whole password, with parameters that can grow (OWASP Password Storage). */
import { createHmac } from "node:crypto";
import { env } from "@/lib/core/env";
import { hashPool } from "./pool";

/** Names the pre-hash; a second scheme would be a second name, and old hashes would be replaced at log-in. */
const SCHEME = "hmac-sha384-bcrypt";

/** Shape: `hmac-sha384-bcrypt.<name of the pepper>$2b$12$<salt and hash>`. Rejects with HashQueueFull. */
export async function hashPassword(password: string): Promise<string> {
  const pepper = env().passwordPeppers[0];
  const hash = await hashPool().run<string>({
    kind: "hash",
    input: preHash(password, pepper),
    cost: env().bcryptCost,
  });
  return `${SCHEME}.${nameOfPepper(pepper)}${hash}`;
}

/**
 * Compares in constant work: with `stored` null (no such account) it still pays for one comparison, and so it does with a hash that
 * no accepted pepper made, so that the time tells nothing. `outdated` asks for a new hash. Rejects with HashQueueFull.
 */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<{ matches: boolean; outdated: boolean }> {
  const known = stored === null ? null : read(stored);
  const { hash, pepper } = known ?? { hash: decoyHash(), pepper: env().passwordPeppers[0] };
  const matches = await hashPool().run<boolean>({ kind: "compare", input: preHash(password, pepper), hash });
  return { matches: matches && known !== null, outdated: known?.outdated ?? false };
}

const STORED = /^([a-z0-9-]+)(?:\.([0-9a-f]{12}))?(\$2b\$.*)$/;

function read(stored: string): { hash: string; pepper: string; outdated: boolean } | null {
  const [, scheme, name, hash = ""] = STORED.exec(stored) ?? [];
  const { passwordPeppers, oldestPepper, bcryptCost } = env();
  const pepper = name ? passwordPeppers.find((one) => nameOfPepper(one) === name) : oldestPepper;
  if (scheme !== SCHEME || !pepper) return null;
  return { hash, pepper, outdated: !name || pepper !== passwordPeppers[0] || cost(hash) !== bcryptCost };
}

/** Short, and told apart from what a pepper is for; scripts/rotate-secrets.mjs counts hashes by it. */
const nameOfPepper = (pepper: string): string =>
  createHmac("sha256", pepper).update("name of this pepper").digest("hex").slice(0, 12);

// bcrypt reads 72 bytes and stops at a zero byte: 48 bytes in base64 are 64 plain characters, and every character of the password counts.
const preHash = (password: string, pepper: string) =>
  createHmac("sha384", pepper).update(password).digest("base64");

const cost = (bcryptHash: string) => Number(bcryptHash.split("$")[2]);

/** Well-formed, of today's cost, and the hash of nothing anybody knows. */
const decoyHash = () =>
  `$2b$${String(env().bcryptCost).padStart(2, "0")}$${"abcdefghijklmnopqrstuu"}${"x".repeat(31)}`;
