/** Lets a page answer 503: Next gives a Server Component no say in the status, and would make it 500. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";

const shared = globalThis as { __halfstateResponses?: AsyncLocalStorage<ServerResponse> };
const responses = (shared.__halfstateResponses ??= new AsyncLocalStorage<ServerResponse>());

/** Called for each request before Next sees it (lib/http/boot.ts). */
export const rememberResponse = (response: ServerResponse): void => responses.enterWith(response);

/** Fixes the status of the page being rendered at 503, whatever is set afterwards, and says when to try again. */
export function answerUnavailable(retryAfterSeconds: number): void {
  const response = responses.getStore();
  if (!response || response.headersSent) return;
  response.setHeader("retry-after", String(retryAfterSeconds));
  Object.defineProperty(response, "statusCode", { get: () => 503, set: () => {}, configurable: true });
}
