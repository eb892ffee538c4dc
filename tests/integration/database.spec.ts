// What both databases promise, by lib/db/sqlite.ts and lib/db/postgres.ts.
import { endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { findFamily } from "@/lib/auth/strategies/jwt/store";
import { findSession } from "@/lib/auth/strategies/session/store";
import { randomId } from "@/lib/core/identifiers";
import { findEvents } from "@/lib/db/audit";
import { db, isForeignKeyViolation, isStorageFailure, isUniqueViolation } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { searchUsers } from "@/lib/db/users";
import { expect, test } from "../support/database";
import { issued, newAccount, NOW, ORIGIN } from "./situation";

const nameOf = async (id: string) => (await db().user.findFirstOrThrow({ where: { id } })).name;
const named = (id: string, name: string) => db().user.update({ where: { id }, data: { name } });

class Undone extends Error {}

test("another request's write is not swallowed by a transaction that rolls back", async () => {
  const [ada, bob, cleo] = [await newAccount(), await newAccount(), await newAccount()];
  let begun = () => {};
  const inside = new Promise<void>((resolve) => (begun = resolve));
  let goOn = () => {};
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  const failing = db().$transaction(async (transaction) => {
    await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Undone" } });
    begun();
    await mayGoOn;
    throw new Undone();
  });
  await inside;
  // One of each kind: Prisma asks for the row that update changed, and only for the number of rows of updateMany.
  const other = Promise.all([
    named(bob.id, "Kept"),
    db().user.updateMany({ where: { id: cleo.id }, data: { name: "Kept" } }),
  ]);
  // Reads see neither the open transaction nor wait for it.
  expect(await nameOf(ada.id)).toBe("Ada");
  goOn();
  await expect(failing).rejects.toBeInstanceOf(Undone);
  await other;
  expect(await nameOf(ada.id)).toBe("Ada");
  expect(await nameOf(bob.id)).toBe("Kept");
  expect(await nameOf(cleo.id)).toBe("Kept");
});

test("a failed statement does not keep its turn, or its connection", async () => {
  const ada = await newAccount();
  await expect(
    db().user.create({ data: { ...ada, passwordHash: "none", preferredMode: "jwt", createdAt: new Date() } }),
  ).rejects.toThrow();
  await expect(db().$executeRawUnsafe("UPDATE nonsense SET x = 1")).rejects.toThrow();
  await named(ada.id, "After");
  expect(await nameOf(ada.id)).toBe("After");
});

test("a refused input is no storage failure", async () => {
  const ada = await newAccount();
  const twice = await db()
    .user.create({ data: { ...ada, passwordHash: "none", preferredMode: "jwt", createdAt: new Date() } })
    .catch((error: unknown) => error);
  expect(isUniqueViolation(twice)).toBe(true);
  expect(isStorageFailure(twice)).toBe(false);
  for (const other of [new Error("x"), new TypeError("x"), null, undefined, "SQLITE_BUSY"])
    expect(isStorageFailure(other)).toBe(false);
});

test("foreign keys hold, and what belongs to an account goes with it", async () => {
  const one = await issued("jwt", await newAccount());
  await db().user.delete({ where: { id: one.user.id } });
  expect(await db().refreshToken.count({ where: { sessionId: one.session.id } })).toBe(0);
  const orphan = await db()
    .refreshToken.create({
      data: { sessionId: "nobody", tokenHash: "x", generation: 0, rotatedAt: new Date() },
    })
    .catch((error: unknown) => error);
  expect(isForeignKeyViolation(orphan)).toBe(true);
  expect(isStorageFailure(orphan)).toBe(false);
});

test("a trace counts the statements of its own work, also in transactions and in traces within", async () => {
  const ada = await newAccount();
  await withQueryTrace(async (outer) => {
    await nameOf(ada.id);
    await withQueryTrace(async (inner) => {
      await named(ada.id, "Counted");
      expect(inner.queries).toBeGreaterThan(0);
      expect(outer.queries).toBe(inner.queries + 1);
    });
    expect(outer.queryMilliseconds).toBeGreaterThan(0);
  });
  const [left, right] = await Promise.all([
    withQueryTrace(async (trace) => (await nameOf(ada.id), await nameOf(ada.id), trace.queries)),
    withQueryTrace(async (trace) => (await nameOf(ada.id), trace.queries)),
  ]);
  expect([left, right]).toEqual([2, 1]);
});

test("what is asked for with a NUL in it is not found, and nothing breaks", async () => {
  const { id } = await newAccount();
  const { session } = await issued("session", { id, email: "", name: "", role: "member" });
  const strange = `${session.id}\0`;
  await searchUsers("\0", 10);
  expect(await searchUsers("", 10, "\0")).not.toEqual([]);
  expect(await findEvents({ subjectId: id }, 10, strange)).toEqual([]);
  expect(await findSession(strange, NOW)).toEqual({ ok: true, value: null });
  expect(await findFamily("\0")).toBeNull();
  const ending = { reason: "logout" as const, actorId: null, origin: ORIGIN, now: NOW };
  expect(await endDeviceSessions({ id: strange, userId: id }, ending)).toEqual([]);
});

test("what a transaction sends is counted, its beginning and its end are not", async () => {
  const ada = await newAccount();
  const queries = await withQueryTrace(async (trace) => {
    await db().$transaction(async (transaction) => {
      await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "One" } });
      await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Two" } });
    });
    return trace.queries;
  });
  expect(queries).toBe(2);
});

test("a search finds a name whichever letters are capital, and takes % and _ for what they are", async () => {
  const { id, name } = await newAccount({ name: `Ada ${randomId()}_100%` });
  const found = async (query: string) => (await searchUsers(query, 10)).map((user) => user.id);
  for (const query of [name, name.toUpperCase(), name.toLowerCase(), name.slice(2)])
    expect(await found(query)).toEqual([id]);
  expect(await found(name.replace("_", "x"))).toEqual([]);
  expect(await found(`${name.slice(0, 12)}%`)).toEqual([]);
});
