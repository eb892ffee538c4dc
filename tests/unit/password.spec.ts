/** Hashing passwords: every character counts, and the queue in front of it is bounded. */
import { expect, test } from "@playwright/test";
import { hashPassword, verifyPassword } from "@/lib/auth/password/password";
import { HashPool, HashQueueFull } from "@/lib/auth/password/pool";
import { rounds } from "../support/rounds";
import { useEnvironment } from "./environment";

/** bcrypt's lowest, below what a server may be given: none of what follows is another thing for costing more. */
const CHEAP = 4;
const useCheapEnvironment = (overrides: Record<string, string> = {}) =>
  void Object.assign(useEnvironment(overrides), { bcryptCost: CHEAP });

test.beforeEach(() => useCheapEnvironment());

const matches = async (password: string, stored: string) => (await verifyPassword(password, stored)).matches;

test("every character counts, also beyond the 72 bytes that bcrypt reads", async () => {
  const long = "x".repeat(255);
  const stored = await hashPassword(`${long}a`);
  expect(await matches(`${long}b`, stored)).toBe(false);
  expect(await matches(long, stored)).toBe(false);
  expect(await matches(`${long}a`, stored)).toBe(true);
});

test("what follows a zero byte counts", async () => {
  const stored = await hashPassword("pass\0word");
  expect(await matches("pass\0wörd", stored)).toBe(false);
  expect(await matches("pass", stored)).toBe(false);
  expect(await matches("password", stored)).toBe(false);
  expect(await matches("pass\0word", stored)).toBe(true);
});

test("a password is compared exactly: case, spaces and composition of letters count", async () => {
  const stored = await hashPassword("Caf\u00E9 au lait");
  for (const other of [
    "caf\u00E9 au lait",
    "Cafe\u0301 au lait",
    "Caf\u00E9 au lait ",
    " Caf\u00E9 au lait",
    "Caf\u00E9  au lait",
  ]) {
    expect(await matches(other, stored), JSON.stringify(other)).toBe(false);
  }
  expect(await matches("Caf\u00E9 au lait", stored)).toBe(true);
});

test("a hash is worth nothing without the pepper", async () => {
  const stored = await hashPassword("correct horse");
  useCheapEnvironment({ PASSWORD_PEPPER: "another-pepper-of-the-unit-tests-0123456789" });
  expect(await matches("correct horse", stored)).toBe(false);
});

test("what is stored is never matched as it stands, nor by a hash of an unknown scheme", async () => {
  const stored = await hashPassword("correct horse");
  expect(await matches(stored, stored)).toBe(false);
  for (const foreign of [
    stored.replace("hmac-sha384-", ""),
    stored.replace("sha384", "sha512"),
    "correct horse",
    "",
    "hmac-sha384-bcrypt",
    stored.replace(/\.[0-9a-f]{12}/, ".000000000000"),
    stored.replace(/\.[0-9a-f]{12}/, "."),
    stored.replace(/\.([0-9a-f]{11})./, ".$1"),
  ]) {
    await expect
      .soft(verifyPassword("correct horse", foreign), foreign)
      .resolves.toMatchObject({ matches: false });
  }
});

test("a hash tells its scheme and its cost, has a salt of its own, and nothing of the password", async () => {
  useEnvironment();
  const [one, other] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
  expect(one).toMatch(/^hmac-sha384-bcrypt\.[0-9a-f]{12}\$2b\$10\$[./A-Za-z0-9]{53}$/);
  expect(one).not.toBe(other);
  expect(one).not.toContain("correct");
});

test("a hash of yesterday's cost still opens, and asks for a new one", async () => {
  useEnvironment();
  const stored = await hashPassword("correct horse");
  expect(await verifyPassword("correct horse", stored)).toEqual({ matches: true, outdated: false });
  useEnvironment({ BCRYPT_COST: "11" });
  expect(await verifyPassword("correct horse", stored)).toEqual({ matches: true, outdated: true });
});

const PEPPER = "password-pepper-of-the-unit-tests-0123456789";
const NEW_PEPPER = "another-pepper-of-the-unit-tests-0123456789";
/** As they were before hashes named their pepper. */
const withoutName = (stored: string) => stored.replace(/\.[0-9a-f]{12}/, "");

test("through a rotation every hash opens with the pepper that made it, and asks for one of the pepper in use", async () => {
  const old = await hashPassword("correct horse");
  const [current, outdated] = [
    { matches: true, outdated: false },
    { matches: true, outdated: true },
  ];
  // Accepted first: whoever makes with it already is understood, and asked for one of ours, until everybody does.
  useCheapEnvironment({ PASSWORD_PEPPER: NEW_PEPPER, PASSWORD_PEPPER_PREVIOUS: PEPPER });
  const made = await hashPassword("correct horse");
  useCheapEnvironment({ PASSWORD_PEPPER_NEXT: NEW_PEPPER });
  expect(await verifyPassword("correct horse", old)).toEqual(current);
  expect(await verifyPassword("correct horse", made)).toEqual(outdated);
  expect(await matches("wrong horse", made)).toBe(false);
  useCheapEnvironment({ PASSWORD_PEPPER: NEW_PEPPER, PASSWORD_PEPPER_PREVIOUS: PEPPER });
  expect(await verifyPassword("correct horse", old)).toEqual(outdated);
  expect(await verifyPassword("correct horse", made)).toEqual(current);
  expect(await matches("wrong horse", old)).toBe(false);
  useCheapEnvironment({ PASSWORD_PEPPER: NEW_PEPPER });
  expect(await matches("correct horse", old)).toBe(false);
  expect(await verifyPassword("correct horse", made)).toEqual(current);
});

test("a hash from before hashes named their pepper is the oldest pepper's, at every step", async () => {
  const old = withoutName(await hashPassword("correct horse"));
  const steps: Record<string, string>[] = [
    {},
    { PASSWORD_PEPPER_NEXT: NEW_PEPPER },
    { PASSWORD_PEPPER: NEW_PEPPER, PASSWORD_PEPPER_PREVIOUS: PEPPER },
    { PASSWORD_PEPPER: "x".repeat(32), PASSWORD_PEPPER_PREVIOUS: `${NEW_PEPPER},${PEPPER}` },
  ];
  for (const step of steps) {
    useCheapEnvironment(step);
    expect(await verifyPassword("correct horse", old)).toEqual({ matches: true, outdated: true });
    expect(await matches("wrong horse", old)).toBe(false);
  }
  useCheapEnvironment({ PASSWORD_PEPPER: NEW_PEPPER });
  expect(await matches("correct horse", old)).toBe(false);
});

test("an account that does not exist matches nothing, and every answer costs one whole comparison", async () => {
  // Of a cost at which the comparison is nearly all of the work.
  useEnvironment();
  const old = await hashPassword("correct horse");
  expect(await verifyPassword("correct horse", null)).toEqual({ matches: false, outdated: false });
  useEnvironment({ PASSWORD_PEPPER: NEW_PEPPER, PASSWORD_PEPPER_PREVIOUS: `${PEPPER},${"x".repeat(32)}` });
  const stored = {
    known: await hashPassword("correct horse"),
    unknown: null,
    old,
    unnamed: withoutName(old),
    "of a pepper that is gone": old.replace(/\.[0-9a-f]{12}/, ".000000000000"),
  };
  const fastest = new Map<string, number>();
  // The work itself, in whatever thread: how long one waits for it tells what else the machine does.
  for (let round = 0; round < rounds(5, 3); round += 1) {
    for (const [kind, hash] of Object.entries(stored)) {
      const before = process.cpuUsage();
      await verifyPassword("wrong horse", hash);
      fastest.set(kind, Math.min(fastest.get(kind) ?? Infinity, process.cpuUsage(before).user));
    }
  }
  for (const [kind, microseconds] of fastest) {
    // Without a comparison the ratio would be near 0.01, with two of them 2.
    expect(microseconds / fastest.get("known")!, kind).toBeGreaterThan(0.4);
    expect(microseconds / fastest.get("known")!, kind).toBeLessThan(1.8);
  }
});

const hash = { kind: "hash", input: "x", cost: 4 } as const;
const slow = { kind: "hash", input: "x", cost: 10 } as const;

test("a full queue refuses at once, and takes work again when there is room", async () => {
  const pool = new HashPool(1, 2);
  const taken = [pool.run(slow), pool.run(hash), pool.run(hash)];
  expect(pool.depth).toBe(2);
  await expect(pool.run(hash)).rejects.toBeInstanceOf(HashQueueFull);
  await expect(Promise.all(taken)).resolves.toHaveLength(3);
  await expect(pool.run(hash)).resolves.toMatch(/^\$2b\$04\$/);
  await pool.close();
});

test("a task that fails rejects alone: the thread goes on", async () => {
  const pool = new HashPool(1, 8);
  await expect(pool.run({ kind: "hash", input: "x", cost: "much" as unknown as number })).rejects.toThrow();
  await expect(pool.run(hash)).resolves.toMatch(/^\$2b\$/);
  await pool.close();
});

test("a thread that dies takes its one job with it, and another takes its place", async () => {
  const pool = new HashPool(1, 8);
  // A task that the worker cannot even take apart: it throws outside its own catch, and the thread is gone.
  const killed = pool.run(undefined as never);
  const next = pool.run(hash);
  await expect(killed).rejects.toThrow();
  await expect(next).resolves.toMatch(/^\$2b\$/);
  await pool.close();
});

test("a thread that ends without an error leaves nobody waiting for ever", async () => {
  const pool = new HashPool(1, 8);
  const running = pool.run({ kind: "hash", input: "x", cost: 14 }).then(
    () => "hashed",
    () => "rejected",
  );
  const waiting = pool.run(hash);
  await pool.close();
  expect(await running).toBe("rejected");
  await expect(waiting).resolves.toMatch(/^\$2b\$/);
  await pool.close();
});
