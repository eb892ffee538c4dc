/** Rows whose time is over go in small batches and nothing else does; and whatever is asked often is found by an index. */
import { createRequire } from "node:module";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { endAllDeviceSessions, endDeviceSession, listDeviceSessions } from "@/lib/accounts/device-sessions";
import { changeRole, deleteAccount } from "@/lib/auth/account/store";
import { findEvents } from "@/lib/db/audit";
import { strategies } from "@/lib/auth/authenticate";
import type { Principal } from "@/lib/auth/contract";
import { findNoticesSince } from "@/lib/auth/device-sessions/store";
import { findFamily, rotate } from "@/lib/auth/strategies/jwt/store";
import { findSession, touchSession } from "@/lib/auth/strategies/session/store";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { MOST_LAB_RUNS, PRUNE_BATCH, pruneOnce } from "@/lib/db/expired";
import { findUserForLogIn, searchUsers } from "@/lib/db/users";
import { takeSignUp } from "@/lib/limits/quotas";
import { withRedis } from "../support/redis";
import { expect, onPostgres, test } from "../support/database";
import { rounds } from "../support/rounds";

const empty = async () => {
  for (const table of ["User", "Revocation", "AuditEvent", "RateLimit", "LabRun"])
    await db().$executeRawUnsafe(`DELETE FROM "${table}"`);
};
test.beforeEach(empty);
// The next file of this worker finds the database as it would have without this one.
test.afterAll(empty);

const DAY = 24 * 60 * 60 * 1000;
const now = new Date();
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY);
const inDays = (days: number) => daysAgo(-days);
const RETENTION_DAYS = 400;

async function newUser() {
  const id = randomId();
  return db().user.create({
    data: {
      id,
      email: `${id.toLowerCase()}@example.com`,
      name: "Ada",
      passwordHash: "none",
      role: "member",
      preferredMode: "jwt",
      createdAt: now,
    },
  });
}

const session = (userId: string, more: { expiresAt: Date; endedAt?: Date }) => ({
  id: randomId(),
  userId,
  mode: "jwt" as const,
  transport: "cookie" as const,
  createdAt: daysAgo(40),
  lastSeenAt: daysAgo(40),
  userAgent: "tests",
  ip: "203.0.113.8",
  ...more,
});

test("a lab identity goes when its time is over, with its events; people and their events stay", async () => {
  const person = await newUser();
  const identity = await newUser();
  await db().user.updateMany({ where: { id: identity.id }, data: { labExpiresAt: daysAgo(1) } });
  const event = { at: now, type: "logged_in", actorId: null, ip: "", userAgent: "", detail: {} };
  await db().auditEvent.createMany({
    data: [person, identity].map(({ id }) => ({ id: randomId(), subjectId: id, ...event })),
  });
  await pruneOnce(now, RETENTION_DAYS);
  expect(await db().user.findMany({ select: { id: true } })).toEqual([{ id: person.id }]);
  expect(await db().auditEvent.findMany({ select: { subjectId: true } })).toEqual([{ subjectId: person.id }]);
});

test("results of the Lab go when their time is over, and the oldest when there are too many", async () => {
  const run = (id: string, expiresAt: Date) => ({
    id,
    experiment: "revocation",
    input: {},
    result: {},
    createdAt: now,
    expiresAt,
  });
  const many = Array.from({ length: MOST_LAB_RUNS }, () => run(randomId(), inDays(30)));
  await db().labRun.createMany({ data: [run("expired", daysAgo(1)), run("oldest", inDays(29)), ...many] });
  await pruneOnce(now, RETENTION_DAYS);
  expect(await db().labRun.count()).toBe(MOST_LAB_RUNS);
  expect(await db().labRun.count({ where: { id: { in: ["expired", "oldest"] } } })).toBe(0);
});

test("what is over goes and what lives stays, in every table", async () => {
  const { id } = await newUser();
  const live = session(id, { expiresAt: inDays(1) });
  const justExpired = session(id, { expiresAt: daysAgo(1) });
  const justEnded = session(id, { expiresAt: inDays(1), endedAt: daysAgo(6) });
  const gone = [
    session(id, { expiresAt: daysAgo(8) }),
    session(id, { expiresAt: inDays(1), endedAt: daysAgo(8) }),
  ];
  await db().deviceSession.createMany({ data: [live, justExpired, justEnded, ...gone] });
  await db().refreshToken.createMany({
    data: [live, ...gone].map(({ id: sessionId }) => ({
      sessionId,
      tokenHash: "hash",
      generation: 0,
      rotatedAt: now,
    })),
  });
  const later = new Date(now.getTime() + 60_000);
  await db().revocation.createMany({
    data: [later, daysAgo(1)].map((expiresAt) => ({ id: randomId(), sid: "sid", createdAt: now, expiresAt })),
  });
  await db().auditEvent.createMany({
    data: [RETENTION_DAYS - 1, RETENTION_DAYS + 1].map((days) => ({
      ...{ id: randomId(), type: "logged_in", ip: "", userAgent: "", detail: {} },
      at: daysAgo(days),
    })),
  });
  await db().rateLimit.createMany({
    data: [
      { key: "live", points: 3, expire: inDays(1) },
      { key: "over", points: 3, expire: daysAgo(1) },
      { key: "endless", points: 3, expire: null },
    ],
  });

  expect(await pruneOnce(now, RETENTION_DAYS)).toBe(5);
  const left = await db().deviceSession.findMany({ select: { id: true } });
  expect(left.map((row) => row.id).sort()).toEqual([live.id, justExpired.id, justEnded.id].sort());
  expect(await db().refreshToken.findMany({ select: { sessionId: true } })).toEqual([{ sessionId: live.id }]);
  expect(await db().revocation.findMany({ select: { expiresAt: true } })).toEqual([{ expiresAt: later }]);
  expect(await db().auditEvent.count()).toBe(1);
  expect((await db().rateLimit.findMany()).map(({ key }) => key).sort()).toEqual(["endless", "live"]);
  expect(await db().user.count()).toBe(1);
  expect(await pruneOnce(now, RETENTION_DAYS)).toBe(0);
});

test("no more than a batch of a table goes at once, and the rest with the next rounds", async () => {
  const { id } = await newUser();
  const over = Array.from({ length: PRUNE_BATCH + 20 }, () => session(id, { expiresAt: daysAgo(8) }));
  await db().deviceSession.createMany({ data: over });
  expect(await pruneOnce(now, RETENTION_DAYS)).toBe(PRUNE_BATCH);
  expect(await db().deviceSession.count()).toBe(20);
  expect(await pruneOnce(now, RETENTION_DAYS)).toBe(20);
  expect(await db().deviceSession.count()).toBe(0);
});

test("a counter that began anew between the look and the removal stays", async () => {
  const address = "198.19.0.1";
  const key = `sign-up:${address}`;
  await db().rateLimit.create({ data: { key, points: 20, expire: new Date(Date.now() - 1) } });
  // The look is the real one. A sign-up that merely ran beside it would be over before, or come after the removal.
  const { rateLimit } = db();
  const { findMany } = rateLimit;
  rateLimit.findMany = (async (asked: never) => {
    const found = await findMany.call(rateLimit, asked);
    await withRedis(null, "unused:", () => takeSignUp(address));
    return found;
  }) as unknown as typeof findMany;
  try {
    await pruneOnce(new Date(), RETENTION_DAYS);
  } finally {
    rateLimit.findMany = findMany;
  }
  expect(await db().rateLimit.findUnique({ where: { key } })).toMatchObject({ points: 1 });
});

/** Every statement that `work` sends, as this process's adapter sees it, with its parameters left out. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const Database = createRequire(import.meta.url)("better-sqlite3") as {
    prototype: { prepare(sql: string): unknown };
  };
  // Opened anew: what a connection has prepared once it does not prepare again.
  await db().$disconnect();
  const seen = new Set<string>();
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (sql: string) {
    seen.add(sql);
    return prepare.call(this, sql);
  };
  try {
    await work();
  } finally {
    Database.prototype.prepare = prepare;
  }
  return [...seen].filter((sql) => /^\s*(SELECT|UPDATE|DELETE|INSERT)/i.test(sql));
}

const BIG = ["DeviceSession", "RefreshToken", "Revocation", "AuditEvent", "User", "RateLimit"];

const SESSIONS = rounds(100_000, 30_000);

test("with tens of thousands of device sessions, what is asked often scans no table: the plans say so", async ({
  databaseUrl,
}) => {
  test.skip(onPostgres, "reads SQLite's plans; PostgreSQL has the same indexes, from the same models");
  const raw = await new PrismaBetterSqlite3({ url: databaseUrl }).connect();
  const digits = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${SESSIONS - 1})`;
  const day = `strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', (i % 60 - 30) || ' days')`;
  await raw.executeScript(`
    BEGIN;
    INSERT INTO "User" ("id","email","name","passwordHash","role","preferredMode","createdAt")
      ${digits} SELECT 'u' || i, 'u' || i || '@example.com', 'U', 'none', 'member', 'jwt', ${day} FROM n WHERE i < 10000;
    INSERT INTO "DeviceSession" ("id","userId","mode","transport","createdAt","lastSeenAt","expiresAt","endedAt","userAgent","ip")
      ${digits} SELECT 's' || i, 'u' || (i % 10000), CASE i % 2 WHEN 0 THEN 'jwt' ELSE 'session' END, 'cookie', ${day}, ${day}, ${day},
      CASE WHEN i % 3 = 0 THEN ${day} END, '', '' FROM n;
    INSERT INTO "RefreshToken" ("sessionId","tokenHash","generation","rotatedAt") SELECT "id", 'h', 0, "createdAt" FROM "DeviceSession" WHERE "mode" = 'jwt';
    INSERT INTO "Revocation" ("id","sid","createdAt","expiresAt") SELECT 'r' || "id", "id", "createdAt", "expiresAt" FROM "DeviceSession";
    INSERT INTO "AuditEvent" ("id","at","type","subjectId","ip","userAgent","detail") SELECT 'a' || "id", "createdAt", 'logged_in', "userId", '', '', '{}' FROM "DeviceSession";
    INSERT INTO "RateLimit" ("key","points","expire") SELECT "id", 1, "expiresAt" FROM "DeviceSession";
    COMMIT;
    ANALYZE;`);

  const user = { id: "u1", email: "u1@example.com", name: "U", role: "member" as const };
  const origin = { ip: "203.0.113.8", userAgent: "tests" };
  const visit = { now, origin, carrier: { cookies: { get: () => undefined }, headers: { get: () => null } } };
  const context = { now, origin, transport: "cookie" as const, event: "logged_in" as const };
  const issued = await strategies.jwt.issue(user, context);
  if (!issued.ok) throw new Error(issued.failure.code);
  const caller: Principal = { user, session: issued.value.session };
  const { id } = caller.session;
  const firstEvent = (await findEvents({ subjectId: user.id }, 1))[0]!.id;

  const works: Record<string, () => Promise<unknown>> = {
    "session look-up": () => findSession("s1", now),
    "session touch": () => touchSession("s1", now, inDays(7), now),
    "family look-up": () => findFamily(id),
    rotation: () => rotate(id, 0, "hash", now),
    "log-in look-up": () => findUserForLogIn(user.email),
    "beginning a device session": () =>
      strategies.session.issue(user, { ...context, replaces: { sessions: ["s10001"], reason: "replaced" } }),
    "list of devices": () => listDeviceSessions(caller, now),
    "end of one": () => endDeviceSession(caller, "s20001", visit),
    "end of all but this": () => endAllDeviceSessions(caller, true, visit),
    "revocation poll": () => findNoticesSince(new Date(now.getTime() - 15_000)),
    "own events": () => findEvents({ subjectId: user.id }, 51),
    "own events, next page": () => findEvents({ subjectId: user.id }, 51, firstEvent),
    "all events": () => findEvents({}, 51),
    "all events, next page": () => findEvents({}, 51, firstEvent),
    "list of accounts": () => searchUsers("", 21),
    "list of accounts, next page": () => searchUsers("", 21, "u5000"),
    "sign-up quota": () => takeSignUp("203.0.113.99"),
    pruning: () => pruneOnce(now, 20),
  };
  // Administration may look at all accounts for who is an administrator; that is rare, and the table is the smallest.
  const onlyUsers: Record<string, () => Promise<unknown>> = {
    "change of role": () =>
      changeRole("u2", "admin", { actorId: null, origin, now }).then(() =>
        changeRole("u3", "admin", { actorId: null, origin, now }),
      ),
    "deletion of an account": () => deleteAccount("u2", { adminId: null, origin, now }),
  };

  const scans: string[] = [];
  for (const [name, work] of Object.entries({ ...works, ...onlyUsers })) {
    const statements = await statementsOf(work);
    expect(statements.length, `${name} sends statements`).toBeGreaterThan(0);
    for (const sql of statements) {
      const args = [...sql.matchAll(/\?/g)].map(() => null);
      const argTypes = args.map(() => ({ scalarType: "string" as const, arity: "scalar" as const }));
      const plan = await raw.queryRaw({ sql: `EXPLAIN QUERY PLAN ${sql}`, args, argTypes });
      for (const detail of (plan.rows as unknown[][]).map((row) => String(row[3]))) {
        const scanned = /^SCAN (?:main\.)?(\w+)/.exec(detail)?.[1] ?? "";
        const table = scanned === "s" ? "DeviceSession" : BIG.find((one) => one === scanned);
        // A scan in the order of an index that ends with its LIMIT reads no more than it answers.
        const endsEarly = /USING (?:COVERING )?INDEX/.test(detail) && /\bLIMIT \?/i.test(sql);
        const isAllowed = table === "User" && name in onlyUsers;
        if (table && !endsEarly && !isAllowed) scans.push(`${name}: ${detail}: ${sql}`);
      }
    }
  }
  // Row by row it would take a second, with all that hangs on each.
  await raw.executeScript(
    `PRAGMA foreign_keys = OFF; ${[...BIG, "LabRun"].map((table) => `DELETE FROM "${table}"`).join("; ")}; ANALYZE;`,
  );
  await raw.dispose();
  expect(scans).toEqual([]);
});
