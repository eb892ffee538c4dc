/** Access tokens this process has verified before: the signature is the dear part of judging one, and what it signs never changes. */
import { decodeProtectedHeader } from "jose";
import { recall, remember, type CredentialMemory } from "@/lib/auth/credential-memory";
import { publishedKey } from "@/lib/auth/keys.edge";
import { env, type PrivateJwk } from "@/lib/core/env";
import { ok } from "@/lib/core/result";
import { verifyAccessToken, type AccessTokenClaims, type Verified } from "./access-token.edge";

type Known = { claims: AccessTokenClaims; key: PrivateJwk };

const shared = globalThis as { __halfstateVerifiedTokens?: CredentialMemory<Known> };

/** As `verifyAccessToken`, which is only spared a token well within its time whose key is still published. */
export function verifyTokenOnce(token: string, now: Date): Verified | Promise<Verified> {
  const tokens: CredentialMemory<Known> = (shared.__halfstateVerifiedTokens ??= new Map());
  const known = recall(tokens, token, now);
  // The very key, not only one of that name: another key under an old name must not inherit its tokens.
  if (known && publishedKey(known.key.kid, now) === known.key) return ok(known.claims);
  return verifyAndRemember(tokens, token, now);
}

async function verifyAndRemember(
  tokens: CredentialMemory<Known>,
  token: string,
  now: Date,
): Promise<Verified> {
  const verified = await verifyAccessToken(token, now);
  if (!verified.ok) return verified;
  const claims = verified.value;
  // Read by many requests: none may change what the others see.
  Object.freeze(claims.user);
  const key = publishedKey(decodeProtectedHeader(token).kid ?? "", now);
  if (key)
    remember(tokens, token, { what: { claims, key }, from: now.getTime(), until: timeIsUp(claims) }, now);
  return verified;
}

/** Without the clock tolerance: only `verifyAccessToken` grants it. */
const timeIsUp = ({ issuedAt, expiresAt }: AccessTokenClaims): number =>
  Math.min(expiresAt.getTime(), issuedAt.getTime() + env().accessTokenTtlSeconds * 1000);
