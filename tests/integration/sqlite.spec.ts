// What lib/db/sqlite.ts promises and the stock adapter does not.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { databaseAnswers, db, firstRow, inTransaction, isStorageFailure, Prisma } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { randomId } from "@/lib/core/identifiers";
import { expect, onPostgres, test } from "../support/database";
import { issued, newAccount, sessionRow } from "./situation";

test.skip(onPostgres, "about SQLite; postgres.spec.ts has what PostgreSQL promises in its place");

const HOLDER = `
  const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"))});
  const database = new Database(process.argv[1], { timeout: 5000 });
  database.exec("BEGIN IMMEDIATE");
  process.stdout.write("locked");
  process.stdin.once("data", () => { database.exec("COMMIT"); database.close(); process.exit(); });
`;

/** Another process that holds the write lock until it is told to let go. */
async function lockedElsewhere(databaseUrl: string): Promise<{ release(): Promise<void> }> {
  const holder = spawn(
    process.execPath,
    ["--input-type=commonjs", "-e", HOLDER, databaseUrl.replace(/^file:/, "")],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  await once(holder.stdout, "data");
  return {
    async release() {
      if (holder.exitCode !== null) return;
      holder.stdin.write("release");
      await once(holder, "exit");
    },
  };
}

/** How many turns the event loop makes while `work` runs, and the longest of them. */
async function countingTurns<T>(work: Promise<T>): Promise<{ result: T; turns: number; longest: number }> {
  let [turns, longest, done] = [0, 0, false];
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    [turns, longest, last] = [turns + 1, Math.max(longest, now - last), now];
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    return { result: await work, turns, longest };
  } finally {
    done = true;
  }
}

const nameOf = async (id: string) => (await db().user.findFirstOrThrow({ where: { id } })).name;
const named = (id: string, name: string) => db().user.update({ where: { id }, data: { name } });

test("transactions at once take turns: none reads what another has not finished, and no update is lost", async () => {
  const one = await issued("jwt", await newAccount());
  const where = { sessionId: one.session.id };
  let [inside, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 20 }, () =>
      db().$transaction(async (transaction) => {
        await transaction.refreshToken.updateMany({ where, data: { tokenHash: randomId() } });
        inside += 1;
        most = Math.max(most, inside);
        const { generation } = await transaction.refreshToken.findUniqueOrThrow({ where });
        await transaction.refreshToken.update({ where, data: { generation: generation + 1 } });
        inside -= 1;
      }),
    ),
  );
  expect((await db().refreshToken.findUniqueOrThrow({ where })).generation).toBe(20);
  expect(most).toBe(1);
});

test("a transaction that hangs is rolled back after its time, and the next write goes through", async () => {
  const ada = await newAccount();
  let finish = () => {};
  const never = new Promise<void>((resolve) => (finish = resolve));
  const hanging = db().$transaction(
    async (transaction) => {
      await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Hanging" } });
      await never;
    },
    { timeout: 100 },
  );
  const outcome = hanging.catch((error: unknown) => error);
  await named(ada.id, "Next");
  finish();
  expect(isStorageFailure(await outcome)).toBe(true);
  expect(await nameOf(ada.id)).toBe("Next");
});

test("a transaction that waited too long for its turn gives it back", async () => {
  const ada = await newAccount();
  let finish = () => {};
  const busy = new Promise<void>((resolve) => (finish = resolve));
  const first = db().$transaction(async (transaction) => {
    await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "First" } });
    await busy;
  });
  const late = db()
    .$transaction(async (transaction) => transaction.user.updateMany({ data: { name: "Late" } }), {
      maxWait: 50,
    })
    .catch((error: unknown) => error);
  const timer = setTimeout(finish, 200);
  await first;
  clearTimeout(timer);
  expect(isStorageFailure(await late)).toBe(true);
  await named(ada.id, "Third");
  expect(await nameOf(ada.id)).toBe("Third");
});

test("a file that another process locks for a second is waited for, by a transaction too, and the event loop stays free meanwhile", async ({
  databaseUrl,
}) => {
  const [ada, bob] = [await newAccount(), await newAccount()];
  const holder = await lockedElsewhere(databaseUrl);
  const startedAt = performance.now();
  setTimeout(() => void holder.release(), 1000);
  const waiting = [named(bob.id, "Patient"), issued("jwt", ada)].map((work) =>
    work.then(() => performance.now() - startedAt),
  );
  const { result, turns, longest } = await countingTurns(Promise.all(waiting));
  for (const waited of result) expect(waited).toBeGreaterThan(900);
  expect(turns).toBeGreaterThan(100);
  expect(longest).toBeLessThan(500);
  expect(await nameOf(bob.id)).toBe("Patient");
  expect(await db().deviceSession.count({ where: { userId: ada.id } })).toBe(1);
  expect(await db().refreshToken.count({ where: { session: { userId: ada.id } } })).toBe(1);
});

test("a file that stays locked is a storage failure for all writes together, not one after the other; reads go on, and the next write succeeds", async ({
  databaseUrl,
}) => {
  const one = await issued("session", await newAccount());
  const holder = await lockedElsewhere(databaseUrl);
  const outcomes = Promise.all(
    Array.from({ length: 10 }, () => named(one.user.id, "Never").catch((error: unknown) => error)),
  );

  const startedAt = performance.now();
  for (let round = 0; round < 20; round += 1) await sessionRow(one.session.id);
  expect(await databaseAnswers()).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1000);

  const { result, turns } = await countingTurns(outcomes);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(result.map(isStorageFailure)).toEqual(Array(10).fill(true));
  expect(turns).toBeGreaterThan(100);
  await holder.release();
  await named(one.user.id, "Later");
  expect(await nameOf(one.user.id)).toBe("Later");
});

/** The disk as `fsync` knows it, in the hands of `work`: what is done instead of each sync, which may do the real one. */
async function withDisk(sync: (real: () => Promise<void>) => Promise<void>, work: () => Promise<void>) {
  const handle = await open(import.meta.filename);
  const files = Object.getPrototypeOf(handle) as { datasync(): Promise<void> };
  await handle.close();
  const real = files.datasync;
  files.datasync = function () {
    return sync(() => real.call(this));
  };
  await work().finally(() => (files.datasync = real));
}

test("no write is acknowledged before it is on the disk; readers wait for neither, and writers that wait share the wait", async () => {
  const [ada, grace] = [await newAccount(), await newAccount()];
  const count = (key: string) =>
    firstRow(Prisma.sql`INSERT INTO "RateLimit" ("key", "points") VALUES (${key}, 1) RETURNING "key"`);
  let [syncs, acknowledged] = [0, 0];
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await withDisk(
    async (real) => {
      syncs += 1;
      await held;
      await real();
    },
    async () => {
      const key = randomId();
      const writes = [
        named(ada.id, "A single write"),
        inTransaction((transaction) =>
          transaction.user.update({ where: { id: grace.id }, data: { name: "A transaction" } }),
        ),
        count(key),
      ].map((write) => write.then(() => void (acknowledged += 1)));
      await expect.poll(() => nameOf(ada.id)).toBe("A single write");
      await expect.poll(() => nameOf(grace.id)).toBe("A transaction");
      await expect.poll(() => db().rateLimit.count({ where: { key } })).toBe(1);
      expect([syncs, acknowledged]).toEqual([1, 0]);
      release();
      await Promise.all(writes);
      // The first had begun when the other two were committed, and is no proof of them.
      expect(syncs).toBe(2);
    },
  );
});

test("a write that the disk refuses is not acknowledged but a storage failure, and the next one is well", async () => {
  const ada = await newAccount();
  const failing = () => Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }));
  await withDisk(failing, async () => {
    const counting = firstRow(
      Prisma.sql`INSERT INTO "RateLimit" ("key", "points") VALUES (${randomId()}, 1) RETURNING "key"`,
    );
    const lost = [named(ada.id, "Lost"), inTransaction((on) => on.user.findFirst()), counting];
    for (const outcome of await Promise.allSettled<unknown>(lost)) {
      expect(outcome.status).toBe("rejected");
      if (outcome.status === "rejected") expect(isStorageFailure(outcome.reason)).toBe(true);
    }
  });
  await named(ada.id, "Kept");
  expect(await nameOf(ada.id)).toBe("Kept");
});

test("the log is what SQLite itself would sync, and constraints hold", async () => {
  const pragma = async (name: string) =>
    Object.values((await db().$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`))[0]!)[0];
  expect(await pragma("journal_mode")).toBe("wal");
  expect(Number(await pragma("synchronous"))).toBe(1);
  expect(Number(await pragma("foreign_keys"))).toBe(1);
});

test("a queue of writers lets the event loop turn between any two of them", async () => {
  const ada = await newAccount();
  const writes = Promise.all(Array.from({ length: 40 }, (_, n) => named(ada.id, `Name ${n}`)));
  expect((await countingTurns(writes)).turns).toBeGreaterThanOrEqual(39);
});

test("a row read past Prisma's client is one query to a trace, what is not there is null, and a fault is a storage failure", async () => {
  const ada = await newAccount();
  const emailOf = (id: string) =>
    firstRow<{ email: string }>(Prisma.sql`SELECT "email" FROM "User" WHERE "id" = ${id}`);
  await withQueryTrace(async (trace) => {
    expect(await emailOf(ada.id)).toEqual({ email: ada.email });
    expect(trace.queries).toBe(1);
  });
  expect(await emailOf(randomId())).toBeNull();
  const fault = await firstRow(Prisma.sql`SELECT 1 FROM "Nothing"`).catch((error: unknown) => error);
  expect(isStorageFailure(fault)).toBe(true);
});
