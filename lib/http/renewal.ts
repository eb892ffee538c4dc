/** Silent renewal in a browser: where the refresh token comes from, what a refusal does to its cookies, and the bounce for pages. */
import { cookies } from "next/headers";
import { refresh } from "@/lib/accounts/refresh";
import type { Carrier, CookieChange, Issued, RenewFailure, Transport } from "@/lib/auth/contract";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { safeNextPath } from "@/lib/core/next-path";
import { err, type Result } from "@/lib/core/result";
import { isStorageFailure } from "@/lib/db/client";
import { log } from "@/lib/log/log";
import { noteRefusal } from "@/lib/trace/request";
import { answering } from "./exchange";
import { htmlPage } from "./html";
import { originOf } from "./peer";
import { MESSAGE, RETRY_AFTER_SECONDS, seeOther, STATUS, withCookies } from "./respond";
import type { Handler, Refusal } from "./route";

/** A token in the body decides over the cookie: it was put there on purpose. */
export function presentedRefreshToken(
  inBody: string | undefined,
  carrier: Carrier,
): { token: string; transport: Transport } | null {
  if (inBody !== undefined) return { token: inBody, transport: "bearer" };
  const token = carrier.cookies.get(wireName("refresh"))?.value;
  return token === undefined ? null : { token, transport: "cookie" };
}

/** A loser of a race never clears cookies: by the time its answer arrives, the browser may hold the winner's. */
export function refusedRenewal({ mayHaveLostRace, ...failure }: RenewFailure): Result<never, Refusal> {
  return err({ ...failure, cookies: mayHaveLostRace ? [] : DEAD_COOKIES });
}

const DEAD_COOKIES: CookieChange[] = [
  { name: "access", value: null },
  { name: "refresh", value: null },
];

/** Remembers when this browser was renewed, for the dashboard to show; it authenticates nothing. */
export function renewedCookie({ session }: Issued, now: Date): CookieChange<"renewed">[] {
  if (session.transport !== "cookie") return [];
  const expiresAt = new Date(now.getTime() + env().accessTokenTtlSeconds * 1000);
  return [{ name: "renewed", value: String(now.getTime()), expiresAt }];
}

export async function lastRenewal(): Promise<Date | null> {
  const milliseconds = Number((await cookies()).get(wireName("renewed"))?.value ?? NaN);
  return Number.isSafeInteger(milliseconds) ? new Date(milliseconds) : null;
}

/** `GET /api/auth/refresh?next=/path`: a page whose access token has expired comes here and is sent back with fresh cookies. */
export const renewInBrowser: Handler = (request) =>
  answering(request, async ({ now }) => {
    const next = safeNextPath(request.nextUrl.searchParams.getAll("next").at(-1));
    const visit = { now, origin: originOf(request.headers), carrier: request };
    const renewed = await refresh(presentedRefreshToken(undefined, request), visit).catch(away);
    if (renewed.ok) {
      return withCookies(
        seeOther(next),
        [...renewed.value.cookies, ...renewedCookie(renewed.value, now)],
        now,
      );
    }
    const { code, mayHaveLostRace, retryAfterSeconds = RETRY_AFTER_SECONDS } = renewed.failure;
    noteRefusal(code);
    // Neither says anything about the sign-in: sent to the log-in page, its owner would take it for lost.
    if (code === "rate_limited" || code === "storage_unavailable")
      return htmlPage(STATUS[code], "Please try again in a moment", MESSAGE[code], retryAfterSeconds);
    return withCookies(
      seeOther(`/login?next=${encodeURIComponent(next)}`),
      mayHaveLostRace ? [] : DEAD_COOKIES,
      now,
    );
  });

function away(error: unknown): Result<never, Failure & { mayHaveLostRace: boolean }> {
  if (!isStorageFailure(error)) throw error;
  log().warn({ err: error }, "renewal failed");
  return err({ ...failure("storage_unavailable"), mayHaveLostRace: true });
}
