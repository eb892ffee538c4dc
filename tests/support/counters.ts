/** The counters of the limits as they are kept, in the database or in Redis: to look at them, and to play time by ending one. */
import { test as base } from "./database";
import { db } from "@/lib/db/client";
import { nameInRedis } from "@/lib/redis/client";
import { answersAt, clearKeys, keysAt, nameKeyPrefix, NO_REDIS, onRedis, redisUrl, withRedis } from "./redis";

export type Counters = {
  /** Null: there is none. `endsAt` in milliseconds, null for one without an end. */
  find(key: string): Promise<{ points: number; endsAt: number | null } | null>;
  set(key: string, points: number, seconds: number): Promise<void>;
  over(key: string): Promise<void>;
  keys(): Promise<string[]>;
};

const inDatabase: Counters = {
  async find(key) {
    const row = await db().rateLimit.findUnique({ where: { key } });
    return row && { points: row.points, endsAt: row.expire?.getTime() ?? null };
  },
  async set(key, points, seconds) {
    const expire = new Date(Date.now() + seconds * 1000);
    await db().rateLimit.upsert({
      where: { key },
      create: { key, points, expire },
      update: { points, expire },
    });
  },
  async over(key) {
    await db().rateLimit.update({ where: { key }, data: { expire: new Date(Date.now() - 1) } });
  },
  keys: async () => (await db().rateLimit.findMany({ select: { key: true } })).map(({ key }) => key),
};

const inRedis: Counters = {
  find: (key) =>
    onRedis(redisUrl, async (client) => {
      const points = await client.get(named(key));
      const endsAt = await client.pexpiretime(named(key));
      return points === null ? null : { points: Number(points), endsAt: endsAt < 0 ? null : endsAt };
    }),
  set: (key, points, seconds) =>
    onRedis(redisUrl, async (client) => void (await client.set(named(key), points, "EX", seconds))),
  over: (key) => onRedis(redisUrl, async (client) => void (await client.del(named(key)))),
  keys: async () => (await keysAt(redisUrl, named(""))).map((key) => key.slice(named("").length)),
};

const named = (key: string) => nameInRedis(`limit:${key}`);

export const PLACES = ["the database", "Redis"] as const;

/** `counters`: where this process counts. */
export const test = base.extend<{ place: (typeof PLACES)[number]; counters: Counters }>({
  place: ["the database", { option: true }],
  counters: async ({ place }, use, { skip }) => {
    if (place === "the database") return withRedis(null, "unused:", () => use(inDatabase));
    skip(!(await answersAt(redisUrl)), NO_REDIS);
    const prefix = nameKeyPrefix("integration");
    await withRedis(redisUrl, prefix, () => use(inRedis));
    await clearKeys(redisUrl, prefix);
  },
});
