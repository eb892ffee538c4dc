/** The public keys of access tokens, as other services fetch them (RFC 7517). */
import { publicKeySet } from "@/lib/auth/keys.edge";

export function keySetResponse(now: Date): Response {
  const response = Response.json(publicKeySet(now));
  // Public keys are for every origin and every cache; a rotated key stays published longer than this.
  response.headers.set("cache-control", "public, max-age=300");
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("cross-origin-resource-policy", "cross-origin");
  return response;
}
