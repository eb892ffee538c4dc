/** The one way a page asks who is calling: next to its data, on every request, whatever the middleware thought. */
import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { authenticate } from "@/lib/auth/authenticate";
import type { Principal, Verdict } from "@/lib/auth/contract";
import { withQueryTrace } from "@/lib/db/trace";
import { answerUnavailable } from "./page-status";

/** What it cost to establish who is calling, measured on this very request. */
export type AuthCheck = { milliseconds: number; queries: number; queryMilliseconds: number };
export type Caller = Principal & { check: AuthCheck };

// Memoised for one request: a page and its header ask the same question.
const check = cache(async (): Promise<{ verdict: Verdict; check: AuthCheck }> => {
  const carrier = { cookies: await cookies(), headers: await headers() };
  return withQueryTrace(async (trace) => {
    const startedAt = performance.now();
    const verdict = await authenticate(carrier, new Date());
    return { verdict, check: { milliseconds: performance.now() - startedAt, ...countsOf(trace) } };
  });
});

const countsOf = ({ queries, queryMilliseconds }: { queries: number; queryMilliseconds: number }) => ({
  queries,
  queryMilliseconds,
});

/** Null when signed out, for whatever reason. */
export async function getCaller(): Promise<Caller | null> {
  const { verdict, check: cost } = await check();
  return verdict.ok ? { ...verdict.value, check: cost } : null;
}

/** Redirects to the log-in page, or through the silent renewal, and back to `path`. Without its database it ends in app/not-found.tsx with a 503: nobody is signed out. */
export async function requireCaller(path: string): Promise<Caller> {
  const { verdict, check: cost } = await check();
  if (verdict.ok) return { ...verdict.value, check: cost };
  const next = encodeURIComponent(path);
  switch (verdict.failure.code) {
    case "token_expired":
      return redirect(`/api/auth/refresh?next=${next}`);
    case "storage_unavailable":
      answerUnavailable(verdict.failure.retryAfterSeconds ?? 5);
      // The one boundary that Next draws on the server, so that it is seen without JavaScript too.
      return notFound();
    default:
      return redirect(`/login?next=${next}`);
  }
}
