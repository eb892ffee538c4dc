/** Tokens that this server signs although it must refuse them: four, for lab identities only, and nothing in them is chosen by a reader. */
import { decodeJwt, SignJWT, type JWTPayload } from "jose";
import { requireSigningKey } from "@/lib/auth/keys.edge";
import { TOKEN_TYPE, verifyAccessToken } from "@/lib/auth/strategies/jwt/access-token.edge";
import type { Device } from "./identities";
import type { RefusedToken } from "./token-presets";

type Variation = (issuedAt: number) => { claims?: JWTPayload; typ?: string };

/** None of them lives longer than a minute, whoever may believe it. */
const LIFETIME_SECONDS = 60;

const VARIATIONS: Record<RefusedToken, Variation> = {
  expired: (issuedAt) => ({ claims: { iat: issuedAt - 600, exp: issuedAt - 540 } }),
  audience: () => ({ claims: { aud: "https://other.invalid" } }),
  type: () => ({ typ: "JWT" }),
  // It expires before its time of issue comes: a token that only has to be kept for an hour would outlive every revocation.
  future: (issuedAt) => ({ claims: { iat: issuedAt + 3600 } }),
};

/** Varies the token of a lab device. Throws for any other, and rather than give out one that would be let in. */
export async function signRefusedToken(which: RefusedToken, device: Device, now: Date): Promise<string> {
  const genuine = device.tokens?.accessToken ?? "";
  const verified = await verifyAccessToken(genuine, now);
  if (!verified.ok || verified.value.user.id !== device.userId)
    throw new Error("Only a lab device's own token is varied.");
  const { kid, alg, key } = await requireSigningKey(now);
  const issuedAt = Math.floor(now.getTime() / 1000);
  const { claims = {}, typ = TOKEN_TYPE } = VARIATIONS[which](issuedAt);
  const token = await new SignJWT({ ...decodeJwt(genuine), exp: issuedAt + LIFETIME_SECONDS, ...claims })
    .setProtectedHeader({ alg, kid, typ })
    .sign(key);
  if ((await verifyAccessToken(token, now)).ok) throw new Error(`The preset "${which}" would be let in.`);
  return token;
}
