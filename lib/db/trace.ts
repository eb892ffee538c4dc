/** Counts and times the queries that a piece of work really sends to the database. */
import { AsyncLocalStorage } from "node:async_hooks";
import { timed } from "@/lib/trace/metrics";

export type QueryTrace = { queries: number; queryMilliseconds: number };

type Scope = QueryTrace & { parent?: Scope };

const shared = globalThis as { __halfstateQueryScope?: AsyncLocalStorage<Scope> };
const scopes = (shared.__halfstateQueryScope ??= new AsyncLocalStorage<Scope>());

/** Runs `work` and hands it the trace, which keeps counting until the work and what it left behind are done. */
export function withQueryTrace<T>(work: (trace: QueryTrace) => T): T {
  const scope: Scope = { queries: 0, queryMilliseconds: 0, parent: scopes.getStore() };
  return scopes.run(scope, () => work(scope));
}

/** Called by the database adapter around each statement. */
export async function traceQuery<T>(run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let result: "ok" | "failed" = "failed";
  try {
    const answer = await run();
    result = "ok";
    return answer;
  } finally {
    const milliseconds = performance.now() - startedAt;
    timed.query(result, milliseconds / 1000);
    for (let scope = scopes.getStore(); scope; scope = scope.parent) {
      scope.queries += 1;
      scope.queryMilliseconds += milliseconds;
    }
  }
}
