/** The few words that stand for the addresses of requests in metrics and logs: a path without its ids, as the folders of app/ spell it. */

const FIXED: ReadonlySet<string> = new Set([
  "/",
  "/.well-known/jwks.json",
  "/admin",
  "/admin/activity",
  "/api/admin/events",
  "/api/admin/users",
  "/api/auth/login",
  "/api/auth/logout",
  "/api/auth/logout-all",
  "/api/auth/mode",
  "/api/auth/password",
  "/api/auth/refresh",
  "/api/auth/sessions",
  "/api/auth/signup",
  "/api/docs",
  "/api/health/live",
  "/api/health/ready",
  "/api/lab/attacks",
  "/api/lab/cost",
  "/api/lab/flight-recorder",
  "/api/lab/identities",
  "/api/lab/inspect",
  "/api/lab/outage",
  "/api/lab/refresh",
  "/api/lab/revocation",
  "/api/lab/staleness",
  "/api/lab/token-bench",
  "/api/me",
  "/api/me/events",
  "/api/openapi.json",
  "/dashboard",
  "/favicon.ico",
  "/icon.svg",
  "/lab",
  "/lab/attacks",
  "/lab/cost",
  "/lab/flight-recorder",
  "/lab/outage",
  "/lab/refresh",
  "/lab/revocation",
  "/lab/staleness",
  "/lab/token-bench",
  "/learn",
  "/learn/check",
  "/learn/choose",
  "/learn/compare",
  "/login",
  "/metrics",
  "/settings",
  "/settings/activity",
  "/signup",
]);

/** The first that matches. */
const DYNAMIC: readonly [RegExp, string][] = [
  [/^\/_next\//, "/_next"],
  [/^\/api\/auth\/sessions\/[^/]+$/, "/api/auth/sessions/[id]"],
  [/^\/api\/admin\/users\/[^/]+$/, "/api/admin/users/[id]"],
  [/^\/api\/admin\/users\/[^/]+\/sessions$/, "/api/admin/users/[id]/sessions"],
  [/^\/admin\/users\/[^/]+$/, "/admin/users/[id]"],
  [/^\/learn\/source(?:\/|$)/, "/learn/source/[[...path]]"],
  [/^\/learn\/[^/]+$/, "/learn/[slug]"],
  [/^\/api(?:\/|$)/, "/api/[[...path]]"],
];

/** For the address of a request, with or without its query. Whatever is no route of ours is `other`: a stranger must not be able to make new words. */
export function routePattern(url: string): string {
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  if (FIXED.has(path)) return path;
  return DYNAMIC.find(([shape]) => shape.test(path))?.[1] ?? "other";
}
