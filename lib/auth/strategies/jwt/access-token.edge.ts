/** Access tokens (RFC 9068): how one is signed, and the only way one is believed; edge-safe. */
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import { ROLES, type Account, type CredentialFailure, type Role } from "@/lib/auth/contract";
import { getVerificationKey, requireSigningKey } from "@/lib/auth/keys.edge";
import { env } from "@/lib/core/env";
import { failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";

// Exported for lib/lab/explain-token.ts, which tells the reader which of these rules refused a token.
/** RFC 9068 section 2.1: tells an access token from every other JWT signed with the same key. */
export const TOKEN_TYPE = "at+jwt";
export const CLOCK_TOLERANCE_SECONDS = 5;
export const MAX_TOKEN_LENGTH = 4096;
export const REQUIRED_CLAIMS = [
  "iss",
  "aud",
  "sub",
  "sid",
  "email",
  "name",
  "role",
  "session_exp",
  "iat",
  "exp",
  "jti",
];

export type AccessTokenClaims = {
  user: Account;
  sessionId: string;
  sessionExpiresAt: Date;
  issuedAt: Date;
  expiresAt: Date;
};

export type Verified = Result<
  AccessTokenClaims,
  CredentialFailure & {
    /** What an expired token says comes with its refusal, for logging out. */
    expiredClaims?: AccessTokenClaims;
  }
>;

/** Signs an access token that ends after `ttlSeconds` or with its device session, whichever is sooner; never later than the environment lets it. */
export async function signAccessToken(
  user: Account,
  device: { id: string; expiresAt: Date },
  now: Date,
  ttlSeconds: number = Infinity,
): Promise<{ token: string; expiresAt: Date }> {
  const { kid, alg, key } = await requireSigningKey(now);
  const issuedAt = Math.floor(now.getTime() / 1000);
  const sessionEnd = Math.floor(device.expiresAt.getTime() / 1000);
  const expiry = Math.min(issuedAt + Math.min(ttlSeconds, env().accessTokenTtlSeconds), sessionEnd);
  const token = await new SignJWT({
    sid: device.id,
    email: user.email,
    name: user.name,
    role: user.role,
    session_exp: sessionEnd,
  })
    .setProtectedHeader({ alg, kid, typ: TOKEN_TYPE })
    .setIssuer(env().tokenIssuer)
    .setAudience(env().tokenAudience)
    .setSubject(user.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiry)
    .setJti(crypto.randomUUID())
    .sign(key);
  return { token, expiresAt: new Date(expiry * 1000) };
}

/**
 * Verifies signature, header and claims; reads no database, so revocation is the caller's next question.
 * `credential_invalid`: forged, garbled or meant for something else. `token_expired`: ours, and worth a renewal.
 * `session_expired`: ours, and its device session is over by time as well.
 */
export async function verifyAccessToken(token: string, now: Date): Promise<Verified> {
  if (token.length > MAX_TOKEN_LENGTH || !isCanonicalCompactJws(token))
    return err(failure("credential_invalid"));
  try {
    const { kid } = decodeProtectedHeader(token);
    const known = typeof kid === "string" ? await getVerificationKey(kid, now) : null;
    if (!known) return err(failure("credential_invalid"));
    const { payload } = await jwtVerify(token, known.key, {
      // Each choice below closes a hole that jose leaves open by default (docs/decisions/004).
      algorithms: [known.alg],
      typ: TOKEN_TYPE,
      issuer: env().tokenIssuer,
      audience: env().tokenAudience,
      requiredClaims: REQUIRED_CLAIMS,
      maxTokenAge: env().accessTokenTtlSeconds,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: now,
    });
    const claims = readClaims(payload);
    return claims ? ok(claims) : err(failure("credential_invalid"));
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      const claims = readClaims(error.payload);
      if (claims && claims.sessionExpiresAt <= now) return err(failure("session_expired"));
      return err({ ...failure("token_expired"), expiredClaims: claims ?? undefined });
    }
    // Everything else jose throws means that this is not a token of ours; a bug of ours must not hide among it.
    if (error instanceof errors.JOSEError || error instanceof TypeError)
      return err(failure("credential_invalid"));
    throw error;
  }
}

/**
 * True for exactly one spelling of a token: three base64url parts without padding, white space or stray bits
 * (RFC 7515 section 2). jose also accepts other spellings, so that one token would have many texts.
 */
export function isCanonicalCompactJws(token: string): boolean {
  const parts = token.split(".");
  return parts.length === 3 && parts.every(isCanonicalBase64url);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function isCanonicalBase64url(part: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return false;
  const unusedBits = (part.length * 6) % 8;
  const last = ALPHABET.indexOf(part.at(-1) ?? "");
  return (last & ((1 << unusedBits) - 1)) === 0;
}

export function readClaims(payload: Record<string, unknown>): AccessTokenClaims | null {
  const { sub, sid, email, name, role, session_exp: sessionExp, iat, exp } = payload;
  if (
    typeof sub !== "string" ||
    typeof sid !== "string" ||
    typeof email !== "string" ||
    typeof name !== "string"
  )
    return null;
  if (!isRole(role) || typeof sessionExp !== "number" || typeof iat !== "number" || typeof exp !== "number")
    return null;
  return {
    user: { id: sub, email, name, role },
    sessionId: sid,
    sessionExpiresAt: new Date(sessionExp * 1000),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);
