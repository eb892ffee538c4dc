/** Session mode: the cookie seals an id, and every request reads the row behind it. */
import type {
  Account,
  AuthStrategy,
  Carrier,
  IssueContext,
  Issued,
  Principal,
  Verdict,
} from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { beginDeviceSession } from "@/lib/auth/device-sessions/store";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { log } from "@/lib/log/log";
import { labStep } from "@/lib/trace/lab-scope";
import { openSealOnce } from "./opened-seals";
import { carriedSeal, openSessionSeal, sealSessionId } from "./seal.edge";
import { findSession, TOUCH_MILLISECONDS, touchSession } from "./store";

async function authenticate(carrier: Carrier, now: Date): Promise<Verdict | null> {
  const seal = carriedSeal(carrier);
  if (seal === null) return null;
  const opened = await labStep(OPEN_SEAL, () => openSealOnce(seal, now));
  if (!opened.ok) return err({ ...opened.failure, badCookie: "session" });

  const found = await findSession(opened.value, now);
  if (!found.ok) return found;
  const row = found.value;
  if (!row || row.session.endedAt) return err({ ...failure("session_ended"), badCookie: "session" });
  if (sessionEnd(row.session) <= now) return err({ ...failure("session_expired"), badCookie: "session" });

  const notSince = new Date(now.getTime() - TOUCH_MILLISECONDS);
  const isTouched = row.session.lastSeenAt < notSince;
  if (isTouched) {
    // Not awaited: the request is answered from the row just read, and a locked database must not delay it.
    touchSession(row.session.id, now, idleEnd(now), notSince).catch((error: unknown) =>
      log().warn({ err: error }, "lastSeenAt not written"),
    );
  }
  const { id, transport } = row.session;
  // This visit has moved the sliding end, whether or not that is written yet.
  const expiresAt = sessionEnd(isTouched ? { ...row.session, idleExpiresAt: idleEnd(now) } : row.session);
  return ok({
    user: row.user,
    session: { id, mode: "session", transport, expiresAt, credentialExpiresAt: expiresAt },
  });
}

const OPEN_SEAL = { lane: "handler", name: "open the seal" } as const;

async function namedSession(carrier: Carrier): Promise<string | null> {
  const seal = carriedSeal(carrier);
  const opened = seal === null ? null : await openSessionSeal(seal);
  return opened?.ok ? opened.value : null;
}

async function issue(
  user: Account,
  context: IssueContext,
): Promise<Result<Issued, Failure<"session_ended">>> {
  const { now, transport } = context;
  const absoluteEnd = new Date(now.getTime() + env().sessionTtlSeconds * 1000);
  const begun = await beginDeviceSession(
    user.id,
    { mode: "session", expiresAt: absoluteEnd, idleExpiresAt: idleEnd(now) },
    context,
  );
  if (!begun) return err(failure("session_ended"));
  await revocationFeed().announce(begun.notices);
  const { id } = begun.device;
  const expiresAt = sessionEnd(begun.device);
  return ok({
    user: begun.user,
    session: { id, mode: "session", transport, expiresAt, credentialExpiresAt: expiresAt },
    cookies: [{ name: "session", value: await sealSessionId(id), expiresAt: absoluteEnd }],
  });
}

/** Nothing to restate: the row is read on every request. */
const restate = async (principal: Principal, user: Account): Promise<Issued> => ({
  user,
  session: principal.session,
  cookies: [],
});

const idleEnd = (now: Date) => new Date(now.getTime() + env().sessionIdleTtlSeconds * 1000);

const sessionEnd = ({ idleExpiresAt, expiresAt }: { idleExpiresAt: Date | null; expiresAt: Date }) =>
  idleExpiresAt && idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt;

export const sessionStrategy: AuthStrategy = {
  mode: "session",
  transports: ["cookie"],
  cookies: ["session"],
  authenticate,
  namedSession,
  issue,
  restate,
};
