/** The conditions one Lab request runs under, and what it did step by step. Other requests have no scope: for them everything here costs one look-up. */
import { AsyncLocalStorage } from "node:async_hooks";

/** What the Lab may ask of its own requests. Each is signed, and holds for one throw-away account only (lib/lab/conditions.ts). */
export type Conditions = {
  /** The lab identity the request is made for; whatever weakens a check does so for nobody else. */
  userId: string;
  /** Queries fail at once, or hang until they time out. */
  database?: "fails" | "stalls";
  /** Access tokens are judged by signature and expiry alone. */
  revocationFeed?: "off";
  /** In place of REFRESH_GRACE_SECONDS. */
  refreshGraceSeconds?: number;
  /** In place of ACCESS_TOKEN_TTL_SECONDS, where it is shorter. */
  accessTokenTtlSeconds?: number;
  /** Counted by the limits in place of the sender's address. Never given out: it would be a way around them. */
  address?: string;
};

/** Times in milliseconds; `startedAt` since the request came in. `text` is the statement of a query, without its values. */
export type Step = {
  lane: "handler" | "database";
  name: string;
  text?: string;
  startedAt: number;
  milliseconds: number;
};

const MOST_TEXT = 200;

type Scope = { conditions: Conditions; since: number; steps: Step[] };

// On globalThis: Next keeps module state apart for each bundle.
const shared = globalThis as { __halfstateLabScopes?: AsyncLocalStorage<Scope | undefined> };
const scopes = (shared.__halfstateLabScopes ??= new AsyncLocalStorage<Scope | undefined>());

/** For the rest of the present request; the steps fill up as it goes on. */
export function enterLabScope(conditions: Conditions): {
  readonly steps: readonly Step[];
  readonly since: number;
} {
  const scope: Scope = { conditions, since: performance.now(), steps: [] };
  scopes.enterWith(scope);
  return scope;
}

/** For a request without conditions: on a connection that is kept open it would go on under those of the request before. */
export const leaveLabScope = (): void => scopes.enterWith(undefined);

/** For work that is no request of its own, such as issuing a short-lived token to a lab identity. */
export const withLabConditions = <T>(conditions: Conditions, work: () => T): T =>
  scopes.run({ conditions, since: performance.now(), steps: [] }, work);

export const labConditions = (): Conditions | undefined => scopes.getStore()?.conditions;

/** The conditions, where they were signed for this very account. */
export function labConditionsOf(userId: string): Conditions | undefined {
  const conditions = labConditions();
  return conditions?.userId === userId ? conditions : undefined;
}

/** Runs `run`, and writes down how long it took where somebody watches. */
export function labStep<T>(step: Pick<Step, "lane" | "name" | "text">, run: () => T): T {
  const scope = scopes.getStore();
  if (!scope) return run();
  const startedAt = performance.now();
  const done = () => {
    const milliseconds = performance.now() - startedAt;
    // Travels in a header (lib/http/lab-requests.ts), of which servers and proxies take a few kilobytes.
    const text = step.text?.slice(0, MOST_TEXT);
    scope.steps.push({ ...step, text, startedAt: startedAt - scope.since, milliseconds });
  };
  let outcome: T | undefined;
  try {
    outcome = run();
  } finally {
    if (!(outcome instanceof Promise)) done();
  }
  return outcome instanceof Promise ? (outcome.finally(done) as T) : outcome;
}
