// Session look-ups through Redis: what a copy is good for, and everything for which it is not.
import { strategies } from "@/lib/auth/authenticate";
import { changeRole } from "@/lib/auth/account/store";
import type { Issued, Mode } from "@/lib/auth/contract";
import { tellOthers } from "@/lib/auth/device-sessions/announcements";
import { copyName } from "@/lib/auth/device-sessions/copies";
import { RevocationFeed, revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { openSealOnce } from "@/lib/auth/strategies/session/opened-seals";
import { TOUCH_MILLISECONDS } from "@/lib/auth/strategies/session/store";
import { rename } from "@/lib/accounts/profile";
import { switchMode } from "@/lib/accounts/switch-mode";
import { env } from "@/lib/core/env";
import { db, type Database } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { dropCopies, keepCopy, readCopy } from "@/lib/redis/copies";
import { openFor, sealFor } from "@/lib/redis/seal";
import { withLabConditions } from "@/lib/trace/lab-scope";
import { expect, test as base } from "../support/database";
import { proxyTo, type Proxy } from "../support/proxy";
import {
  answersAt,
  clearKeys,
  keysAt,
  nameKeyPrefix,
  NO_REDIS,
  onRedis,
  redisUrl,
  withRedis,
} from "../support/redis";
import { rounds } from "../support/rounds";
import { after, codeOf, end, issued, newAccount, NOTHING, NOW, ORIGIN, remove, requestOf } from "./situation";

const prefix = nameKeyPrefix("integration");

/** `between`: this process has its Redis through here. */
const test = base.extend<{ between: Proxy }>({
  between: async ({}, use) => {
    const between = await proxyTo(redisUrl);
    await withRedis(between.url, prefix, async () => {
      await revocationFeed().catchUp(NOW);
      await use(between);
    });
    await between.close();
    await clearKeys(redisUrl, prefix);
  },
});

test.beforeEach(async ({}, { skip }) => skip(!(await answersAt(redisUrl)), NO_REDIS));

/** Asked again soon: what is waited for comes within moments. */
const SOON = { intervals: [25] };

const visit = { now: NOW, origin: ORIGIN, carrier: NOTHING };

/** What session mode says of the next request of whoever was issued this, and how many queries that took. */
const ask = (one: Issued, now = NOW) =>
  withQueryTrace(async (trace) => {
    const verdict = await strategies.session.authenticate(requestOf(one), now);
    return {
      said: verdict?.ok ? verdict.value.user : codeOf(verdict),
      queries: trace.queries,
      expiresAt: verdict?.ok ? verdict.value.session.expiresAt : null,
    };
  });

const keptCopy = ({ session }: Issued, now = NOW) => readCopy(copyName(session.id), now);

/** Somebody who is signed in in session mode, and of whom Redis has a copy. */
async function copied(mode: Mode = "session") {
  const user = await newAccount();
  const one = await issued(mode, user);
  expect(await ask(one)).toMatchObject({ said: user, queries: 1 });
  await expect.poll(() => keptCopy(one), SOON).not.toBeNull();
  return { user, one };
}

/** Lets the process think with the feed of another one, which hears of nothing but what it polls. */
async function asAnotherProcess<T>(work: (feed: RevocationFeed) => Promise<T>, now = NOW): Promise<T> {
  const shared = globalThis as { __halfstateRevocations?: RevocationFeed };
  const before = revocationFeed();
  const feed = new RevocationFeed(undefined, tellOthers);
  await feed.catchUp(now);
  shared.__halfstateRevocations = feed;
  try {
    return await work(feed);
  } finally {
    shared.__halfstateRevocations = before;
  }
}

test("a look-up that found somebody spares every process the next ones, and says the same", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const first = await ask(one);
  expect(first).toMatchObject({ said: user, queries: 0 });
  await asAnotherProcess(async () => expect(await ask(one)).toEqual(first));
});

test("Redis holds no id, no email and no name, and what it holds opens for nobody without the secret, nor under another name", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const { user: other, one: others } = await copied();
  const keys = await keysAt(redisUrl, prefix);
  expect(keys.length).toBeGreaterThanOrEqual(2);
  const contents = await onRedis(redisUrl, (client) => Promise.all(keys.map((key) => client.getBuffer(key))));
  const dump = keys.join("\n") + contents.map((content) => content!.toString("latin1")).join("\n");
  for (const secret of [user.id, user.email, user.name, one.session.id, other.id, others.session.id])
    expect(dump).not.toContain(secret);

  const sealed = sealFor("mine", { role: "admin" });
  expect(openFor("mine", sealed)).toEqual({ role: "admin" });
  expect(openFor("yours", sealed)).toBeUndefined();
  const { sessionSecrets } = env();
  const another = "another secret of thirty-two characters";
  env().sessionSecrets = [another];
  expect(openFor("mine", sealed)).toBeUndefined();
  // While the secret is rotated, what one server has sealed opens for all.
  env().sessionSecrets = [another, ...sessionSecrets];
  expect(openFor("mine", sealed)).toEqual({ role: "admin" });
  env().sessionSecrets = sessionSecrets;
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(openFor("mine", changed)).toBeUndefined();
  }
});

test("whatever somebody else writes in the place of a copy is not believed: the database is asked", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const [mine] = await keysAt(redisUrl, prefix);
  const { one: admin } = await copied();
  await changeRole(admin.user.id, "admin", { actorId: null, origin: ORIGIN, now: NOW });
  await onRedis(redisUrl, async (client) => {
    const [foreign] = (await keysAt(redisUrl, prefix)).filter((key) => key !== mine);
    const sealed = (await client.getBuffer(foreign!))!;
    for (const content of [Buffer.from("{}"), Buffer.alloc(27), Buffer.alloc(500, 7), sealed]) {
      await client.set(mine!, content, "EX", 30);
      expect(await ask(one)).toMatchObject({ said: user, queries: 1 });
    }
  });
  // A key of another kind makes Redis refuse the question.
  await onRedis(redisUrl, async (client) => {
    for (const place of await client.keys(`${prefix}*`)) {
      await client.del(place);
      await client.lpush(place, "a list");
      await client.expire(place, 30);
    }
  });
  expect(await ask(one)).toMatchObject({ said: user, queries: 1 });
});

test("a copy that a server with a fast clock has kept is not believed for longer than any other", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const what = await keptCopy(one);
  const fast = after(3600);
  await onRedis(redisUrl, async (client) => client.del(await keysAt(redisUrl, prefix)));
  keepCopy(copyName(one.session.id), what, fast, new Date(fast.getTime() + 20_000));
  await expect.poll(() => keptCopy(one, fast)).toEqual(what);
  expect(await ask(one)).toMatchObject({ said: user, queries: 1 });
});

const ENDINGS: Record<string, (one: Issued) => Promise<unknown>> = {
  ended: ({ session }) => end(session.id),
  "removed with its account": ({ user }) => remove(user.id),
  "switched to the other mode": (one) =>
    switchMode({ user: one.user, session: one.session }, "jwt", visit).then(({ ok }) =>
      expect(ok).toBe(true),
    ),
  "replaced by another sign-in": ({ user, session }) =>
    issued("session", user, { replaces: { sessions: [session.id], reason: "replaced" } }),
};

for (const [name, finish] of Object.entries(ENDINGS)) {
  test(`a device session that was ${name} is refused by every process from the moment that is done`, async ({
    between: _,
  }) => {
    const { one } = await copied();
    await asAnotherProcess(async () => {
      expect(await ask(one)).toMatchObject({ queries: 0 });
      await asAnotherProcess(() => finish(one));
      expect(await ask(one)).toMatchObject({ said: "session_ended", queries: 1 });
    });
  });
}

test("a new name and a new role are seen by every process from the moment they are saved", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const caller = { user: one.user, session: one.session };
  await asAnotherProcess(async () => {
    expect(await ask(one)).toMatchObject({ said: user, queries: 0 });
    await asAnotherProcess(() => rename(caller, "Countess", visit));
    expect(await ask(one)).toMatchObject({ said: { ...user, name: "Countess" }, queries: 1 });
    await asAnotherProcess(async (feed) => {
      const changed = await changeRole(user.id, "editor", { actorId: null, origin: ORIGIN, now: NOW });
      await (changed.ok && changed.value && feed.announce(changed.value.notices));
    });
    // Nobody told: a feed that has heard of the role by its poll does not believe a copy with another one.
    await revocationFeed().catchUp(NOW);
    expect(await ask(one)).toMatchObject({ said: { ...user, name: "Countess", role: "editor" } });
  });
});

test("an end that Redis never heard of is felt by the next poll, and a feed that is a second old vouches for nothing", async ({
  between,
}) => {
  const { one } = await copied();
  await between.refuse();
  await end(one.session.id);
  await between.pass();
  await expect.poll(() => keptCopy(one), "the copy has outlived its session").not.toBeNull();

  const before = new RevocationFeed(() => Promise.resolve([]));
  const shared = globalThis as { __halfstateRevocations?: RevocationFeed };
  const ours = revocationFeed();
  shared.__halfstateRevocations = before;
  try {
    expect((await ask(one)).said, "never polled").toBe("session_ended");
    await before.catchUp(NOW);
    expect((await ask(one)).queries, "this is the second that is documented").toBe(0);
    for (const seconds of [1, 5, 29, -1, -60])
      expect((await ask(one, after(seconds))).said, `${seconds} s later`).toBe("session_ended");
  } finally {
    shared.__halfstateRevocations = ours;
  }
  await asAnotherProcess(async () => expect((await ask(one)).said).toBe("session_ended"));
});

test("once the database cannot be polled, no copy counts: session mode says when to come back", async ({
  between: _,
}) => {
  const { one } = await copied();
  let isAway = false;
  const feed = new RevocationFeed(() => (isAway ? Promise.reject(new Error("gone")) : Promise.resolve([])));
  const now = new Date();
  await feed.start();
  expect(feed.vouchesFor(one.session.id, "member", now)).toBe(true);
  isAway = true;
  await feed.start();
  feed.stop();
  expect(feed.vouchesFor(one.session.id, "member", now)).toBe(false);
});

test("a Lab request whose database is away does not see it through a copy", async ({ between: _ }) => {
  const { user, one } = await copied();
  for (const database of ["fails"] as const) {
    const seen = await withLabConditions({ userId: user.id, database }, () => ask(one));
    expect(seen.said).toBe("storage_unavailable");
  }
  expect(await ask(one)).toMatchObject({ said: user, queries: 0 });
});

test("a reader who was slow cannot put back what was dropped meanwhile, nor can one who is slower than the mark", async ({
  between: _,
}) => {
  const later = after(3_600);
  keepCopy("one", "old", NOW, later);
  await expect.poll(() => readCopy("one", NOW)).toBe("old");
  await dropCopies(["one"]);
  expect(await readCopy("one", NOW)).toBeNull();
  keepCopy("one", "old", NOW, later);
  keepCopy("two", "after it", NOW, later);
  await expect.poll(() => readCopy("two", NOW)).toBe("after it");
  expect(await readCopy("one", NOW)).toBeNull();

  // By the time the mark is gone, what was read before is over.
  const [key] = (await keysAt(redisUrl, prefix)).filter((name) => name.includes("copy:"));
  const mark = await onRedis(redisUrl, async (client) => {
    const left = await Promise.all((await client.keys(`${prefix}copy:*`)).map((name) => client.ttl(name)));
    return Math.max(...left);
  });
  expect(key).toBeDefined();
  expect(await readCopy("two", after(29.9))).toBe("after it");
  expect(await readCopy("two", after(30))).toBeNull();
  expect(mark).toBeGreaterThan(30);
});

test("a copy ends when its session does, and when its next touch is due; so the sliding end is always the database's", async ({
  between: _,
}) => {
  const { user, one } = await copied();
  const { idleExpiresAt } = await db().deviceSession.findUniqueOrThrow({ where: { id: one.session.id } });
  // The last moment of its minute: the copy of this look-up is good for less than a second.
  const due = new Date(NOW.getTime() + TOUCH_MILLISECONDS);
  const almost = new Date(due.getTime() - 500);
  await revocationFeed().catchUp(almost);
  await dropCopies([copyName(one.session.id)]);
  await onRedis(redisUrl, async (client) => client.del(await client.keys(`${prefix}*`)));
  expect(await ask(one, almost)).toMatchObject({ said: user, queries: 1 });
  await expect.poll(() => keptCopy(one, almost), SOON).not.toBeNull();
  expect(await keptCopy(one, due)).toBeNull();

  const late = new Date(due.getTime() + 1);
  const touched = await ask(one, late);
  expect(touched.said).toEqual(user);
  expect(touched.expiresAt!.getTime()).toBeGreaterThan(idleExpiresAt!.getTime());
  const moved = async () =>
    (await db().deviceSession.findUniqueOrThrow({ where: { id: one.session.id } })).idleExpiresAt;
  await expect.poll(moved, SOON).not.toEqual(idleExpiresAt);
  // What follows is kept with the new end, not the old one.
  await expect
    .poll(async () => {
      await revocationFeed().catchUp(late);
      const { queries, expiresAt } = await ask(one, late);
      return { queries, expiresAt };
    }, SOON)
    .toEqual({ queries: 0, expiresAt: await moved() });
});

const ROUNDS = rounds(200);

test("look-ups that race an end put nothing back, whichever process they run on", async ({ between: _ }) => {
  const user = await newAccount();
  const shared = globalThis as { __halfstateRevocations?: RevocationFeed; __halfstateDatabase?: Database };
  const [ours, database] = [revocationFeed(), (db(), shared.__halfstateDatabase!)];
  // Its readers are slow on their way from the database to Redis, each a little more than the one before.
  let reader = 0;
  const firstRow: Database["firstRow"] = async (query) => {
    const row = await database.firstRow(query);
    for (let pause = 0, pauses = (reader += 1) % 40; pause < pauses; pause += 1)
      await new Promise(setImmediate);
    return row;
  };
  let served = 0;
  // The races are races where some look-ups are faster than the end: it goes on until enough were.
  for (let round = 0; round < ROUNDS || (served <= ROUNDS / 10 && round < 1_000); round += 1) {
    const one = await issued("session", user);
    await openSealOnce(one.cookies.find(({ name }) => name === "session")!.value!, NOW);
    // And it never hears of anything: only what is in Redis can tell it.
    const deaf = new RevocationFeed(() => Promise.resolve([]));
    await deaf.catchUp(NOW);
    Object.assign(shared, { __halfstateRevocations: deaf, __halfstateDatabase: { ...database, firstRow } });
    try {
      const reading = Array.from({ length: 4 }, () => ask(one));
      for (let pause = 0; pause < round % 12; pause += 1) await new Promise(setImmediate);
      const ending = { reason: "logout" as const, actorId: null, origin: ORIGIN, now: NOW };
      const notices = await endDeviceSessions({ id: one.session.id }, ending);
      await ours.announce(notices);
      served += (await Promise.all(reading)).filter(({ said }) => said !== "session_ended").length;
      expect(await ask(one), `round ${round}`).toMatchObject({ said: "session_ended" });
    } finally {
      Object.assign(shared, { __halfstateRevocations: ours, __halfstateDatabase: database });
    }
  }
  expect(served).toBeGreaterThan(ROUNDS / 10);
});

test("a Redis that is cut off or hangs costs one short wait and signs nobody out; when it is back it is used again", async ({
  between,
}) => {
  const { user, one } = await copied();
  for (const lose of [between.refuse, async () => between.stall()]) {
    await lose();
    const startedAt = performance.now();
    for (let n = 0; n < 20; n += 1) expect(await ask(one)).toMatchObject({ said: user, queries: 1 });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    const { one: another } = { one: await issued("session", user) };
    await end(another.session.id);
    expect((await ask(another)).said).toBe("session_ended");
    await between.pass();
    await expect.poll(async () => (await ask(one)).queries, SOON).toBe(0);
  }
});
