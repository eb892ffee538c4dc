/** Lab identities leave nothing behind, and what the Lab does to a database it does to its own requests only. */
import { changeRole } from "@/lib/auth/account/store";
import { authenticate } from "@/lib/auth/authenticate";
import type { Mode } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { can, type Action } from "@/lib/auth/permissions";
import { renew } from "@/lib/auth/strategies/jwt/strategy";
import { recordEvent } from "@/lib/db/audit";
import { db, isStorageFailure } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { renameUser, searchUsers } from "@/lib/db/users";
import { discardIdentity, newIdentity, signIn, type Device } from "@/lib/lab/identities";
import { withLabConditions, type Conditions } from "@/lib/trace/lab-scope";
import { expect, test } from "../support/database";
import { carrying, codeOf, newAccount, NOW, ORIGIN } from "./situation";

// Until it has heard something it believes no token.
test.beforeAll(() => revocationFeed().catchUp(new Date()));

const carrierOf = ({ cookies, tokens }: Device) =>
  tokens ? carrying({}, tokens.accessToken) : carrying(Object.fromEntries(cookies));

test("a discarded identity is gone with its sessions, tokens and events, and what it held is refused", async () => {
  const identity = await newIdentity(new Date());
  const { id } = identity.user;
  const devices = [
    await signIn(identity, "session"),
    await signIn(identity, "jwt"),
    await signIn(identity, "jwt", { transport: "bearer" }),
  ];
  for (const device of devices) expect(codeOf(await authenticate(carrierOf(device), new Date()))).toBe("ok");

  await discardIdentity(id);
  for (const device of devices)
    expect(codeOf(await authenticate(carrierOf(device), new Date()))).toBe("session_ended");
  const renewed = await renew(devices[1]!.cookies.get("refresh")!, {
    now: new Date(),
    origin: ORIGIN,
    transport: "cookie",
    rotationQuota: { wouldRefuse: async () => null, count: async () => {} },
  });
  expect(codeOf(renewed)).toBe("session_ended");

  const sessions = devices.map(({ sessionId }) => sessionId);
  expect([
    await db().user.count({ where: { id } }),
    await db().deviceSession.count({ where: { userId: id } }),
    await db().refreshToken.count({ where: { sessionId: { in: sessions } } }),
    await db().auditEvent.count({ where: { subjectId: id } }),
  ]).toEqual([0, 0, 0, 0]);
});

test("nothing that discards identities discards a person", async () => {
  const person = await newAccount();
  await recordEvent({ type: "logged_in", at: NOW, actorId: person.id, subjectId: person.id, ...ORIGIN });
  await discardIdentity(person.id);
  expect(await db().user.count({ where: { id: person.id } })).toBe(1);
  expect(await db().auditEvent.count({ where: { subjectId: person.id } })).toBe(1);
});

test("is never listed among people", async () => {
  const { user } = await newIdentity(new Date());
  expect((await searchUsers("", 100)).map(({ id }) => id)).not.toContain(user.id);
  expect(await searchUsers(user.email, 100)).toEqual([]);
  await discardIdentity(user.id);
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

for (const mode of ["session", "jwt"] satisfies Mode[])
  test(`conditions for another account weaken nothing, in ${mode} mode`, async () => {
    const [identity, other] = [await newIdentity(new Date()), await newIdentity(new Date())];
    const device = await signIn(identity, mode);
    await discardIdentity(identity.user.id);
    const foreign: Conditions = { userId: other.user.id, revocationFeed: "off" };
    const verdict = await withLabConditions(foreign, () => authenticate(carrierOf(device), new Date()));
    expect(codeOf(verdict)).toBe("session_ended");
    await discardIdentity(other.user.id);
  });

test("a statement that was made to fail counts as one that was sent, and as the database's fault", async () => {
  const person = await newAccount();
  const { queries, error } = await withQueryTrace(async (trace) => {
    const failing = () => renameUser(person.id, "Grace");
    const error: unknown = await withLabConditions({ userId: "lab", database: "fails" }, failing).catch(
      (error: unknown) => error,
    );
    return { queries: trace.queries, error };
  });
  expect(queries).toBe(1);
  expect(isStorageFailure(error)).toBe(true);
  expect(await renameUser(person.id, "Grace")).toMatchObject({ name: "Grace" });
});

test("a write and a transaction that stall keep nobody else's writes waiting, and write nothing", async () => {
  const person = await newAccount();
  const { id } = person;
  let over = 0;
  const writes: (() => Promise<unknown>)[] = [
    () => renameUser(id, "Grace"),
    () =>
      db().$transaction((transaction) =>
        transaction.user.updateMany({ where: { id }, data: { name: "Grace" } }),
      ),
  ];
  const stalled = writes.map((write) =>
    withLabConditions({ userId: "lab", database: "stalls" }, write).catch((error: unknown) => {
      over += 1;
      return error;
    }),
  );
  expect(await renameUser(id, "Ada")).toMatchObject({ name: "Ada" });
  expect(over, "the write of somebody else waited for neither").toBe(0);
  for (const outcome of await Promise.all(stalled)) expect(isStorageFailure(outcome)).toBe(true);
  expect(await db().user.findFirst({ where: { id }, select: { name: true } })).toEqual({ name: "Ada" });
});
