/** The middleware's guess, from signature or seal alone: never the guard, only where to send a visitor first. */
import type { Carrier } from "./contract";
import { verifyAccessToken } from "./strategies/jwt/access-token.edge";
import { carriedAccessToken } from "./strategies/jwt/transport.edge";
import { carriedSeal, openSessionSeal } from "./strategies/session/seal.edge";

/** `renewable`: an access token of ours that has merely expired. */
export async function looksSignedIn(carrier: Carrier, now: Date): Promise<"yes" | "renewable" | "no"> {
  const carried = carriedAccessToken(carrier);
  if (carried) {
    const verified = await verifyAccessToken(carried.token, now);
    if (verified.ok) return "yes";
    return verified.failure.code === "token_expired" && carried.transport === "cookie" ? "renewable" : "no";
  }
  const seal = carriedSeal(carrier);
  if (seal !== null && (await openSessionSeal(seal)).ok) return "yes";
  return "no";
}
