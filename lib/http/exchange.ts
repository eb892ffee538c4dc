/** What every API answer gets, whichever handler made it: request id, timing, headers, and a calm face on an unexpected fault. */
import { failure, type Failure } from "@/lib/core/failure";
import type { Verdict } from "@/lib/auth/contract";
import { isStorageFailure } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { log } from "@/lib/log/log";
import { problemResponse } from "./respond";
import { allowedCorsOrigin } from "./same-origin";

/** One request and its answer: one clock reading, one id, one account of what authentication cost. */
export type Exchange = {
  readonly requestId: string;
  readonly now: Date;
  /** Runs an authentication and remembers what it took, for `Server-Timing`. */
  timeAuth(run: () => Promise<Verdict>): Promise<Verdict>;
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
    const requestId = crypto.randomUUID();
    const now = new Date();
    let auth: { mode: string; milliseconds: number } | null = null;
    const timeAuth: Exchange["timeAuth"] = async (run) => {
      const startedAt = performance.now();
      const verdict = await run();
      if (verdict.ok)
        auth = { mode: verdict.value.session.mode, milliseconds: performance.now() - startedAt };
      return verdict;
    };

    const judgeFault: Exchange["judgeFault"] = (error) => {
      const code = isStorageFailure(error) ? "storage_unavailable" : "internal_error";
      log().error(
        { err: error, requestId, method: request.method, path: new URL(request.url).pathname },
        code,
      );
      return failure(code);
    };

    const response = await handle({ requestId, now, timeAuth, judgeFault }).catch((error: unknown) =>
      problemResponse(judgeFault(error), { requestId }),
    );

    const { headers } = response;
    headers.set("x-request-id", requestId);
    if (!headers.has("cache-control")) headers.set("cache-control", NOT_TO_BE_STORED);
    // Assigned in a callback, which the compiler cannot see.
    const measured = auth as { mode: string; milliseconds: number } | null;
    if (measured) {
      headers.append("server-timing", `auth;dur=${measured.milliseconds.toFixed(3)};desc="${measured.mode}"`);
      headers.append(
        "server-timing",
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
