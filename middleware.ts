/** Edge: sends visitors where they will want to be, and gives each page its content security policy. A courtesy; pages and handlers check for themselves. */
import { NextResponse, type NextRequest } from "next/server";
import { looksSignedIn } from "@/lib/auth/looks-signed-in.edge";
import { contentSecurityPolicy } from "@/lib/core/security-headers";

/** Pages that need a user, and all below them. */
const PROTECTED = /^\/(?:dashboard|settings|admin)(?:\/|$)/;

export async function middleware(request: NextRequest): Promise<NextResponse> {
  const isProtected = PROTECTED.test(request.nextUrl.pathname);
  const startedAt = performance.now();
  const elsewhere = isProtected ? await whereElse(request) : null;
  const milliseconds = performance.now() - startedAt;
  const response = elsewhere ?? pageWithPolicy(request);
  if (isProtected) {
    response.headers.set("cache-control", "private, no-store");
    response.headers.set("server-timing", `edge;dur=${milliseconds.toFixed(3)};desc="middleware"`);
  }
  return response;
}

async function whereElse(request: NextRequest): Promise<NextResponse | null> {
  const looks = await looksSignedIn(request, new Date());
  if (looks === "yes") return null;
  const { pathname, search } = request.nextUrl;
  const next = encodeURIComponent(pathname + search);
  const path = looks === "renewable" && request.method === "GET" ? "/api/auth/refresh" : "/login";
  return NextResponse.redirect(new URL(`${path}?next=${next}`, request.nextUrl), 303);
}

function pageWithPolicy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, { development: process.env.NODE_ENV === "development" });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from here.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

export const config = {
  // Everything but the API and /metrics, which check and set their headers for themselves, and static files; /api/docs is a page. Anchored: a
  // look-ahead is a prefix match, and /_next/staticfoo must not slip through.
  matcher: ["/((?!api/(?!docs$)|api$|_next/static/|icon\\.svg$|favicon\\.ico$|metrics$|\\.well-known/).*)"],
};
