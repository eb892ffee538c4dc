/** What administrators do to other people's accounts; each act asks the database for the actor's role, in both modes. */
import type { z } from "zod";
import { changeRole as storeRole, deleteAccount } from "@/lib/auth/account/store";
import type { Principal, Role } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { can, type Action } from "@/lib/auth/permissions";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { findRole, findUser, searchUsers, type ListedUser } from "@/lib/db/users";
import { liveDeviceSessions, type DeviceSessionView } from "./device-sessions";
import type { usersQuery } from "./input";
import type { Visit } from "./visit";

/** `forbidden` unless the database says, now, that the caller may: a token or a mirror may be behind. */
export async function authorise(caller: Principal, action: Action): Promise<Result<null, Failure>> {
  const role = await findRole(caller.user.id);
  return role && can({ id: caller.user.id, role }, action) ? ok(null) : err(failure("forbidden"));
}

export async function listUsers(
  caller: Principal,
  { query, cursor, limit = 20 }: z.output<typeof usersQuery>,
): Promise<Result<{ users: ListedUser[]; nextCursor: string | null }, Failure>> {
  const allowed = await authorise(caller, "users.list");
  if (!allowed.ok) return allowed;
  const users = await searchUsers(query ?? "", limit + 1, cursor);
  const page = users.slice(0, limit);
  return ok({ users: page, nextCursor: users.length > limit ? (page.at(-1)?.id ?? null) : null });
}

/** `not_found`. */
export async function readUser(
  caller: Principal,
  id: string,
  now: Date,
): Promise<Result<{ user: ListedUser; devices: DeviceSessionView[] }, Failure>> {
  const allowed = await authorise(caller, "users.read");
  if (!allowed.ok) return allowed;
  const user = await findUser(id);
  if (!user) return err(failure("not_found"));
  return ok({ user, devices: await liveDeviceSessions(id, caller.session.id, now) });
}

/** `not_found`, `last_admin`. */
export async function setRole(
  caller: Principal,
  id: string,
  role: Role,
  { origin, now }: Visit,
): Promise<Result<ListedUser, Failure>> {
  const allowed = await authorise(caller, "users.set-role");
  if (!allowed.ok) return allowed;
  const changed = await storeRole(id, role, { actorId: caller.user.id, origin, now });
  if (!changed.ok) return changed;
  if (!changed.value) return err(failure("not_found"));
  await revocationFeed().announce(changed.value.notices);
  const user = await findUser(id);
  return user ? ok(user) : err(failure("not_found"));
}

/** `not_found`, `last_admin`. */
export async function deleteUser(
  caller: Principal,
  id: string,
  { origin, now }: Visit,
): Promise<Result<null, Failure>> {
  const allowed = await authorise(caller, "users.delete");
  if (!allowed.ok) return allowed;
  if (!(await findUser(id))) return err(failure("not_found"));
  const deleted = await deleteAccount(id, { adminId: caller.user.id, origin, now });
  if (!deleted.ok) return deleted;
  await revocationFeed().announce(deleted.value);
  return ok(null);
}

/** Returns how many ended. `not_found`. */
export async function endUserSessions(
  caller: Principal,
  id: string,
  { origin, now }: Visit,
): Promise<Result<number, Failure>> {
  const allowed = await authorise(caller, "users.end-sessions");
  if (!allowed.ok) return allowed;
  if (!(await findUser(id))) return err(failure("not_found"));
  const ending = { reason: "ended_by_admin" as const, actorId: caller.user.id, origin, now };
  const notices = await endDeviceSessions({ userId: id }, ending);
  await revocationFeed().announce(notices);
  return ok(notices.length);
}
