// A Redis of our own, really lost: killed, hung, full, read-only, and back with nothing in it. Nobody is signed out, and nobody comes back.
import { randomUUID } from "node:crypto";
import { authenticate } from "@/lib/auth/authenticate";
import { MODES, type Issued, type Mode } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { readiness } from "@/lib/accounts/readiness";
import { env } from "@/lib/core/env";
import { withQueryTrace } from "@/lib/db/trace";
import { admitPasswordAttempt } from "@/lib/limits/password-attempts";
import { rotationQuota, takeSignUp } from "@/lib/limits/quotas";
import { reachRedis, redis, redisIsReady, type Redis } from "@/lib/redis/client";
import { expect, test as base } from "../support/database";
import { rounds } from "../support/rounds";
import { nameKeyPrefix, onRedis, startRedis, withRedis, type RedisServer } from "../support/redis";
import { codeOf, end, issued, newAccount, NOW, requestOf } from "./situation";

type Fixtures = { server: RedisServer; people: Record<Mode, Issued> };

/** `people`: one signed in in each mode, before anything happens. */
const test = base.extend<Fixtures>({
  server: async ({}, use, { skip }) => {
    const server = await startRedis();
    skip(!server, "there is no redis-server to start");
    await withRedis(server!.url, nameKeyPrefix("integration"), async () => {
      await revocationFeed().catchUp(NOW);
      await use(server!);
    });
    await server!.close();
  },
  people: async ({ server: _ }, use) => {
    const [session, jwt] = [
      await issued("session", await newAccount()),
      await issued("jwt", await newAccount()),
    ];
    await isUsed(session);
    await use({ session, jwt });
  },
});

const ask = (one: Issued) =>
  withQueryTrace(async (trace) => ({
    said: codeOf(await authenticate(requestOf(one), NOW)),
    queries: trace.queries,
  }));

/** Asked again soon: what is waited for comes back within moments, many times. */
const SOON = { intervals: [25] };

/** Until look-ups are spared again: Redis is asked, and answers. */
const isUsed = (one: Issued) => expect.poll(() => ask(one), SOON).toEqual({ said: "ok", queries: 0 });

async function everybodyIsServed(people: Fixtures["people"]): Promise<void> {
  for (const mode of MODES) expect((await ask(people[mode])).said, mode).toBe("ok");
}

const LOSSES: Record<
  string,
  { lose: (server: RedisServer) => Promise<void>; heal: (server: RedisServer) => Promise<void> }
> = {
  "killed and started anew": { lose: (server) => server.kill(), heal: (server) => server.start() },
  "stopped and woken": { lose: async (server) => server.hang(), heal: async (server) => server.wake() },
  "made read-only": {
    lose: (server) => set(server, "min-replicas-to-write", "1"),
    heal: (server) => set(server, "min-replicas-to-write", "0"),
  },
  full: {
    lose: (server) => set(server, "maxmemory", "1"),
    heal: (server) => set(server, "maxmemory", "0"),
  },
  "protected by a password": {
    lose: async (server) => {
      await onRedis(server.url, async (client) => {
        await client.config("SET", "requirepass", "another");
        await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      });
    },
    heal: (server) =>
      onRedis(
        server.url.replace("//", "//:another@"),
        async (client) => void (await client.config("SET", "requirepass", "")),
      ),
  },
};

const set = (server: RedisServer, name: string, value: string) =>
  onRedis(server.url, async (client) => void (await client.config("SET", name, value)));

for (const [name, { lose, heal }] of Object.entries(LOSSES)) {
  test(`${name}: nobody is signed out, who is signed out stays so, and Redis is used again by itself`, async ({
    server,
    people,
  }) => {
    const [before, during, late] = await Promise.all(
      [0, 1, 2].map(async () => issued("session", await newAccount())),
    );
    for (const one of [before!, during!, late!]) await isUsed(one);
    await end(before!.session.id);
    await lose(server);

    const startedAt = performance.now();
    for (let n = 0; n < 20; n += 1) await everybodyIsServed(people);
    await end(during!.session.id);
    expect(performance.now() - startedAt, "at most one wait").toBeLessThan(3_000);
    for (const one of [before!, during!]) expect((await ask(one)).said).toBe("session_ended");
    // A sign-in goes through without it.
    expect((await ask(await issued("session", await newAccount()))).said).toBe("ok");

    await heal(server);
    await everybodyIsServed(people);
    await isUsed(people.session);
    for (const one of [before!, during!]) expect((await ask(one)).said).toBe("session_ended");
    await isUsed(late!);
    await end(late!.session.id);
    expect((await ask(late!)).said).toBe("session_ended");
  });
}

test("lost and back again and again while people come and go: each answer is the right one", async ({
  server,
}) => {
  let isOver = false;
  const wrong: string[] = [];
  const person = async () => {
    const user = await newAccount();
    while (!isOver) {
      const one = await issued("session", user);
      for (let n = 0; n < 6; n += 1) if ((await ask(one)).said !== "ok") wrong.push("signed out");
      await end(one.session.id);
      for (let n = 0; n < 3; n += 1) if ((await ask(one)).said !== "session_ended") wrong.push("came back");
    }
  };
  const people = Array.from({ length: 4 }, person);
  for (let times = 0; times < rounds(4, 2); times += 1) {
    if (times % 2 === 0) await server.kill();
    else server.hang();
    await expect.poll(redisIsReady, SOON).toBe(false);
    if (times % 2 === 0) await server.start();
    else server.wake();
    await expect.poll(redisIsReady, SOON).toBe(true);
  }
  isOver = true;
  await Promise.all(people);
  expect(wrong).toEqual([]);
});

test("the report of readiness says what there is of Redis, and is ready without it", async ({ server }) => {
  expect(await readiness(NOW, false)).toMatchObject({ status: "ok", redis: "ok" });
  server.hang();
  expect(await readiness(NOW, false)).toMatchObject({ status: "ok", redis: "unavailable" });
  server.wake();
  await expect.poll(() => readiness(NOW, false), SOON).toMatchObject({ status: "ok", redis: "ok" });
  await server.kill();
  expect(await readiness(NOW, false)).toMatchObject({ status: "ok", redis: "unavailable" });
});

test.describe("a process that starts", () => {
  const shared = globalThis as { __halfstateRedis?: Redis | null };
  const start = () => {
    redis()?.disconnect();
    shared.__halfstateRedis = undefined;
    return reachRedis();
  };

  test("counts in Redis from its first request on", async ({ server: _ }) => {
    await start();
    expect(redisIsReady()).toBe(true);
  });

  test("is held up for a moment by one that hangs, and not at all by one that is away", async ({
    server,
  }) => {
    for (const [lose, heal, patience] of [
      [() => server.hang(), () => server.wake(), 2_000],
      [() => server.kill(), () => server.start(), 500],
    ] as const) {
      await lose();
      const startedAt = performance.now();
      await start();
      expect(performance.now() - startedAt).toBeLessThan(patience);
      expect(redisIsReady()).toBe(false);
      await heal();
      await expect.poll(redisIsReady, SOON).toBe(true);
    }
  });
});

test.describe("limits", () => {
  const someone = () => ({ email: `${randomUUID()}@example.com`, address: "198.51.100.7", deviceId: null });
  /** How many of so many guesses may be made. */
  async function admitted(
    attempt: ReturnType<typeof someone>,
    guesses: number,
    together = false,
  ): Promise<number> {
    const guess = async () => (await admitPasswordAttempt(attempt)).admitted;
    const results: boolean[] = [];
    if (together) results.push(...(await Promise.all(Array.from({ length: guesses }, guess))));
    else for (let n = 0; n < guesses; n += 1) results.push(await guess());
    return results.filter(Boolean).length;
  }
  const isBack = () => expect.poll(redisIsReady, SOON).toBe(true);
  const isLost = () => expect.poll(redisIsReady, SOON).toBe(false);

  test("an outage lets through one more allowance, however often it comes and goes; a Redis that lost its counts one more", async ({
    server,
  }) => {
    const attempt = someone();
    expect(await admitted(attempt, 8)).toBe(5);
    // In the database, which has counts of its own.
    server.hang();
    await admitted(someone(), 1);
    await isLost();
    expect(await admitted(attempt, 8)).toBe(5);
    for (let times = 0; times < rounds(3, 2); times += 1) {
      server.wake();
      await isBack();
      expect(await admitted(attempt, 8), "Redis still knows").toBe(0);
      server.hang();
      await admitted(someone(), 1);
      await isLost();
      expect(await admitted(attempt, 8), "so does the database").toBe(0);
    }
    await server.kill();
    await server.start();
    await isBack();
    expect(await admitted(attempt, 8), "Redis has forgotten").toBe(5);
    await server.kill();
    expect(await admitted(attempt, 8)).toBe(0);
  });

  test("guesses in the very moment of the loss exceed no allowance of either place", async ({ server }) => {
    for (let round = 0; round < rounds(5, 2); round += 1) {
      const attempt = someone();
      const guesses = admitted(attempt, 60, true);
      await new Promise((resolve) => setImmediate(resolve));
      await server.kill();
      expect(await guesses).toBeLessThanOrEqual(10);
      expect(await admitted(attempt, 10)).toBeLessThanOrEqual(5);
      await server.start();
      await isBack();
    }
  });

  test("what was counted before a loss and succeeds after it does not fail, and gives no count away", async ({
    server,
  }) => {
    const attempt = { ...someone(), address: "198.51.100.8" };
    const admission = await admitPasswordAttempt(attempt);
    const { giveBack } = await takeSignUp(attempt.address);
    await server.kill();
    if (admission.admitted) await admission.succeeded();
    await giveBack();
    expect(admission.admitted).toBe(true);
    // Nothing was taken back where nothing had been counted.
    expect(await admitted(attempt, 8)).toBe(5);
    const signUps = await Promise.all(Array.from({ length: 25 }, () => takeSignUp(attempt.address)));
    expect(signUps.filter(({ retryAfterSeconds }) => retryAfterSeconds === null)).toHaveLength(20);
    const session = randomUUID();
    for (let n = 0; n < env().limits.refreshes; n += 1) {
      expect(await rotationQuota.wouldRefuse(session)).toBeNull();
      await rotationQuota.count(session);
    }
    expect(await rotationQuota.wouldRefuse(session)).toBeGreaterThan(0);
  });

  test("a Redis that is full counts nothing: the database does", async ({ server }) => {
    await set(server, "maxmemory", "1");
    const attempt = someone();
    expect(await admitted(attempt, 8)).toBe(5);
    await set(server, "maxmemory", "0");
    expect(await admitted(attempt, 8)).toBe(5);
    expect(await admitted(attempt, 8)).toBe(0);
  });
});
