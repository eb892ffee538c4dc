/** The signing and verifying keys of access tokens, imported once per runtime; edge-safe. */
import { importJWK, type CryptoKey, type JSONWebKeySet, type JWK } from "jose";
import { env, type PrivateJwk } from "@/lib/core/env";

export type VerificationKey = { alg: string; key: CryptoKey };
export type SigningKey = { kid: string; alg: string; key: CryptoKey };

const publicPart = ({ kty, crv, kid, alg, x, y }: PrivateJwk): JWK => ({
  kty,
  crv,
  kid,
  alg,
  use: "sig",
  x,
  ...(y === undefined ? {} : { y }),
});

const isPublished = (key: PrivateJwk, now: Date) => key.exp === undefined || key.exp * 1000 > now.getTime();

/** What other services verify our tokens with (RFC 7517). A key past its `exp` is no longer in it. */
export const publicKeySet = (now: Date): JSONWebKeySet => ({
  keys: env()
    .accessTokenKeys.filter((key) => isPublished(key, now))
    .map(publicPart),
});

// Importing a key costs more than verifying with it, so each is imported once and the promise is kept.
const shared = globalThis as { __halfstateKeys?: Map<string, Promise<CryptoKey>> };
const imported = (shared.__halfstateKeys ??= new Map());

function importOnce(jwk: JWK, part: "public" | "private"): Promise<CryptoKey> {
  const name = `${part} ${jwk.kid}`;
  const known = imported.get(name);
  if (known) return known;
  const key = importJWK(jwk, jwk.alg) as Promise<CryptoKey>;
  imported.set(name, key);
  return key;
}

/** Null for a `kid` we do not publish: an unknown key is a refusal, never a look-up elsewhere. */
export function publishedKey(kid: string, now: Date): PrivateJwk | null {
  const jwk = env().accessTokenKeys.find((key) => key.kid === kid);
  return jwk && isPublished(jwk, now) ? jwk : null;
}

export async function getVerificationKey(kid: string, now: Date): Promise<VerificationKey | null> {
  const jwk = publishedKey(kid, now);
  return jwk && { alg: jwk.alg, key: await importOnce(publicPart(jwk), "public") };
}

/** The newest key whose time has come: a key is published before it signs, so that every verifier knows it by then. */
export async function requireSigningKey(now: Date): Promise<SigningKey> {
  const seconds = now.getTime() / 1000;
  const [jwk] = env()
    .accessTokenKeys.filter((key) => isPublished(key, now) && (key.nbf ?? 0) <= seconds)
    // Of two of the same age the one that stays longer: the other is on its way out.
    .sort((a, b) => (b.nbf ?? 0) - (a.nbf ?? 0) || (b.exp ?? Infinity) - (a.exp ?? Infinity) || 0);
  if (!jwk) throw new Error("ACCESS_TOKEN_KEYS has no key that may sign now.");
  return { kid: jwk.kid, alg: jwk.alg, key: await importOnce(jwk, "private") };
}
