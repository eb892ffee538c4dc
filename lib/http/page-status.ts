/** Lets a page answer with a status of its own: Next gives a Server Component no say in it, and would make it 200 or 500. */
import { currentRequest } from "@/lib/trace/request";

/** Fixes the status of the page being rendered, whatever is set afterwards. `retryAfterSeconds` says when to try again. */
export function answerWithStatus(status: 403 | 404 | 503, retryAfterSeconds?: number): void {
  const response = currentRequest()?.response;
  if (!response || response.headersSent) return;
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", String(retryAfterSeconds));
  Object.defineProperty(response, "statusCode", { get: () => status, set: () => {}, configurable: true });
}
