/** JWT mode: a signed access token judged without a query, and a refresh token that rotates. */
import type {
  Account,
  AuthStrategy,
  Carrier,
  CookieChange,
  IssueContext,
  Issued,
  Origin,
  Principal,
  RenewFailure,
  Transport,
  Verdict,
} from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { beginDeviceSession, endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { labConditionsOf, labStep } from "@/lib/trace/lab-scope";
import { counted } from "@/lib/trace/metrics";
import { signAccessToken, verifyAccessToken } from "./access-token.edge";
import { readRefreshToken, refreshToken, refreshTokenHash, refreshTokenOfHash } from "./refresh-token";
import { createFamily, findFamily, rotate, type Family } from "./store";
import { carriedAccessToken } from "./transport.edge";
import { verifyTokenOnce } from "./verified-tokens";

async function authenticate(carrier: Carrier, now: Date): Promise<Verdict | null> {
  const carried = carriedAccessToken(carrier);
  if (!carried) return null;
  const { token, transport } = carried;
  const badCookie = transport === "cookie" ? ("access" as const) : undefined;

  const verified = await labStep(CHECK_TOKEN, () => verifyTokenOnce(token, now));
  if (!verified.ok) {
    // An expired token is not a bad one: its cookie is how a page knows that renewal is worth a try.
    const refusal = failure(verified.failure.code);
    return err(refusal.code === "token_expired" ? refusal : { ...refusal, badCookie });
  }
  const { user, sessionId, sessionExpiresAt, expiresAt } = verified.value;
  const standing =
    labConditionsOf(user.id)?.revocationFeed === "off"
      ? "good"
      : labStep(ASK_FEED, () => revocationFeed().judge(sessionId, user.role, now));
  switch (standing) {
    case "unknown":
      return err(failure("storage_unavailable", { retryAfterSeconds: 5 }));
    case "ended":
      return err({ ...failure("session_ended"), badCookie });
    case "stale":
      return err(failure("token_expired"));
    case "good":
      return ok({
        user,
        session: {
          id: sessionId,
          mode: "jwt",
          transport,
          expiresAt: sessionExpiresAt,
          credentialExpiresAt: expiresAt,
        },
      });
  }
}

const CHECK_TOKEN = { lane: "handler", name: "judge the token" } as const;
const SIGN_TOKEN = { lane: "handler", name: "sign a new access token" } as const;
const ASK_FEED = { lane: "handler", name: "look up revocations in memory" } as const;

async function issue(
  user: Account,
  context: IssueContext,
): Promise<Result<Issued, Failure<"session_ended">>> {
  const { now } = context;
  const expiresAt = new Date(now.getTime() + env().refreshTokenTtlSeconds * 1000);
  const begun = await beginDeviceSession(
    user.id,
    { mode: "jwt", expiresAt, idleExpiresAt: null },
    context,
    (transaction, sessionId) =>
      createFamily(transaction, sessionId, refreshTokenHash(firstToken(sessionId)), now),
  );
  if (!begun) return err(failure("session_ended"));
  await revocationFeed().announce(begun.notices);
  return ok(await credential(begun.user, begun.device, firstToken(begun.device.id), now));
}

const firstToken = (family: string) => refreshToken({ family, generation: 0 });

/** A fresh access token for the same device session; the refresh token stays as it is. */
async function restate(principal: Principal, user: Account, now: Date): Promise<Issued> {
  const { id, expiresAt, transport } = principal.session;
  const access = await labStep(SIGN_TOKEN, () => signAccessToken(user, { id, expiresAt }, now));
  return {
    user,
    session: { ...principal.session, credentialExpiresAt: access.expiresAt },
    cookies: transport === "cookie" ? [{ name: "access", value: access.token, expiresAt }] : [],
  };
}

async function namedSession(carrier: Carrier, now: Date): Promise<string | null> {
  const carried = carriedAccessToken(carrier);
  if (carried) {
    const verified = await verifyAccessToken(carried.token, now);
    const claims = verified.ok ? verified.value : verified.failure.expiredClaims;
    if (claims) return claims.sessionId;
    if (carried.transport === "bearer") return null;
  }
  const refresh = carrier.cookies.get(wireName("refresh"))?.value;
  return refresh === undefined ? null : (readRefreshToken(refresh)?.family ?? null);
}

export type RenewContext = {
  now: Date;
  origin: Origin;
  /** How the token came, and so how the answer goes back. */
  transport: Transport;
  /** Asked before a rotation, told of it afterwards: replays within the grace rotate nothing and never count. */
  rotationQuota: {
    wouldRefuse(sessionId: string): Promise<number | null>;
    count(sessionId: string): Promise<void>;
  };
};

/**
 * Exchanges a refresh token for its one successor (RFC 9700 section 4.14.2), idempotently: every holder of the current token, and within
 * the grace every holder of its immediate predecessor, gets the same one. Any older token ends the device session.
 */
export async function renew(token: string, context: RenewContext): Promise<Result<Issued, RenewFailure>> {
  const { transport, origin, now, rotationQuota } = context;
  const presented = readRefreshToken(token);
  if (!presented) return err({ ...failure("refresh_invalid"), mayHaveLostRace: false });
  const { family: sessionId, generation } = presented;

  // Two rounds settle it: a swap that failed means that somebody else swapped, or that the session ended; the second look tells.
  for (;;) {
    const family = await findFamily(sessionId);
    if (!family)
      return err({ ...failure("session_ended"), mayHaveLostRace: await wentJustNow(sessionId, now) });
    const { session } = family;
    if (session.endedAt)
      return err({ ...failure("session_ended"), mayHaveLostRace: endedJustNow(session.endedAt, now) });
    if (session.expiresAt <= now) return err({ ...failure("refresh_expired"), mayHaveLostRace: false });

    if (generation === family.generation) {
      if (family.tokenHash !== refreshTokenHash(token))
        return err({ ...failure("refresh_invalid"), mayHaveLostRace: false });
      const retryAfterSeconds = await rotationQuota.wouldRefuse(sessionId);
      if (retryAfterSeconds !== null) {
        return err({ ...failure("rate_limited", { retryAfterSeconds }), mayHaveLostRace: true });
      }
      const successor = refreshToken({ family: sessionId, generation: generation + 1 });
      if (await rotate(sessionId, generation, refreshTokenHash(successor), now)) {
        counted.refresh("rotated");
        await rotationQuota.count(sessionId);
        return ok(await credential(session.user, { ...session, transport }, successor, now));
      }
      continue;
    }
    if (isPardoned(generation, family, now)) {
      const successor = refreshTokenOfHash(
        { family: sessionId, generation: family.generation },
        family.tokenHash,
      );
      // Made with a secret that this process does not accept: another one can tell what follows, so that nothing is cleared.
      if (successor === null) return err({ ...failure("refresh_invalid"), mayHaveLostRace: true });
      counted.refresh("replayed");
      return ok(await credential(session.user, { ...session, transport }, successor, now));
    }
    if (generation > family.generation) return err({ ...failure("refresh_invalid"), mayHaveLostRace: false });

    const ending = { reason: "refresh_reused" as const, actorId: null, origin, now };
    await revocationFeed().announce(await endDeviceSessions({ id: sessionId }, ending));
    return err({ ...failure("refresh_reused"), mayHaveLostRace: true });
  }
}

/** Only the immediate predecessor, and only within the grace: a time-only grace would let grandparents in. */
const isPardoned = (generation: number, family: Family, now: Date): boolean =>
  generation === family.generation - 1 &&
  now.getTime() - family.rotatedAt.getTime() <= graceSeconds(family) * 1000;

const graceSeconds = ({ session }: Family): number =>
  labConditionsOf(session.user.id)?.refreshGraceSeconds ?? env().refreshGraceSeconds;

/** Longer than any answer is under way: within it, a refused refresh may have raced the log-in that replaced its cookie. */
const RACE_MILLISECONDS = 60_000;
const endedJustNow = (endedAt: Date, now: Date) => now.getTime() - endedAt.getTime() < RACE_MILLISECONDS;

/** Of a deleted account only the notice is left; while it is remembered, this browser may hold the cookies of its next account. */
async function wentJustNow(sessionId: string, now: Date): Promise<boolean> {
  await revocationFeed().catchUp(now);
  return revocationFeed().judge(sessionId, "member", now) === "ended";
}

async function credential(
  user: Account,
  device: { id: string; transport: Transport; expiresAt: Date },
  refresh: string,
  now: Date,
): Promise<Issued> {
  const { id, transport, expiresAt } = device;
  const ttlSeconds = labConditionsOf(user.id)?.accessTokenTtlSeconds;
  const access = await labStep(SIGN_TOKEN, () => signAccessToken(user, device, now, ttlSeconds));
  const issued = {
    user,
    session: { id, mode: "jwt" as const, transport, expiresAt, credentialExpiresAt: access.expiresAt },
  };
  if (transport === "bearer") {
    const expiresIn = Math.floor((access.expiresAt.getTime() - now.getTime()) / 1000);
    return {
      ...issued,
      cookies: [],
      tokens: { accessToken: access.token, tokenType: "Bearer", expiresIn, refreshToken: refresh },
    };
  }
  // The access cookie outlives its token: that it is there tells a page that renewal is worth a try.
  const cookies: CookieChange[] = [
    { name: "access", value: access.token, expiresAt },
    { name: "refresh", value: refresh, expiresAt },
  ];
  return { ...issued, cookies };
}

export const jwtStrategy: AuthStrategy = {
  mode: "jwt",
  transports: ["cookie", "bearer"],
  cookies: ["access", "refresh"],
  authenticate,
  namedSession,
  issue,
  restate,
};
