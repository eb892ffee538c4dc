// What one process ends is known to the others at once, without their polls: by Redis, or by PostgreSQL where there is no Redis.
import type { Redis } from "ioredis";
import { hearOthers, messagesOf, noticesIn, tellOthers } from "@/lib/auth/device-sessions/announcements";
import { RevocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { endDeviceSessions, notice, type RevocationNotice } from "@/lib/auth/device-sessions/store";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { MOST_MESSAGE_BYTES, PostgresChannel } from "@/lib/db/channel";
import { sealFor } from "@/lib/redis/seal";
import { expect, onPostgres, test as base } from "../support/database";
import { nameOf, onServer } from "../support/postgres";
import { rounds } from "../support/rounds";
import { proxyTo, type Proxy } from "../support/proxy";
import { answersAt, nameKeyPrefix, NO_REDIS, redisUrl, withRedis } from "../support/redis";
import { issued, newAccount, NOW, ORIGIN, withSettings } from "./situation";

const shared = globalThis as {
  __halfstateSubscription?: Redis;
  __halfstatePostgresChannel?: PostgresChannel;
};

/** Two processes that have polled once and never will again. */
async function twoProcesses() {
  const silent = () => Promise.resolve([]);
  const [one, other] = [new RevocationFeed(silent, tellOthers), new RevocationFeed(silent, tellOthers)];
  for (const feed of [one, other]) await feed.catchUp(NOW);
  return { one, other };
}

/** Asked again soon: what is waited for comes within moments. */
const SOON = { intervals: [25] };

const ending = { reason: "logout" as const, actorId: null, origin: ORIGIN, now: NOW };

/** Ends a device session on one of them, and waits for the other to know. */
async function endIsHeard({ one, other }: Awaited<ReturnType<typeof twoProcesses>>): Promise<void> {
  const { session } = await issued("jwt", await newAccount());
  expect(other.judge(session.id, "member", NOW)).toBe("good");
  await one.announce(await endDeviceSessions({ id: session.id }, ending));
  await expect.poll(() => other.judge(session.id, "member", NOW), { intervals: [5] }).toBe("ended");
}

/** Of a change that nobody has made: heard, or not, until it is. */
async function somethingIsHeard(by: RevocationFeed): Promise<boolean> {
  const sid = randomId();
  await tellOthers([notice(sid, null, NOW)]);
  return expect
    .poll(() => by.judge(sid, "member", NOW), { timeout: 200, intervals: [5] })
    .toBe("ended")
    .then(
      () => true,
      () => false,
    );
}

base.describe("by Redis", () => {
  const test = base.extend<{ between: Proxy }>({
    between: async ({}, use) => {
      const between = await proxyTo(redisUrl);
      const before = shared.__halfstateSubscription;
      shared.__halfstateSubscription = undefined;
      await withRedis(between.url, nameKeyPrefix("integration"), () => use(between));
      (shared.__halfstateSubscription as Redis | undefined)?.disconnect();
      shared.__halfstateSubscription = before;
      await between.close();
    },
  });
  test.beforeEach(async ({}, { skip }) => skip(!(await answersAt(redisUrl)), NO_REDIS));

  test("an end is heard without a poll, also after the connections were cut, and after they hung", async ({
    between,
  }) => {
    const processes = await twoProcesses();
    hearOthers((notices) => processes.other.takeIn(notices));
    await expect.poll(() => somethingIsHeard(processes.other), SOON).toBe(true);
    await endIsHeard(processes);
    await between.refuse();
    expect(await somethingIsHeard(processes.other)).toBe(false);
    await between.pass();
    await expect.poll(() => somethingIsHeard(processes.other), SOON).toBe(true);
    await endIsHeard(processes);
    between.stall();
    const startedAt = performance.now();
    for (let n = 0; n < 10; n += 1) await tellOthers([notice(randomId(), null, NOW)]);
    expect(performance.now() - startedAt, "nobody waits for it more than once").toBeLessThan(1_500);
    await between.pass();
    // The subscription finds out by its own ping.
    await expect.poll(() => somethingIsHeard(processes.other), SOON).toBe(true);
  });

  test("what is no announcement is not heard, and breaks nothing", async ({ between: _ }) => {
    const processes = await twoProcesses();
    hearOthers((notices) => processes.other.takeIn(notices));
    await expect.poll(() => somethingIsHeard(processes.other), SOON).toBe(true);
    const sid = randomId();
    const { redis } = await import("@/lib/redis/client");
    for (const message of ["", "{}", `[["${sid}",null,1,2]]`, "\u0000".repeat(100), "A".repeat(5_000)])
      await redis()!.publish(`${env().redisKeyPrefix}revocations`, message);
    await endIsHeard(processes);
    expect(processes.other.judge(sid, "member", NOW)).toBe("good");
  });
});

base.describe("by PostgreSQL", () => {
  const test = base.extend<{ isListening: () => boolean }>({
    isListening: async ({}, use) => {
      await withSettings({ redisUrl: null }, () =>
        use(() => shared.__halfstatePostgresChannel?.isOpen ?? false),
      );
      shared.__halfstatePostgresChannel?.close();
      shared.__halfstatePostgresChannel = undefined;
    },
  });
  test.skip(!onPostgres, "about PostgreSQL; TEST_DATABASE_URL is not set");
  test("an end is heard without a poll, also after an administrator ended the connection", async ({
    isListening,
    databaseUrl,
  }) => {
    const processes = await twoProcesses();
    hearOthers((notices) => processes.other.takeIn(notices));
    await expect.poll(() => isListening(), SOON).toBe(true);
    await endIsHeard(processes);
    for (let times = 0; times < rounds(3, 2); times += 1) {
      await onServer((server) =>
        server.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'halfstate announcements'",
          [nameOf(databaseUrl)],
        ),
      );
      await expect.poll(() => somethingIsHeard(processes.other), SOON).toBe(true);
      await endIsHeard(processes);
    }
  });

  test("two hundred ends at once are heard, each of them", async ({ isListening }) => {
    const processes = await twoProcesses();
    hearOthers((notices) => processes.other.takeIn(notices));
    await expect.poll(() => isListening(), SOON).toBe(true);
    const notices = Array.from({ length: 200 }, () => notice(randomId(), null, NOW));
    await processes.one.announce(notices);
    await expect
      .poll(() => notices.filter(({ sid }) => processes.other.judge(sid, "member", NOW) === "ended").length)
      .toBe(200);
  });

  test("a server that is away, or hangs, is waited for by nobody, and heard again when it is back", async ({
    databaseUrl,
  }) => {
    const between = await proxyTo(databaseUrl);
    const heard: string[] = [];
    const channel = new PostgresChannel(between.url, "halfstate_test", (message) => heard.push(message));
    const publishes = async (message: string) => {
      await channel.publish(message);
      return heard.includes(message);
    };
    // Of the ping, which comes every five seconds: to make it come now.
    let ping = () => {};
    const { setTimeout: real } = globalThis;
    const noting = (work: () => void, milliseconds?: number) => {
      if (milliseconds === 5_000) ping = work;
      return real(work, milliseconds);
    };
    globalThis.setTimeout = noting as typeof setTimeout;
    try {
      await channel.open();
      await expect.poll(() => publishes("first"), SOON).toBe(true);
      await between.refuse();
      await expect.poll(() => channel.isOpen, SOON).toBe(false);
      const startedAt = performance.now();
      expect(await publishes("never")).toBe(false);
      expect(performance.now() - startedAt).toBeLessThan(100);
      await between.pass();
      await expect.poll(() => publishes("second"), SOON).toBe(true);
      between.stall();
      await channel.publish("into nothing");
      expect(channel.isOpen).toBe(false);
      await between.pass();
      await expect.poll(() => publishes("third"), SOON).toBe(true);
      // Nobody is told anything, and nobody tells: who only listens must find out by itself.
      between.stall();
      ping();
      await expect.poll(() => channel.isOpen, SOON).toBe(false);
      await between.pass();
      await expect.poll(() => publishes("fourth"), SOON).toBe(true);
      expect(heard).not.toContain("never");
    } finally {
      globalThis.setTimeout = real;
      channel.close();
      await between.close();
    }
  });
});

base.describe("the messages", () => {
  const many = (count: number): RevocationNotice[] =>
    Array.from({ length: count }, (_unused, n) =>
      notice(randomId(), n % 3 === 0 ? "member" : null, new Date(NOW.getTime() + n)),
    );

  base("come back as they were sent, and each fits into one of PostgreSQL", () => {
    for (const count of [0, 1, 50, 51, 333]) {
      const notices = many(count);
      const messages = messagesOf(notices);
      expect(messages.flatMap(noticesIn)).toEqual(notices);
      for (const message of messages)
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MOST_MESSAGE_BYTES);
    }
  });

  base("of anything else, nothing comes", () => {
    const seal = (value: unknown) => sealFor("revocation notices 1", value).toString("base64");
    const [message] = messagesOf(many(1));
    const sid = randomId();
    for (const other of [
      "",
      "nonsense",
      message!.slice(1),
      message!.slice(0, -8),
      sealFor("something else", [[sid, null, 1, 2]]).toString("base64"),
      seal(null),
      seal({ sid }),
      seal([
        null,
        1,
        [],
        [sid],
        [sid, null, "1", 2],
        [sid, "owner", 1, 2],
        [7, null, 1, 2],
        [sid, null, 1, null],
      ]),
    ])
      expect(noticesIn(other)).toEqual([]);
    expect(noticesIn(seal([[sid, null, 1, 2], "nonsense"]))).toHaveLength(1);
  });
});
