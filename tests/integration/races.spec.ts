/** Two processes at once, each in the middle of its transaction: whoever comes second waits, and then judges by what the first one did. */
import { changeRole, deleteAccount } from "@/lib/auth/account/store";
import type { Account, IssueContext } from "@/lib/auth/contract";
import { beginDeviceSession, endDeviceSessionsIn } from "@/lib/auth/device-sessions/store";
import { findFamily, rotate } from "@/lib/auth/strategies/jwt/store";
import { db, inTransaction } from "@/lib/db/client";
import { removeIdentity } from "@/lib/lab/store";
import { expect, onPostgres, test } from "../support/database";
import { connected } from "../support/postgres";
import { rounds } from "../support/rounds";
import { after, issued, newAccount, NOW, ORIGIN } from "./situation";

const HASH = { verified: "none", replacement: "another" };

/** Resolves once somebody waits for a row; on SQLite at once, where whoever comes second waits for its turn. */
async function somebodyWaits(databaseUrl: string): Promise<void> {
  if (!onPostgres) return;
  await connected(databaseUrl, (client) =>
    expect
      .poll(async () => {
        const { rows } = await client.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return rows.length;
      })
      .toBeGreaterThan(0),
  );
}

/** A log-in that has written its device session and not committed it: `commit` lets it go on. */
async function loggingIn(user: Account, more: Partial<IssueContext> = {}) {
  let commit = () => {};
  const mayCommit = new Promise<void>((resolve) => (commit = resolve));
  let written = () => {};
  const hasWritten = new Promise<void>((resolve) => (written = resolve));
  const context = { now: NOW, transport: "cookie", origin: ORIGIN, event: "logged_in", ...more } as const;
  const done = beginDeviceSession(
    user.id,
    { mode: "session", expiresAt: after(3600), idleExpiresAt: null },
    context,
    async () => {
      written();
      await mayCommit;
    },
  );
  await hasWritten;
  return {
    async commit() {
      commit();
      const begun = await done;
      if (!begun) throw new Error("The log-in was refused.");
      return begun;
    },
  };
}

/** Lets `second` begin while the log-in is under way, and both end. */
async function besides<T>(databaseUrl: string, user: Account, second: () => Promise<T>) {
  const first = await loggingIn(user);
  const waiting = second();
  await somebodyWaits(databaseUrl);
  const begun = await first.commit();
  return { sid: begun.device.id, begun, result: await waiting };
}

test("an account deleted while somebody logs in leaves a notice for that device session too", async ({
  databaseUrl,
}) => {
  const user = await newAccount();
  const { sid, result } = await besides(databaseUrl, user, () =>
    deleteAccount(user.id, { adminId: null, origin: ORIGIN, now: NOW }),
  );
  expect(result).toMatchObject({ ok: true, value: [{ sid, role: null }] });
  expect(await db().revocation.count({ where: { sid } })).toBe(1);
  expect(await db().deviceSession.count({ where: { id: sid } })).toBe(0);
});

test("a role changed while somebody logs in makes what that log-in was issued stale", async ({
  databaseUrl,
}) => {
  const user = await newAccount();
  const { sid, begun, result } = await besides(databaseUrl, user, () =>
    changeRole(user.id, "editor", { actorId: null, origin: ORIGIN, now: NOW }),
  );
  expect(begun.user.role).toBe("member");
  expect(result).toMatchObject({ ok: true, value: { notices: [{ sid, role: "editor" }] } });
});

test("a password changed while somebody logs in with the old one ends that device session", async ({
  databaseUrl,
}) => {
  const user = await newAccount();
  const { sid, result } = await besides(databaseUrl, user, () =>
    beginDeviceSession(
      user.id,
      { mode: "session", expiresAt: after(3600), idleExpiresAt: null },
      {
        ...{ now: NOW, transport: "cookie", origin: ORIGIN, event: "password_changed" },
        replaces: { sessions: "all", reason: "password_changed" },
        newPasswordHash: HASH,
      },
    ),
  );
  expect(result?.notices.map((notice) => notice.sid)).toEqual([sid]);
});

test("a log-in with a password that is being changed is refused once it is", async ({ databaseUrl }) => {
  const user = await newAccount();
  const first = await loggingIn(user, { event: "password_changed", newPasswordHash: HASH });
  const late = beginDeviceSession(
    user.id,
    { mode: "session", expiresAt: after(3600), idleExpiresAt: null },
    {
      ...{ now: NOW, transport: "cookie", origin: ORIGIN, event: "logged_in" },
      verifiedPasswordHash: HASH.verified,
    },
  );
  await somebodyWaits(databaseUrl);
  const { device } = await first.commit();
  expect(await late).toBeNull();
  const live = await db().deviceSession.findMany({ where: { userId: user.id }, select: { id: true } });
  expect(live).toEqual([{ id: device.id }]);
});

test("a lab identity removed while it signs in leaves a notice for that device session too", async ({
  databaseUrl,
}) => {
  const user = await newAccount();
  await db().user.update({ where: { id: user.id }, data: { labExpiresAt: after(3600) } });
  const { sid, result } = await besides(databaseUrl, user, () => removeIdentity(user.id, NOW));
  expect(result).toMatchObject([{ sid, role: null }]);
});

test("a refresh that meets a log-out under way waits, and then rotates nothing", async ({ databaseUrl }) => {
  const { session } = await issued("jwt", await newAccount());
  let commit = () => {};
  const mayCommit = new Promise<void>((resolve) => (commit = resolve));
  let written = () => {};
  const hasWritten = new Promise<void>((resolve) => (written = resolve));
  const ending = inTransaction(async (transaction) => {
    const reason = { reason: "logout" as const, actorId: null, origin: ORIGIN, now: NOW };
    await endDeviceSessionsIn(transaction, { id: session.id }, reason);
    written();
    await mayCommit;
  });
  await hasWritten;
  const rotating = rotate(session.id, 0, "next", NOW);
  await somebodyWaits(databaseUrl);
  commit();
  await ending;
  expect(await rotating).toBe(false);
  expect(await findFamily(session.id)).toMatchObject({ generation: 0, session: { endReason: "logout" } });
});

test("of administrators who remove each other at once one stays, by demotion and by deletion", async () => {
  await db().user.deleteMany({ where: { role: "admin" } });
  for (let round = 0; round < rounds(8, 3); round += 1) {
    const admins = await Promise.all([1, 2, 3].map(() => newAccount({ role: "admin" })));
    const outcomes = await Promise.all(
      admins.map(({ id }, n) =>
        n % 2 === round % 2
          ? deleteAccount(id, { adminId: null, origin: ORIGIN, now: NOW })
          : changeRole(id, "member", { actorId: null, origin: ORIGIN, now: NOW }),
      ),
    );
    expect(outcomes.filter((outcome) => !outcome?.ok)).toHaveLength(1);
    expect(await db().user.count({ where: { role: "admin" } })).toBe(1);
    await db().user.deleteMany({ where: { role: "admin" } });
  }
});

test("of roles given at once the one that stays is the one that is told last", async () => {
  const user = await newAccount();
  const { session } = await issued("jwt", user);
  for (let round = 0; round < rounds(8, 3); round += 1) {
    await Promise.all(
      (["member", "editor", "admin"] as const).map((role) =>
        changeRole(user.id, role, { actorId: null, origin: ORIGIN, now: NOW }),
      ),
    );
    const { role } = await db().user.findFirstOrThrow({ where: { id: user.id } });
    const told = await db().revocation.findMany({
      where: { sid: session.id },
      orderBy: { createdAt: "desc" },
    });
    expect(told[0]?.role).toBe(role);
    expect(new Set(told.map(({ createdAt }) => createdAt.getTime())).size).toBe(told.length);
    await changeRole(user.id, "member", { actorId: null, origin: ORIGIN, now: NOW });
  }
});
