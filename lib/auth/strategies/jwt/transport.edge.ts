/** Where a request carries an access token: the bearer header if there is one, else the cookie; edge-safe. */
import type { Carrier, Transport } from "@/lib/auth/contract";
import { wireName } from "@/lib/core/cookie-names";

export type CarriedToken = { token: string; transport: Transport };

/**
 * Null when the request carries none. An `Authorization: Bearer` header without a token yields the empty string, so that it
 * is judged as bad rather than absent; another scheme is not ours and is ignored (RFC 6750 section 2.1).
 */
export function carriedAccessToken(carrier: Carrier): CarriedToken | null {
  const bearer = /^bearer(?:$|[\s,]+(.*)$)/i.exec(carrier.headers.get("authorization")?.trim() ?? "");
  if (bearer) return { token: bearer[1]?.trim() ?? "", transport: "bearer" };
  const cookie = carrier.cookies.get(wireName("access"))?.value;
  return cookie === undefined ? null : { token: cookie, transport: "cookie" };
}
