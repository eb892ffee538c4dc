/** Cross-site requests change nothing: who sent this unsafe request, judged by what browsers cannot be made to forge. */
import { env } from "@/lib/core/env";

type Headers = { get(name: string): string | null };

/** True for our own pages, and for clients that are no browser (they send neither header). */
export function comesFromOurPages(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  // Compared as text: "null", garbage and look-alikes are simply not our origin, and nothing is parsed that could throw.
  return origin === null || origin === env().appUrl;
}

/** The origin, where it is one that CORS_ORIGINS lets in. */
export function allowedCorsOrigin(headers: Headers): string | null {
  const origin = headers.get("origin");
  return origin !== null && env().corsOrigins.includes(origin) ? origin : null;
}
