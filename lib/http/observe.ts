/** What each request came to, once its answer is out: counted, timed, and told to the log. */
import type { IncomingMessage } from "node:http";
import { log } from "@/lib/log/log";
import { counted, timed } from "@/lib/trace/metrics";
import type { RequestScope } from "@/lib/trace/request";
import { routePattern } from "./route-pattern";

/** By the first digit. */
const CLASSES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** `url` is the address as the client sent it. */
export function observe({ method = "" }: IncomingMessage, url: string, scope: RequestScope): void {
  const { response } = scope;
  const startedAt = performance.now();
  response.once("close", () => {
    const durationMs = performance.now() - startedAt;
    const route = routePattern(url);
    const knownMethod = METHODS.has(method) ? method : "other";
    // One who goes away before the answer is out leaves a status that nobody was told.
    const status = response.writableFinished ? response.statusCode : null;
    const statusClass = status === null ? "aborted" : (CLASSES[Math.floor(status / 100)] ?? "other");
    timed.request(knownMethod, route, statusClass, durationMs / 1000);
    if (scope.code) counted.refusal(route, scope.code);

    const level = status !== null && status >= 500 ? "info" : "debug";
    if (!log().isLevelEnabled(level)) return;
    const line = {
      requestId: scope.id,
      method: knownMethod,
      route,
      status: status ?? "aborted",
      durationMs: Number(durationMs.toFixed(3)),
      strategy: scope.strategy,
      code: scope.code,
    };
    log()[level](line, "request");
  });
}
