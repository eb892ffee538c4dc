/** The one question "who is calling?", and the registry of strategies that may answer it. */
import { failure } from "@/lib/core/failure";
import { err } from "@/lib/core/result";
import { timed } from "@/lib/trace/metrics";
import { noteStrategy } from "@/lib/trace/request";
import { inSpan } from "@/lib/trace/span";
import {
  MODES,
  type AuthStrategy,
  type Carrier,
  type CookieChange,
  type CredentialCookie,
  type Issued,
  type Mode,
  type Verdict,
} from "./contract";
import { jwtStrategy } from "./strategies/jwt/strategy";
import { sessionStrategy } from "./strategies/session/strategy";

export const strategies = { jwt: jwtStrategy, session: sessionStrategy } satisfies Record<Mode, AuthStrategy>;

// A bearer header or an access cookie decides before a session cookie does (http-contract.md section 2).
const IN_ORDER: readonly AuthStrategy[] = [strategies.jwt, strategies.session];

/** The first credential that is recognised decides alone: a bad one never falls through to the next. */
export function authenticate(carrier: Carrier, now: Date): Promise<Verdict> {
  return inSpan("authenticate", {}, async (note) => {
    const startedAt = performance.now();
    let judge = "none";
    let result = "error";
    try {
      for (const strategy of IN_ORDER) {
        judge = strategy.mode;
        const verdict = await strategy.authenticate(carrier, now);
        if (!verdict) continue;
        result = verdict.ok ? "ok" : verdict.failure.code;
        return verdict;
      }
      judge = "none";
      result = "unauthenticated";
      return err(failure("unauthenticated"));
    } finally {
      timed.authentication(judge, result, (performance.now() - startedAt) / 1000);
      noteStrategy(judge);
      note({ "halfstate.strategy": judge, "halfstate.result": result });
    }
  });
}

/** Every device session that this request can speak for, whether or not its credential is still good: what a logout ends. */
export async function namedSessions(carrier: Carrier, now: Date): Promise<string[]> {
  const named = await Promise.all(IN_ORDER.map((strategy) => strategy.namedSession(carrier, now)));
  return [...new Set(named.filter((id) => id !== null))];
}

/** Clears every credential cookie of every strategy, and what is remembered of their renewal. */
export const clearedCookies = (): CookieChange<CredentialCookie | "renewed">[] =>
  [...MODES.flatMap((mode) => strategies[mode].cookies), "renewed" as const].map((name) => ({
    name,
    value: null,
  }));

/** For a browser that changes strategy: clears the other strategy's cookies too, which would otherwise be asked first and be dead. */
export function asOnlyCredential(issued: Issued): Issued {
  if (issued.session.transport !== "cookie") return issued;
  const set = new Set(issued.cookies.map(({ name }) => name));
  // Cleared last: curl 7.88 forgets to save a deletion that comes before an addition.
  return {
    ...issued,
    cookies: [...issued.cookies, ...clearedCookies().filter(({ name }) => !set.has(name))],
  };
}
