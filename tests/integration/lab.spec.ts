/** Lab identities: throw-away in truth, and powerless. */
import { can, type Action } from "@/lib/auth/permissions";
import { changeRole } from "@/lib/auth/account/store";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { authenticate } from "@/lib/auth/authenticate";
import { MODES } from "@/lib/auth/contract";
import { db } from "@/lib/db/client";
import { searchUsers } from "@/lib/db/users";
import { discardIdentity, newIdentity, signIn } from "@/lib/lab/identities";
import { expect, test } from "../support/database";

const NO_LIMIT = 100;

const carrierOf = (cookies: Map<string, string>) => ({
  headers: { get: () => null },
  cookies: {
    get: (name: string) => (cookies.has(name) ? { value: cookies.get(name)! } : undefined),
  },
});

test.beforeEach(async () => {
  await revocationFeed().catchUp(new Date());
});

test("is never listed among people", async () => {
  const { user } = await newIdentity(new Date());
  expect((await searchUsers("", NO_LIMIT)).map(({ id }) => id)).not.toContain(user.id);
  expect(await searchUsers(user.email, NO_LIMIT)).toEqual([]);
  await discardIdentity(user.id);
});

for (const mode of MODES) {
  test(`once discarded, what was issued to it in ${mode} mode is refused, and nothing of it is left`, async () => {
    const identity = await newIdentity(new Date());
    const { cookies } = await signIn(identity, mode);
    const { id } = identity.user;
    const before = await authenticate(carrierOf(cookies), new Date());
    expect(before.ok && before.value.user.id).toBe(id);

    await discardIdentity(id);
    const after = await authenticate(carrierOf(cookies), new Date());
    expect(after.ok || after.failure.code).toBe("session_ended");
    expect(await db().user.count({ where: { id } })).toBe(0);
    expect(await db().deviceSession.count({ where: { userId: id } })).toBe(0);
    expect(await db().auditEvent.count({ where: { subjectId: id } })).toBe(0);
  });
}

test("discarding leaves a person's account alone, whatever id it is asked for", async () => {
  const identity = await newIdentity(new Date());
  const { id } = identity.user;
  const { cookies } = await signIn(identity, "session");
  await db().user.updateMany({ where: { id }, data: { labExpiresAt: null } });
  await discardIdentity(id);
  const still = await authenticate(carrierOf(cookies), new Date());
  expect(still.ok).toBe(true);
  expect(await db().auditEvent.count({ where: { subjectId: id } })).toBeGreaterThan(0);
  await db().user.deleteMany({ where: { id } });
});

test("the role that only it may have allows nothing that a member may not do", async () => {
  const { user } = await newIdentity(new Date());
  const changed = await changeRole(user.id, "editor", {
    actorId: null,
    origin: { ip: "", userAgent: "" },
    now: new Date(),
  });
  expect(changed.ok && changed.value?.user.role).toBe("editor");
  const actions: Action[] = [
    "users.list",
    "users.read",
    "users.set-role",
    "users.delete",
    "users.end-sessions",
    "events.read",
    "events.read-all",
  ];
  for (const ownerId of [user.id, "somebody else"]) {
    for (const action of actions) {
      const as = (role: "member" | "editor") => can({ id: user.id, role }, action, { ownerId });
      expect(as("editor"), `${action} on ${ownerId}`).toBe(as("member"));
    }
  }
  await discardIdentity(user.id);
});
