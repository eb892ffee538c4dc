/** Lets a page answer with a status of its own: Next gives a Server Component no say in it, and would make it 200 or 500. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";

const shared = globalThis as { __halfstateResponses?: AsyncLocalStorage<ServerResponse> };
const responses = (shared.__halfstateResponses ??= new AsyncLocalStorage<ServerResponse>());

/** Called for each request before Next sees it (lib/http/boot.ts). */
export const rememberResponse = (response: ServerResponse): void => responses.enterWith(response);

/** Fixes the status of the page being rendered, whatever is set afterwards. `retryAfterSeconds` says when to try again. */
export function answerWithStatus(status: 403 | 404 | 503, retryAfterSeconds?: number): void {
  const response = responses.getStore();
  if (!response || response.headersSent) return;
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", String(retryAfterSeconds));
  Object.defineProperty(response, "statusCode", { get: () => status, set: () => {}, configurable: true });
}
