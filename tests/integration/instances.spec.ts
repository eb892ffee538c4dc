/** Processes on one database: each says that it is there, and hears of another whose configuration does not go with its own. */
import { Instance } from "@/lib/accounts/instances";
import type { SharedConfiguration } from "@/lib/accounts/configuration";
import { db } from "@/lib/db/client";
import { pruneOnce } from "@/lib/db/expired";
import { databaseClock } from "@/lib/db/instances";
import { expect, test } from "../support/database";

test.beforeEach(async () => void (await db().instance.deleteMany()));

const MINUTE = 60_000;

function newInstance(secret: string, accepts = [secret]) {
  const said: string[] = [];
  const shared: SharedConfiguration = {
    SESSION_SECRET: { makes: secret, accepts },
    APP_URL: { makes: "https://app.example", accepts: ["https://app.example"] },
  };
  const hear = (level: string) => (_fields: object, message: string) =>
    void said.push(`${level}: ${message.split("\n")[0]}`);
  const instance = new Instance(
    async () => shared,
    () => ({ warn: hear("warn"), info: hear("info") }),
  );
  return { instance, said, shared };
}

const seenAgo = async (id: string, milliseconds: number) =>
  db().instance.update({
    where: { id },
    data: { seenAt: new Date((await databaseClock()).getTime() - milliseconds) },
  });

const rows = () => db().instance.findMany({ select: { id: true } });

test("another secret is named by both, said once, and taken back when they agree", async () => {
  const [one, other] = [newInstance("a"), newInstance("b")];
  await one.instance.beat();
  expect(one.instance.differs).toEqual([]);
  await other.instance.beat();
  await other.instance.beat();
  await one.instance.beat();
  for (const { instance, said } of [one, other]) {
    expect(instance.differs).toEqual(["SESSION_SECRET"]);
    expect(said).toEqual(["warn: Another instance on this database is configured differently:"]);
  }
  other.shared.SESSION_SECRET = { makes: "b", accepts: ["a", "b"] };
  one.shared.SESSION_SECRET = { makes: "a", accepts: ["b", "a"] };
  await other.instance.beat();
  await one.instance.beat();
  expect(one.instance.differs).toEqual([]);
  expect(one.said.at(-1)).toBe("info: the instances agree again");
});

test("one that agrees is not spoken of, and a third that does not is", async () => {
  const [one, same, third] = [newInstance("a"), newInstance("a"), newInstance("c")];
  for (const { instance } of [one, same]) await instance.beat();
  expect([...one.said, ...same.said]).toEqual([]);
  await third.instance.beat();
  await same.instance.beat();
  expect(same.instance.differs).toEqual(["SESSION_SECRET"]);
});

test("one that was not seen for a minute counts no more, and its row goes after an hour", async () => {
  const [gone, one] = [newInstance("a"), newInstance("b")];
  await gone.instance.beat();
  await seenAgo(gone.instance.id, 50_000);
  await one.instance.beat();
  expect(one.instance.differs).toEqual(["SESSION_SECRET"]);
  await seenAgo(gone.instance.id, MINUTE + 5_000);
  await one.instance.beat();
  expect(one.instance.differs).toEqual([]);
  await pruneOnce(new Date(), 400);
  expect(await rows()).toHaveLength(2);
  await seenAgo(gone.instance.id, 61 * MINUTE);
  await pruneOnce(new Date(), 400);
  expect(await rows()).toEqual([{ id: one.instance.id }]);
});

test("one that stops takes its row with it, after the beat that is on its way", async () => {
  const { instance } = newInstance("a");
  const starting = instance.start();
  await instance.stop();
  await starting;
  expect(await rows()).toEqual([]);
});

test("a beat keeps the row up to date, and one that was pruned comes back", async () => {
  const { instance, shared } = newInstance("a");
  await instance.beat();
  shared.SESSION_SECRET!.makes = "b";
  await instance.beat();
  expect(await db().instance.findMany({ select: { id: true, shared: true } })).toEqual([
    { id: instance.id, shared },
  ]);
  await db().instance.deleteMany();
  await instance.beat();
  expect(await rows()).toHaveLength(1);
});

test("the database's clock is this machine's, and nobody is warned of it", async () => {
  const { instance, said } = newInstance("a");
  const before = Date.now();
  const now = (await databaseClock()).getTime();
  // SQLite tells whole seconds.
  expect(now).toBeGreaterThan(before - 1_001);
  expect(now).toBeLessThanOrEqual(Date.now() + 1);
  await instance.beat();
  expect(said).toEqual([]);
});

test("a clock that is seconds off the database's is told of, once", async () => {
  const { instance, said } = newInstance("a");
  const { now } = Date;
  try {
    for (const seconds of [5, -5]) {
      Date.now = () => now() + seconds * 1000;
      await instance.beat();
      await instance.beat();
    }
  } finally {
    Date.now = now;
  }
  expect(said).toEqual([expect.stringMatching(/^warn: This machine's clock and the database's differ/)]);
  await instance.beat();
  Date.now = () => now() - 5_000;
  await instance.beat().finally(() => (Date.now = now));
  expect(said).toHaveLength(2);
});
