/** One real check of each kind, measured on this server now, with credentials that belong to nobody. */
import { authenticate } from "@/lib/auth/authenticate";
import type { Carrier, Mode } from "@/lib/auth/contract";
import { signAccessToken } from "@/lib/auth/strategies/jwt/access-token.edge";
import { sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { wireName, type CookieName } from "@/lib/core/cookie-names";
import { randomId } from "@/lib/core/identifiers";
import { withQueryTrace } from "@/lib/db/trace";

export type Measured = {
  mode: Mode;
  milliseconds: number;
  queries: number;
  queryMilliseconds: number;
  /** Name and value of the cookie that a browser would carry. */
  credentialBytes: number;
};

/** Null when the database does not answer: there is no session mode to compare with. */
export async function measureBothModes(): Promise<{ session: Measured; jwt: Measured } | null> {
  const now = new Date();
  const id = randomId();
  const nobody = { id, email: "nobody@example.invalid", name: "Nobody", role: "member" as const };
  const access = await signAccessToken(nobody, { id, expiresAt: new Date(now.getTime() + 60_000) }, now);
  const seal = await sealSessionId(id);

  const jwt = await measure("jwt", "access", access.token, now);
  const session = await measure("session", "session", seal, now);
  return session && jwt ? { session, jwt } : null;
}

async function measure(mode: Mode, cookie: CookieName, value: string, now: Date): Promise<Measured | null> {
  const name = wireName(cookie);
  const carrier: Carrier = {
    headers: { get: () => null },
    cookies: { get: (asked) => (asked === name ? { value } : undefined) },
  };
  return withQueryTrace(async (trace) => {
    const startedAt = performance.now();
    const verdict = await authenticate(carrier, now);
    const milliseconds = performance.now() - startedAt;
    if (!verdict.ok && verdict.failure.code === "storage_unavailable") return null;
    const { queries, queryMilliseconds } = trace;
    return {
      mode,
      milliseconds,
      queries,
      queryMilliseconds,
      credentialBytes: name.length + 1 + value.length,
    };
  });
}
