/** Cookie names as they go over the wire (RFC 6265bis section 4.1.3): prefixed wherever https lets browsers enforce it. */
import { env } from "./env";

export type CookieName = "session" | "access" | "refresh" | "device" | "flash" | "renewed";

// `__Host-` demands Path=/, which the refresh cookie must not have: it stays below /api/auth so that no page request carries it.
const PREFIXED: Record<CookieName, string> = {
  session: "__Host-session",
  access: "__Host-access",
  refresh: "__Secure-refresh",
  device: "__Host-device",
  flash: "__Host-flash",
  renewed: "__Host-renewed",
};

export const wireName = (name: CookieName): string => (env().secureCookies ? PREFIXED[name] : name);
