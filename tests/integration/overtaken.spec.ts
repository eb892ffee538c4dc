/** Requests that were overtaken while they waited: what they issue, and what others hear of them, is judged as things are when they write. */
import { changePassword } from "@/lib/accounts/change-password";
import { logIn } from "@/lib/accounts/log-in";
import { deleteOwnAccount } from "@/lib/accounts/profile";
import { changeRole } from "@/lib/auth/account/store";
import { authenticate, strategies } from "@/lib/auth/authenticate";
import { MODES, type Account, type Carrier, type Issued, type Role } from "@/lib/auth/contract";
import { RevocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { hashPassword } from "@/lib/auth/password/password";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { createUser } from "@/lib/db/users";
import { expect, LEAST_COST, test } from "../support/database";
import { rounds } from "../support/rounds";

const PASSWORD = "correct horse battery";

/** Of everybody here; the same password once more; and another one. */
let passwordHash = "";
let upgraded = "";
let replacement = "";

test.beforeAll(async () => {
  // Whoever compares is overtaken by a write: it must take longer than one.
  env().bcryptCost = 10;
  [passwordHash, upgraded, replacement] = (await Promise.all(
    [PASSWORD, PASSWORD, "another horse battery"].map(hashPassword),
  )) as [string, string, string];
});

test.afterAll(async () => {
  env().bcryptCost = LEAST_COST;
  // The next file of this worker finds the database as it would have without this one.
  await db().user.deleteMany();
});

const origin = { ip: "203.0.113.7", userAgent: "tests" };
const nothing: Carrier = { headers: { get: () => null }, cookies: { get: () => undefined } };

async function account(role: Role = "member"): Promise<Account> {
  const id = randomId();
  const user = { id, email: `${id.toLowerCase()}@example.com`, name: "Ada", role };
  await createUser({ ...user, passwordHash, preferredMode: "jwt", createdAt: new Date() });
  return user;
}

async function signedIn(mode: "session" | "jwt", user: Account) {
  const issued = await strategies[mode].issue(user, {
    now: new Date(),
    transport: "cookie",
    origin,
    event: "logged_in",
  });
  if (!issued.ok) throw new Error(issued.failure.code);
  return issued.value;
}

const carrierOf = ({ cookies }: Issued): Carrier => ({
  headers: { get: () => null },
  cookies: {
    get: (name) => cookies.find((cookie) => cookie.name === name && cookie.value) as { value: string },
  },
});

for (const mode of MODES) {
  test(`a log-in whose password was changed while it was compared is refused and leaves no device session: ${mode}`, async () => {
    for (let round = 0; round < rounds(5, 2); round += 1) {
      const user = await account();
      const { email, id } = user;
      const late = logIn({ email, password: PASSWORD, mode }, { now: new Date(), origin, carrier: nothing });
      await db().user.update({ where: { id }, data: { passwordHash: replacement } });
      expect(await late).toMatchObject({ ok: false, failure: { code: "invalid_credentials" } });
      expect(await db().deviceSession.count({ where: { userId: id } })).toBe(0);
    }
  });

  test(`a log-in whose hash was merely upgraded while it was compared succeeds: ${mode}`, async () => {
    const user = await account();
    const { email, id } = user;
    const late = logIn({ email, password: PASSWORD, mode }, { now: new Date(), origin, carrier: nothing });
    await db().user.update({ where: { id }, data: { passwordHash: upgraded } });
    expect(await late).toMatchObject({ ok: true });
    expect(await db().deviceSession.count({ where: { userId: id } })).toBe(1);
  });

  test(`what is issued claims the role that the account has then, not the one it was read with: ${mode}`, async () => {
    const user = await account("admin");
    await account("admin");
    await changeRole(user.id, "member", { actorId: null, origin, now: new Date() });
    const issued = await signedIn(mode, user);
    expect(issued.user.role).toBe("member");
    const verdict = await authenticate(carrierOf(issued), new Date());
    // This process polls nothing here, so that only what was issued can tell.
    if (verdict.ok) expect(verdict.value.user.role).toBe("member");
  });
}

test("a deletion whose password was changed while it was compared is refused, and undoes nothing", async () => {
  for (let round = 0; round < rounds(5, 2); round += 1) {
    const user = await account();
    const { id } = user;
    const caller = { user, session: (await signedIn("jwt", user)).session };
    const late = deleteOwnAccount(caller, PASSWORD, { now: new Date(), origin, carrier: nothing });
    await db().user.update({ where: { id }, data: { passwordHash: replacement } });
    expect(await late).toMatchObject({ ok: false, failure: { code: "invalid_credentials" } });
    expect(await db().user.count({ where: { id } })).toBe(1);
    expect(await db().deviceSession.count({ where: { userId: id, endedAt: null } })).toBe(1);
  }
});

test("a deletion whose hash was merely upgraded while it was compared succeeds", async () => {
  const user = await account();
  const { id } = user;
  const caller = { user, session: (await signedIn("jwt", user)).session };
  const late = deleteOwnAccount(caller, PASSWORD, { now: new Date(), origin, carrier: nothing });
  await db().user.update({ where: { id }, data: { passwordHash: upgraded } });
  expect(await late).toMatchObject({ ok: true });
  expect(await db().user.count({ where: { id } })).toBe(0);
});

test("a process hears of an end although the request behind it had waited for a minute before it wrote", async () => {
  const user = await account();
  const [device, other] = [await signedIn("jwt", user), await signedIn("jwt", user)];
  const elsewhere = new RevocationFeed();
  await elsewhere.catchUp(new Date());
  const caller = { user, session: device.session };
  const longAgo = { now: new Date(Date.now() - 60_000), origin, carrier: nothing };
  const changed = await changePassword(
    caller,
    { currentPassword: PASSWORD, newPassword: "another horse battery" },
    longAgo,
  );
  expect(changed.ok).toBe(true);
  await elsewhere.catchUp(new Date());
  for (const { session } of [device, other])
    expect(elsewhere.judge(session.id, "member", new Date())).toBe("ended");
});

test("of two roles the one written last is known everywhere, though its request came first or in the same millisecond", async () => {
  const user = await account();
  await account("admin");
  const device = await signedIn("jwt", user);
  const now = new Date();
  const elsewhere = new RevocationFeed();
  for (const [role, at] of [
    ["admin", now],
    ["member", now],
    ["admin", new Date(now.getTime() - 5_000)],
  ] as const)
    await changeRole(user.id, role, { actorId: null, origin, now: at });
  await elsewhere.catchUp(new Date());
  expect(elsewhere.judge(device.session.id, "admin", new Date())).toBe("good");
  expect(elsewhere.judge(device.session.id, "member", new Date())).toBe("stale");
});
