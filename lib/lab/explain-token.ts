/**
 * Which rule refuses a token: the checks of `verifyAccessToken` one by one, in the order in which it makes them, and then those that are
 * made on every request. It lets nobody in. tests/unit/explain-token.spec.ts holds its verdict to the verifier's over many tokens.
 */
import { compactVerify, decodeProtectedHeader } from "jose";
import type { CredentialFailure } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { getVerificationKey, type VerificationKey } from "@/lib/auth/keys.edge";
import {
  CLOCK_TOLERANCE_SECONDS,
  isCanonicalCompactJws,
  MAX_TOKEN_LENGTH,
  readClaims,
  REQUIRED_CLAIMS,
  TOKEN_TYPE,
} from "@/lib/auth/strategies/jwt/access-token.edge";
import { env } from "@/lib/core/env";
import { LIVE_RULES, TOKEN_RULES, type RuleId } from "./token-rules";
import { readPart, type Json } from "./token-parts";

export type RefusalCode = CredentialFailure["code"];

/** Both null: the token is let in. */
export type Explanation = { refusedBy: RuleId; code: RefusalCode } | { refusedBy: null; code: null };

/** What is known of a token by the time a rule is asked: the rules before it have passed. */
type Reading = { token: string; now: Date; header: Json; known: VerificationKey; claims: Json };

/** True: passed. False: `credential_invalid`. A code: refused with that. */
type Check = (reading: Reading) => boolean | RefusalCode | Promise<boolean | RefusalCode>;

const seconds = (now: Date): number => Math.floor(now.getTime() / 1000);
const isNumber = (value: unknown): value is number => typeof value === "number";

const CHECKS: Record<RuleId, Check> = {
  size: ({ token }) => token.length <= MAX_TOKEN_LENGTH,
  spelling: ({ token }) => isCanonicalCompactJws(token),
  header(reading) {
    try {
      reading.header = decodeProtectedHeader(reading.token) as Json;
      return true;
    } catch {
      return false;
    }
  },
  async key(reading) {
    const { kid } = reading.header;
    const known = typeof kid === "string" ? await getVerificationKey(kid, reading.now) : null;
    if (known) reading.known = known;
    return known !== null;
  },
  // jose knows one extension, b64, and jwtVerify takes it only where it changes nothing.
  critical: ({ header: { crit, b64 } }) =>
    crit === undefined ||
    (Array.isArray(crit) && crit.length > 0 && crit.every((name) => name === "b64") && b64 === true),
  algorithm: ({ header, known }) => header.alg === known.alg,
  signature: ({ token, known }) =>
    compactVerify(token, known.key, { algorithms: [known.alg] }).then(
      () => true,
      () => false,
    ),
  object(reading) {
    const claims = readPart(reading.token.split(".")[1] ?? "");
    if (claims) reading.claims = claims;
    return claims !== null;
  },
  type({ header: { typ } }) {
    if (typeof typ !== "string") return false;
    const said = typ.toLowerCase();
    return said === TOKEN_TYPE || said === `application/${TOKEN_TYPE}`;
  },
  complete: ({ claims }) => REQUIRED_CLAIMS.every((name) => Object.hasOwn(claims, name)),
  issuer: ({ claims }) => claims.iss === env().tokenIssuer,
  audience: ({ claims: { aud } }) => [aud].flat().includes(env().tokenAudience),
  times: ({ claims: { iat, nbf } }) => isNumber(iat) && (nbf === undefined || isNumber(nbf)),
  "not-before": ({ claims: { nbf }, now }) =>
    nbf === undefined || Number(nbf) <= seconds(now) + CLOCK_TOLERANCE_SECONDS,
  expiry: (reading) =>
    isNumber(reading.claims.exp) &&
    (reading.claims.exp > seconds(reading.now) - CLOCK_TOLERANCE_SECONDS || expired(reading)),
  age: (reading) =>
    seconds(reading.now) - Number(reading.claims.iat) - CLOCK_TOLERANCE_SECONDS <=
      env().accessTokenTtlSeconds || expired(reading),
  future: ({ claims: { iat }, now }) => Number(iat) <= seconds(now) + CLOCK_TOLERANCE_SECONDS,
  shape: ({ claims }) => readClaims(claims) !== null,
  revocation(reading) {
    const standing = standingOf(reading);
    if (standing === "unknown") return "storage_unavailable";
    return standing === "ended" ? "session_ended" : true;
  },
  role: (reading) => (standingOf(reading) === "stale" ? "token_expired" : true),
};

/** Worth a renewal, unless its device session is over by time as well. */
function expired({ claims, now }: Reading): RefusalCode {
  const read = readClaims(claims);
  return read && read.sessionExpiresAt <= now ? "session_expired" : "token_expired";
}

function standingOf({ claims, now }: Reading) {
  const { sessionId, user } = readClaims(claims)!;
  return revocationFeed().judge(sessionId, user.role, now);
}

/** What this server says to the token at this moment, and by which rule. */
export const explainToken = (token: string, now: Date): Promise<Explanation> =>
  explain(
    token,
    now,
    TOKEN_RULES.map(({ id }) => id),
  );

/** The same, asking only what the token alone can tell: what `verifyAccessToken` answers. */
export const explainTokenAlone = (token: string, now: Date): Promise<Explanation> =>
  explain(
    token,
    now,
    TOKEN_RULES.map(({ id }) => id).filter((id) => !LIVE_RULES.includes(id)),
  );

async function explain(token: string, now: Date, rules: RuleId[]): Promise<Explanation> {
  // What is missing is filled in by the rules as they pass.
  const reading = { token, now } as Reading;
  for (const id of rules) {
    const said = await CHECKS[id](reading);
    if (said !== true) return { refusedBy: id, code: said || "credential_invalid" };
  }
  return { refusedBy: null, code: null };
}
