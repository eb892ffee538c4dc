/** Cookies as they go over the wire: names, flags and paths in one place (RFC 6265bis). */
import type { CookieChange } from "@/lib/auth/contract";
import { wireName, type CookieName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";

const PATHS: Partial<Record<CookieName, string>> = { refresh: "/api/auth" };

/** One Set-Cookie header. Values are seals and tokens, whose characters need no quoting. */
export function setCookieHeader(change: CookieChange<CookieName>, now: Date): string {
  const maxAge =
    change.value === null ? 0 : Math.max(0, Math.ceil((change.expiresAt.getTime() - now.getTime()) / 1000));
  const expires = change.value === null ? new Date(0) : change.expiresAt;
  return [
    `${wireName(change.name)}=${change.value ?? ""}`,
    `Path=${PATHS[change.name] ?? "/"}`,
    `Max-Age=${maxAge}`,
    `Expires=${expires.toUTCString()}`,
    "HttpOnly",
    // Same-origin checks (lib/http/same-origin.ts) are the rule against cross-site requests; Lax is the second line.
    "SameSite=Lax",
    ...(env().secureCookies ? ["Secure"] : []),
  ].join("; ");
}
