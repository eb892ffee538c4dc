/** The request that is being served: its id, for every line and answer that it causes, and what became of it, for the metrics and the log. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";
import type { FailureCode } from "@/lib/core/failure";

export type RequestScope = {
  readonly id: string;
  readonly response: ServerResponse;
  /** What judged its credential; absent where none was asked for. */
  strategy?: string;
  /** Why it was refused. */
  code?: FailureCode;
};

// On globalThis: Next keeps module state apart for each bundle.
const shared = globalThis as { __halfstateRequests?: AsyncLocalStorage<RequestScope> };
const requests = (shared.__halfstateRequests ??= new AsyncLocalStorage<RequestScope>());

/** For the rest of the present request; the next one on the same connection enters its own. */
export const enterRequest = (scope: RequestScope): void => requests.enterWith(scope);

/** Undefined for what no request asked for, such as pruning. */
export const currentRequest = (): RequestScope | undefined => requests.getStore();

export function noteStrategy(strategy: string): void {
  const scope = requests.getStore();
  if (scope) scope.strategy = strategy;
}

export function noteRefusal(code: FailureCode): void {
  const scope = requests.getStore();
  if (scope) scope.code = code;
}
