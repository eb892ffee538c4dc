/** What a process knows of ended device sessions, and what it answers while it cannot know. */
import { mock } from "node:test";
import { authenticate } from "@/lib/auth/authenticate";
import type { Role } from "@/lib/auth/contract";
import { changeRole } from "@/lib/auth/account/store";
import {
  RevocationFeed,
  revocationFeed,
  SILENT_AFTER_MILLISECONDS,
} from "@/lib/auth/device-sessions/revocation-feed";
import { notice, saveNotices, type RevocationNotice } from "@/lib/auth/device-sessions/store";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { expect, test } from "../support/database";
import {
  after,
  codeOf,
  end,
  issued,
  newAccount,
  NOW,
  ORIGIN,
  remove,
  requestOf,
  withSettings,
} from "./situation";

const SILENT = SILENT_AFTER_MILLISECONDS / 1000;

/** Another server: it has a memory of its own, and only the database in common with us. */
const otherProcess = () => new RevocationFeed();

async function caughtUp(feed = otherProcess(), now = NOW): Promise<RevocationFeed> {
  await feed.catchUp(now);
  return feed;
}

/** A feed whose database says this, and counts the questions. */
function told(...answers: RevocationNotice[][]) {
  const asked: Date[] = [];
  const feed = new RevocationFeed((since) => {
    asked.push(since);
    return Promise.resolve(answers.shift() ?? []);
  });
  return { feed, asked };
}

/** Lets the process think with this feed. */
async function thinkingWith<T>(feed: RevocationFeed, work: () => Promise<T>): Promise<T> {
  const shared = globalThis as { __halfstateRevocations?: RevocationFeed };
  const before = revocationFeed();
  shared.__halfstateRevocations = feed;
  try {
    return await work();
  } finally {
    shared.__halfstateRevocations = before;
  }
}

const ended = (sid: string, now = NOW) => notice(sid, null, now);
const role = (sid: string, value: Role, now = NOW) => notice(sid, value, now);

test("before it has heard anything the feed cannot tell, and JWT mode answers 503 rather than let anybody in", async () => {
  const feed = otherProcess();
  expect(feed.judge("any", "member", NOW)).toBe("unknown");
  expect(feed.isSilent(NOW)).toBe(true);
  expect(feed.lag(NOW)).toBeNull();
  const one = await issued("jwt", await newAccount());
  await thinkingWith(feed, async () => {
    expect(await authenticate(requestOf(one), NOW)).toEqual({
      ok: false,
      failure: { code: "storage_unavailable", retryAfterSeconds: 5 },
    });
  });
});

test("an announcement alone does not make a feed that has heard nothing else believe it knows", () => {
  const feed = otherProcess();
  feed.announce([ended("a")]);
  expect(feed.judge("b", "member", NOW)).toBe("unknown");
});

test("a failing database leaves what was known, and throws", async () => {
  let works = true;
  const feed = new RevocationFeed(() =>
    works ? Promise.resolve([ended("a")]) : Promise.reject(new Error("gone")),
  );
  await feed.catchUp(NOW);
  works = false;
  await expect(feed.catchUp(after(1))).rejects.toThrow("gone");
  expect(feed.lag(after(1))).toBe(1000);
  expect(feed.judge("a", "member", after(1))).toBe("ended");
  expect(feed.judge("b", "member", after(1))).toBe("good");
});

test("where an outage refuses, nobody is let in once the feed is silent; it heals by itself", async () => {
  const feed = await caughtUp();
  await withSettings({ revocationOnOutage: "refuse" }, async () => {
    expect(feed.judge("a", "member", after(SILENT))).toBe("good");
    expect(feed.isSilent(after(SILENT + 1))).toBe(true);
    expect(feed.judge("a", "member", after(SILENT + 1))).toBe("unknown");
    const one = await issued("jwt", await newAccount());
    await thinkingWith(feed, async () => {
      expect(codeOf(await authenticate(requestOf(one), after(SILENT + 1)))).toBe("storage_unavailable");
      await feed.catchUp(after(SILENT + 2));
      expect(codeOf(await authenticate(requestOf(one), after(SILENT + 2)))).toBe("ok");
    });
  });
});

test("where an outage serves, what was known stays refused and the rest goes on, and the feed says that it is silent", async () => {
  const feed = await caughtUp();
  feed.announce([ended("a")]);
  expect(feed.isSilent(after(SILENT + 1))).toBe(true);
  expect(feed.judge("a", "member", after(SILENT + 1))).toBe("ended");
  expect(feed.judge("b", "member", after(SILENT + 1))).toBe("good");
});

test("what is announced is refused at once, without a query", async () => {
  const feed = await caughtUp();
  await withQueryTrace(async (trace) => {
    feed.announce([ended("a")]);
    expect(feed.judge("a", "member", NOW)).toBe("ended");
    expect(feed.judge("b", "member", NOW)).toBe("good");
    expect(trace.queries).toBe(0);
  });
});

test("a changed role makes the old claim stale and the new one good, in either direction", async () => {
  const feed = await caughtUp();
  feed.announce([role("a", "admin"), role("b", "member")]);
  expect(feed.judge("a", "member", NOW)).toBe("stale");
  expect(feed.judge("a", "admin", NOW)).toBe("good");
  expect(feed.judge("b", "admin", NOW)).toBe("stale");
  expect(feed.judge("b", "member", NOW)).toBe("good");
});

test("of two role changes the later one counts, in whatever order they arrive", async () => {
  const [first, second] = [role("a", "admin", NOW), role("a", "member", after(1))];
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    const feed = await caughtUp();
    for (const one of order) feed.announce([one]);
    expect(feed.judge("a", "member", after(1))).toBe("good");
    expect(feed.judge("a", "admin", after(1))).toBe("stale");
  }
});

test("an end is final, whatever role change arrives after it or was made later", async () => {
  for (const order of [
    [ended("a"), role("a", "member", after(1))],
    [role("a", "member", after(1)), ended("a")],
  ]) {
    const feed = await caughtUp();
    for (const one of order) feed.announce([one]);
    expect(feed.judge("a", "member", after(1))).toBe("ended");
  }
});

test("another process refuses what ended here as soon as it has caught up, and asks the database once for it", async () => {
  const [one, other] = [await issued("jwt", await newAccount()), await issued("jwt", await newAccount())];
  const theirs = await caughtUp();
  await revocationFeed().catchUp(NOW);
  await end(one.session.id, after(1));

  const there = (issue: typeof one) => thinkingWith(theirs, () => authenticate(requestOf(issue), after(2)));
  expect(codeOf(await authenticate(requestOf(one), after(2)))).toBe("session_ended");
  expect(codeOf(await there(one))).toBe("ok");
  await withQueryTrace(async (trace) => {
    await theirs.catchUp(after(2));
    expect(trace.queries).toBe(1);
    expect(codeOf(await there(one))).toBe("session_ended");
    expect(codeOf(await there(other))).toBe("ok");
    expect(trace.queries).toBe(1);
  });
});

test("another process feels a role change and a deleted account as well", async () => {
  const [ada, bob] = [await newAccount(), await newAccount()];
  const [one, other] = [await issued("jwt", ada), await issued("jwt", bob)];
  const theirs = await caughtUp();
  await changeRole(ada.id, "admin", { actorId: null, origin: ORIGIN, now: after(1) });
  await remove(bob.id, after(1));
  await thinkingWith(theirs, async () => {
    await theirs.catchUp(after(1));
    expect(codeOf(await authenticate(requestOf(one), after(1)))).toBe("token_expired");
    expect(codeOf(await authenticate(requestOf(other), after(1)))).toBe("session_ended");
  });
});

test("a process that starts late knows all that still matters", async () => {
  const one = await issued("jwt", await newAccount());
  await end(one.session.id);
  const theirs = await caughtUp(otherProcess(), after(env().accessTokenTtlSeconds));
  expect(theirs.judge(one.session.id, "member", after(env().accessTokenTtlSeconds))).toBe("ended");
});

test("each poll looks back over what may have been committed late, and no further", async () => {
  const { feed, asked } = told();
  await feed.catchUp(NOW);
  await feed.catchUp(after(1));
  await feed.catchUp(after(60));
  expect(asked).toEqual([new Date(0), after(0 - 30), after(1 - 30)]);
});

test("a notice that was written before the last poll and committed after it is still found", async () => {
  const theirs = await caughtUp();
  const [late, never] = [randomId(), randomId()];
  await saveNotices(db(), [ended(late, after(-29)), ended(never, after(-31))]);
  await theirs.catchUp(after(1));
  expect(theirs.judge(late, "member", after(1))).toBe("ended");
  expect(theirs.judge(never, "member", after(1))).toBe("good");
});

test("a notice is remembered for as long as any access token of its time could be accepted, and then forgotten", async () => {
  const { feed } = told([], [], [], []);
  await feed.catchUp(NOW);
  feed.announce([ended("a")]);
  // The lifetime of a token, the verifier's tolerance, and the tolerance of a clock that is behind.
  const lastMoment = env().accessTokenTtlSeconds + 10;
  await feed.catchUp(after(lastMoment));
  expect(feed.judge("a", "member", after(lastMoment))).toBe("ended");
  await feed.catchUp(after(env().accessTokenTtlSeconds + 30));
  expect(feed.judge("a", "member", after(lastMoment))).toBe("good");
});

test("the same notice, heard again and again, changes nothing", async () => {
  const one = role("a", "admin");
  const { feed } = told([one], [one, one], [one]);
  for (const at of [0, 1, 2]) await feed.catchUp(after(at));
  expect(feed.judge("a", "member", after(2))).toBe("stale");
});

test("starting survives a database that is away, and stopping ends the polling", async () => {
  const feed = new RevocationFeed(() => Promise.reject(new Error("gone")));
  await feed.start();
  feed.stop();
  expect(feed.judge("a", "member", NOW)).toBe("unknown");
});

test("stopping while a poll is under way ends the polling too, and starting anew polls once a time", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const answers: (() => void)[] = [];
    const feed = new RevocationFeed(() => new Promise((resolve) => answers.push(() => resolve([]))));
    const first = feed.start();
    feed.stop();
    answers[0]!();
    await first;
    mock.timers.tick(60_000);
    expect(answers.length).toBe(1);

    const second = feed.start();
    feed.stop();
    const third = feed.start();
    for (const answer of answers.slice(1)) answer();
    await Promise.all([second, third]);
    expect(answers.length).toBe(3);
    mock.timers.tick(400);
    expect(answers.length).toBe(4);
    feed.stop();
  } finally {
    mock.timers.reset();
  }
});
