/** Counts and times the queries that a piece of work really sends to the database. */
import { AsyncLocalStorage } from "node:async_hooks";

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
  const innermost = scopes.getStore();
  if (!innermost) return run();
  const startedAt = performance.now();
  try {
    return await run();
  } finally {
    const milliseconds = performance.now() - startedAt;
    for (let scope: Scope | undefined = innermost; scope; scope = scope.parent) {
      scope.queries += 1;
      scope.queryMilliseconds += milliseconds;
    }
  }
}
