/** What every API answer gets, whichever handler made it: request id, timing, headers, and a calm face on an unexpected fault. */
import { failure, type Failure } from "@/lib/core/failure";
import type { Verdict } from "@/lib/auth/contract";
import { isStorageFailure } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { log } from "@/lib/log/log";
import { currentRequest } from "@/lib/trace/request";
import { problemResponse } from "./respond";
import { routePattern } from "./route-pattern";
import { allowedCorsOrigin } from "./same-origin";

/** One request and its answer: one clock reading, one id, one account of what authentication cost. */
export type Exchange = {
  readonly requestId: string;
  readonly now: Date;
  /** What an authentication came to and how long it took, for `Server-Timing`. */
  authTook(verdict: Verdict, milliseconds: number): void;
  /** What an exception means to whoever sent the request; the rest of it goes to the log. */
  judgeFault(error: unknown): Failure<"storage_unavailable" | "internal_error">;
};

const NOT_TO_BE_STORED = "private, no-store";

/** Runs `handle` and finishes its response; no exception leaves here. */
export function answering(
  request: Request,
  handle: (exchange: Exchange) => Promise<Response>,
): Promise<Response> {
  return withQueryTrace(async (trace) => {
    const requestId = currentRequest()?.id ?? crypto.randomUUID();
    const now = new Date();
    let auth: { mode: string; milliseconds: number } | null = null;
    const authTook: Exchange["authTook"] = (verdict, milliseconds) => {
      if (verdict.ok) auth = { mode: verdict.value.session.mode, milliseconds };
    };

    const judgeFault: Exchange["judgeFault"] = (error) => {
      const code = isStorageFailure(error) ? "storage_unavailable" : "internal_error";
      log().error(
        { err: error, requestId, method: request.method, route: routePattern(new URL(request.url).pathname) },
        code,
      );
      return failure(code);
    };

    const response = await handle({ requestId, now, authTook, judgeFault }).catch((error: unknown) =>
      problemResponse(judgeFault(error), { requestId }),
    );

    const { headers } = response;
    headers.set("x-request-id", requestId);
    if (!headers.has("cache-control")) headers.set("cache-control", NOT_TO_BE_STORED);
    // Assigned in a callback, which the compiler cannot see.
    const measured = auth as { mode: string; milliseconds: number } | null;
    if (measured) {
      headers.set(
        "server-timing",
        `auth;dur=${measured.milliseconds.toFixed(3)};desc="${measured.mode}", ` +
          `db;dur=${trace.queryMilliseconds.toFixed(3)};desc="${trace.queries} queries"`,
      );
    }
    return withCors(response, request);
  });
}

function withCors(response: Response, request: Request): Response {
  const { headers } = response;
  headers.append("vary", "Origin");
  const origin = allowedCorsOrigin(request.headers);
  if (origin === null) return response;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", "www-authenticate, retry-after, x-request-id, server-timing");
  headers.set("cross-origin-resource-policy", "cross-origin");
  return response;
}
