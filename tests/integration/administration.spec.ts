/** Who may administer, judged by the database in the moment of the act; the last administrator cannot be lost; search and pages. */
import { deleteUser, endUserSessions, listUsers, readUser, setRole } from "@/lib/accounts/administration";
import { allEvents } from "@/lib/accounts/activity";
import { deleteOwnAccount } from "@/lib/accounts/profile";
import { MODES, type Account, type Carrier, type Mode, type Principal, type Role } from "@/lib/auth/contract";
import { hashPassword } from "@/lib/auth/password/password";
import { can, type Action } from "@/lib/auth/permissions";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { createUser } from "@/lib/db/users";
import { expect, test } from "../support/database";
import { rounds } from "../support/rounds";

const PASSWORD = "correct horse battery";
const carrier: Carrier = { headers: { get: () => null }, cookies: { get: () => undefined } };
const visit = () => ({ now: new Date(), origin: { ip: "203.0.113.6", userAgent: "tests" }, carrier });

let passwordHash = "";
test.beforeAll(async () => void (passwordHash = await hashPassword(PASSWORD)));
test.beforeEach(async () => void (await db().user.deleteMany()));

// The next file of this worker finds the database as it would have without this one.
test.afterAll(async () => void (await db().user.deleteMany()));

let clock = Date.now();
async function account(role: Role, more: Partial<Account> = {}): Promise<Account> {
  const id = randomId();
  const user = { id, email: `${id.toLowerCase()}@example.com`, name: "Ada", role, ...more };
  await createUser({ ...user, passwordHash, preferredMode: "jwt", createdAt: new Date((clock += 1000)) });
  return user;
}

/** The caller as a credential of this mode claims to be: of what the claims say, only the id is believed. */
const claiming = (user: Account, role: Role, mode: Mode): Principal => ({
  user: { ...user, role },
  session: {
    id: randomId(),
    mode,
    transport: "cookie",
    expiresAt: new Date(Date.now() + 60_000),
    credentialExpiresAt: new Date(Date.now() + 60_000),
  },
});

const admins = () => db().user.count({ where: { role: "admin" } });
const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } }) =>
  result.ok ? "ok" : result.failure.code;

const TABLE: Record<Action, { member: boolean; admin: boolean; owner: boolean }> = {
  "users.list": { member: false, admin: true, owner: false },
  "users.read": { member: false, admin: true, owner: false },
  "users.set-role": { member: false, admin: true, owner: false },
  "users.delete": { member: false, admin: true, owner: false },
  "users.end-sessions": { member: false, admin: true, owner: false },
  "events.read": { member: false, admin: false, owner: true },
  "events.read-all": { member: false, admin: true, owner: false },
};

for (const [action, allowed] of Object.entries(TABLE)) {
  test(`${action} is for ${Object.entries(allowed)
    .flatMap(([who, may]) => (may ? [who] : []))
    .join(" and ")} alone`, () => {
    const others = { ownerId: "somebody else" };
    expect(can({ id: "me", role: "member" }, action as Action, others)).toBe(allowed.member);
    expect(can({ id: "me", role: "admin" }, action as Action, others)).toBe(allowed.admin);
    expect(can({ id: "me", role: "member" }, action as Action, { ownerId: "me" })).toBe(allowed.owner);
    // Without a resource nobody owns it.
    expect(can({ id: "me", role: "member" }, action as Action)).toBe(false);
  });
}

const ACTS: Record<
  string,
  (caller: Principal, id: string) => Promise<{ ok: true } | { ok: false; failure: { code: string } }>
> = {
  "listing accounts": (caller) => listUsers(caller, {}),
  "reading an account": (caller, id) => readUser(caller, id, new Date()),
  "giving a role": (caller, id) => setRole(caller, id, "admin", visit()),
  "ending device sessions": (caller, id) => endUserSessions(caller, id, visit()),
  "reading everybody's events": (caller) => allEvents(caller),
  "deleting an account": (caller, id) => deleteUser(caller, id, visit()),
};

for (const mode of MODES) {
  for (const [name, act] of Object.entries(ACTS)) {
    test(`${name} asks the database for the role, whatever the credential claims: ${mode}`, async () => {
      const [admin, member, target] = [
        await account("admin"),
        await account("member"),
        await account("member"),
      ];
      expect(codeOf(await act(claiming(member, "admin", mode), target.id))).toBe("forbidden");
      const before = await db().user.findUniqueOrThrow({ where: { id: target.id } });
      expect(before.role).toBe("member");
      expect(codeOf(await act(claiming(admin, "member", mode), target.id))).toBe("ok");
      const gone = await account("admin");
      await db().user.delete({ where: { id: gone.id } });
      expect(codeOf(await act(claiming(gone, "admin", mode), admin.id))).toBe("forbidden");
    });
  }
}

test("what is done to nobody is not_found", async () => {
  const caller = claiming(await account("admin"), "admin", "jwt");
  for (const [name, act] of Object.entries(ACTS))
    if (!/listing|everybody/.test(name)) expect(codeOf(await act(caller, "nobody")), name).toBe("not_found");
});

test("the last administrator can be neither demoted nor deleted, not by itself either, and stays as it was", async () => {
  const only = await account("admin");
  await account("member");
  const caller = claiming(only, "admin", "jwt");
  expect(codeOf(await setRole(caller, only.id, "member", visit()))).toBe("last_admin");
  expect(codeOf(await deleteUser(caller, only.id, visit()))).toBe("last_admin");
  expect(codeOf(await deleteOwnAccount(caller, PASSWORD, visit()))).toBe("last_admin");
  expect(await admins()).toBe(1);
  expect(
    await db().auditEvent.count({
      where: { type: { in: ["role_changed", "account_deleted"] }, subjectId: only.id },
    }),
  ).toBe(0);
  // With a second one it may go.
  await account("admin");
  expect(codeOf(await deleteOwnAccount(caller, PASSWORD, visit()))).toBe("ok");
  expect(await admins()).toBe(1);
});

const REMOVALS: Record<string, (caller: Principal, id: string) => ReturnType<(typeof ACTS)[string]>> = {
  demote: (caller, id) => setRole(caller, id, "member", visit()),
  delete: (caller, id) => deleteUser(caller, id, visit()),
};

for (const [first, one] of Object.entries(REMOVALS)) {
  for (const [second, another] of Object.entries(REMOVALS)) {
    test(`two administrators who ${first} and ${second} each other at the same moment leave exactly one`, async () => {
      for (let round = 0; round < rounds(20); round += 1) {
        const [a, b] = [await account("admin"), await account("admin")];
        const outcomes = await Promise.all([
          one(claiming(a, "admin", "jwt"), b.id),
          another(claiming(b, "admin", "session"), a.id),
        ]);
        expect(
          outcomes.filter(({ ok }) => ok),
          `round ${round}`,
        ).toHaveLength(1);
        expect(["last_admin", "forbidden"]).toContain(codeOf(outcomes.find(({ ok }) => !ok)!));
        expect(await admins(), `round ${round}`).toBe(1);
        await db().user.deleteMany();
      }
    });
  }
}

test("two administrators who delete their own accounts at the same moment leave one", async () => {
  for (let round = 0; round < rounds(5, 2); round += 1) {
    const both = [await account("admin"), await account("admin")];
    const outcomes = await Promise.all(
      both.map((user) => deleteOwnAccount(claiming(user, "admin", "jwt"), PASSWORD, visit())),
    );
    expect(outcomes.map(codeOf).sort()).toEqual(["last_admin", "ok"]);
    expect(await admins()).toBe(1);
    await db().user.deleteMany();
  }
});

test("three administrators who all demote themselves at the same moment leave one", async () => {
  for (let round = 0; round < rounds(20); round += 1) {
    const all = [await account("admin"), await account("admin"), await account("admin")];
    await Promise.all(all.map((user) => setRole(claiming(user, "admin", "jwt"), user.id, "member", visit())));
    expect(await admins()).toBe(1);
    await db().user.deleteMany();
  }
});

test("accounts come newest first, in pages without gap or repetition, also when one of them goes meanwhile", async () => {
  const caller = claiming(await account("admin"), "admin", "jwt");
  for (let n = 0; n < 24; n += 1) await account("member");
  const expected = await db().user.findMany({ orderBy: { createdAt: "desc" }, select: { id: true } });
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await listUsers(caller, { limit: 10, cursor });
    if (!page.ok) throw new Error(page.failure.code);
    seen.push(...page.value.users.map(({ id }) => id));
    if (!page.value.nextCursor) break;
    expect(page.value.users).toHaveLength(10);
    cursor = page.value.nextCursor;
  }
  expect(seen).toEqual(expected.map(({ id }) => id));
  // A cursor whose account has gone begins anew rather than ending the list.
  await db().user.delete({ where: { id: seen[9]! } });
  const next = await listUsers(caller, { limit: 10, cursor: seen[9] });
  expect(next.ok && next.value.users.length).toBe(10);
  const standard = await listUsers(caller, {});
  expect(standard.ok && standard.value.users.length).toBe(20);
});

test("a search finds parts of email and name, is no SQL, and shows no hash", async () => {
  const caller = claiming(await account("admin", { name: "Root" }), "admin", "jwt");
  await account("member", { email: "grace@navy.example", name: "Grace Hopper" });
  await account("member", { email: "alan@bletchley.example", name: "Alan_Turing" });
  const found = async (query: string) => {
    const page = await listUsers(caller, { query });
    if (!page.ok) throw new Error(page.failure.code);
    expect(JSON.stringify(page.value)).not.toContain("bcrypt");
    return page.value.users.map(({ name }) => name);
  };
  expect(await found("navy")).toEqual(["Grace Hopper"]);
  expect(await found("NAVY.Example")).toEqual(["Grace Hopper"]);
  expect(await found("Hopper")).toEqual(["Grace Hopper"]);
  expect(await found("nobody at all")).toEqual([]);
  expect(await found("n_T")).toEqual(["Alan_Turing"]);
  expect(await found('\'; DROP TABLE "User"; --')).toEqual([]);
});

test("a search takes every character of what is searched for as it is", async () => {
  const caller = claiming(
    await account("admin", { name: "Root", email: "root@example.com" }),
    "admin",
    "jwt",
  );
  const names = ["100% sure", "100 per cent", "a_b", "axb", "wow!", "back\\slash", "it's"];
  for (const [n, name] of names.entries()) await account("member", { name, email: `person${n}@example.com` });
  const found = async (query: string) => {
    const page = await listUsers(caller, { query });
    if (!page.ok) throw new Error(page.failure.code);
    return page.value.users.map(({ name }) => name);
  };
  for (const [query, name] of [
    ["%", "100% sure"],
    ["0% S", "100% sure"],
    ["_", "a_b"],
    ["A_B", "a_b"],
    ["!", "wow!"],
    ["\\", "back\\slash"],
    ["'", "it's"],
  ] as const)
    expect(await found(query), query).toEqual([name]);
  for (const query of ["%%", "1%sure", "a_x", "!%"]) expect(await found(query), query).toEqual([]);
});
