/** The one way a page asks who is calling: next to its data, on every request, whatever the middleware thought. */
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { authenticate } from "@/lib/auth/authenticate";
import type { Principal, Verdict } from "@/lib/auth/contract";
import { isStorageFailure } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { answerWithStatus } from "./page-status";
import { RETRY_AFTER_SECONDS } from "./respond";

/** What it cost to establish who is calling, measured on this very request. */
export type AuthCheck = { milliseconds: number; queries: number; queryMilliseconds: number };
export type Caller = Principal & { check: AuthCheck };

/** The credential could not be judged because the database is away: its owner is neither signed in nor signed out. */
class CallerUnknown extends Error {}

/** True where an error means that the database is away; the page being rendered then answers 503 (app/_components/when-available.tsx). */
export function answersUnavailable(error: unknown): boolean {
  if (!(error instanceof CallerUnknown) && !isStorageFailure(error)) return false;
  answerWithStatus(503, RETRY_AFTER_SECONDS);
  return true;
}

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

/** True where the database is away and the visitor carries a credential that only it could judge. */
export async function callerIsUnknown(): Promise<boolean> {
  const { verdict } = await check();
  return !verdict.ok && verdict.failure.code === "storage_unavailable";
}

/** Redirects to the log-in page, or through the silent renewal, and back to `path`. Throws CallerUnknown. */
export async function requireCaller(path: string): Promise<Caller> {
  const { verdict, check: cost } = await check();
  if (verdict.ok) return { ...verdict.value, check: cost };
  const next = encodeURIComponent(path);
  switch (verdict.failure.code) {
    case "token_expired":
      return redirect(`/api/auth/refresh?next=${next}`);
    case "storage_unavailable":
      throw new CallerUnknown();
    default:
      return redirect(`/login?next=${next}`);
  }
}
