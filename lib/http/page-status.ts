/** Lets a page answer 503: Next gives a Server Component no say in the status, and would make it 500. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";

type Remembered = { response: ServerResponse; isUnavailable: boolean };

const shared = globalThis as { __halfstateResponses?: AsyncLocalStorage<Remembered> };
const responses = (shared.__halfstateResponses ??= new AsyncLocalStorage<Remembered>());

/** Called for each request before Next sees it (lib/http/boot.ts). */
export const rememberResponse = (response: ServerResponse): void =>
  responses.enterWith({ response, isUnavailable: false });

/** Fixes the status of the page being rendered at 503, whatever is set afterwards, and says when to try again. */
export function answerUnavailable(retryAfterSeconds: number): void {
  const remembered = responses.getStore();
  if (!remembered || remembered.response.headersSent) return;
  remembered.isUnavailable = true;
  const { response } = remembered;
  response.setHeader("retry-after", String(retryAfterSeconds));
  Object.defineProperty(response, "statusCode", { get: () => 503, set: () => {}, configurable: true });
}

/** Whether the page being rendered has been told to answer 503: app/not-found.tsx then says so instead. */
export const isUnavailable = (): boolean => responses.getStore()?.isUnavailable ?? false;
