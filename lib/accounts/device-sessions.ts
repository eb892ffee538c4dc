/** A person's signed-in devices: listing them, ending one, ending all, logging out. */
import { namedSessions } from "@/lib/auth/authenticate";
import type { Ending, Mode, Principal } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { endDeviceSessions, findLiveDeviceSessions } from "@/lib/auth/device-sessions/store";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import type { Visit } from "./visit";

export type DeviceSessionView = {
  id: string;
  mode: Mode;
  current: boolean;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  userAgent: string;
  ip: string;
};

/** Live ones only, the one last seen first. */
export const listDeviceSessions = (caller: Principal, now: Date): Promise<DeviceSessionView[]> =>
  liveDeviceSessions(caller.user.id, caller.session.id, now);

export async function liveDeviceSessions(
  userId: string,
  currentId: string,
  now: Date,
): Promise<DeviceSessionView[]> {
  const rows = await findLiveDeviceSessions(userId, now);
  return rows.map(({ idleExpiresAt, expiresAt, ...row }) => ({
    ...row,
    current: row.id === currentId,
    expiresAt: idleExpiresAt && idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt,
  }));
}

/** `not_found`, also for somebody else's device session: its existence is nobody's business. */
export async function endDeviceSession(
  caller: Principal,
  id: string,
  visit: Visit,
): Promise<Result<null, Failure>> {
  const ended = await end({ id, userId: caller.user.id }, { ...by(caller, visit), reason: "ended_by_owner" });
  return ended === 0 ? err(failure("not_found")) : ok(null);
}

/** Returns how many ended. */
export function endAllDeviceSessions(caller: Principal, keepCurrent: boolean, visit: Visit): Promise<number> {
  const others = keepCurrent ? { id: { not: caller.session.id } } : {};
  return end({ userId: caller.user.id, ...others }, { ...by(caller, visit), reason: "ended_by_owner" });
}

/** Ends whatever this request's credentials name, good or merely expired; there may be nothing to end. */
export async function logOut({ carrier, origin, now }: Visit): Promise<void> {
  const ids = await namedSessions(carrier, now);
  if (ids.length > 0) await end({ id: { in: ids } }, { reason: "logout", actorId: null, origin, now });
}

const by = (caller: Principal, { origin, now }: Visit) => ({ actorId: caller.user.id, origin, now });

async function end(where: Parameters<typeof endDeviceSessions>[0], ending: Ending): Promise<number> {
  const notices = await endDeviceSessions(where, ending);
  await revocationFeed().announce(notices);
  return notices.length;
}
