/** Where to go after signing in: only ever a path on this origin. */

const FALLBACK = "/dashboard";
const BASE = "http://here.invalid";

/** Returns `value` as a path on this origin, or `/dashboard` for anything that could lead elsewhere. */
export function safeNextPath(value: unknown): string {
  if (typeof value !== "string" || value.length > 2048 || !value.startsWith("/")) return FALLBACK;
  if (!URL.canParse(value, BASE)) return FALLBACK;
  const url = new URL(value, BASE);
  // Browsers drop tabs and newlines, read `\` as `/`, and `/.//host` normalises to `//host`: judge what the parser made of it.
  if (url.origin !== BASE || url.pathname.startsWith("//")) return FALLBACK;
  return url.pathname + url.search + url.hash;
}
