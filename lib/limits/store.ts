/** Counters that every instance shares: in Redis while it answers, else in the database. Counting is one atomic step in both. */
import { RateLimiterPrisma, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { env, type Limits } from "@/lib/core/env";
import { db, firstRow, Prisma } from "@/lib/db/client";
import { nameInRedis, redis, redisIsReady, reportRefusal, type Redis } from "@/lib/redis/client";

export type Limiter = {
  /** Counts one; the seconds to wait when that was one too many (it is counted all the same), else null. */
  take(key: string): Promise<{ count: number; retryAfterSeconds: number | null }>;
  /** Takes one count back. */
  giveBack(key: string): Promise<void>;
  /** The seconds to wait when the next one would be too many, without counting it. */
  wouldRefuse(key: string): Promise<number | null>;
  /** How many have been counted in the present window. */
  count(key: string): Promise<number>;
  /** Sets the count for so many seconds from now. */
  hold(key: string, count: number, seconds: number): Promise<void>;
  clear(key: string): Promise<void>;
};

/** `limit` counts in `windowSeconds`; `name` keeps the keys of one limiter apart from another's. */
type LimiterOf = (name: string, limit: number, windowSeconds: number) => Limiter;

/**
 * Runs work with the limiters that `make` makes, in Redis or in the database; from its beginning with those of the database where
 * Redis is lost in the middle. Each place keeps its own counts: what an outage lets through is in docs/decisions/015.
 */
export function counting<Limiters>(make: (limiter: LimiterOf) => Limiters) {
  // By the connection, null for the database; and made anew for other settings.
  const made = new Map<Redis | null, { limits: Limits; limiters: Limiters }>();
  function limitersIn(client: Redis | null): Limiters {
    const { limits } = env();
    const known = made.get(client);
    if (known?.limits === limits) return known.limiters;
    const limiters = make(client ? inRedis(client) : inDatabase);
    made.set(client, { limits, limiters });
    return limiters;
  }
  return async <T>(work: (limiters: Limiters) => Promise<T>): Promise<T> => {
    const client = redis();
    if (client && redisIsReady()) {
      try {
        return await work(limitersIn(client));
      } catch (error) {
        if (!(error instanceof RedisDidNotCount)) throw error;
      }
    }
    return work(limitersIn(null));
  };
}

/** Takes back what was counted; where Redis is lost meanwhile it stays counted, and goes with its window. */
export async function takeBack(steps: (() => Promise<void>)[]): Promise<void> {
  await Promise.all(
    steps.map((step) =>
      step().catch((error: unknown) => {
        if (!(error instanceof RedisDidNotCount)) throw error;
      }),
    ),
  );
}

class RedisDidNotCount extends Error {}

/**
 * The library's store for Prisma with its three steps as one statement each, past Prisma's client: a count of its own is two calls
 * of that, and a log-in counts seven times (docs/decisions/012). An expired row begins anew, in the statement that finds it so.
 */
class CounterTable extends RateLimiterPrisma {
  _upsert(key: string, points: number, milliseconds: number, replaces: boolean): Promise<CounterRow | null> {
    const now = new Date();
    const until = new Date(now.getTime() + milliseconds);
    const isOver = replaces ? Prisma.sql`1 = 1` : Prisma.sql`"RateLimit"."expire" <= ${now}`;
    return firstRow<CounterRow>(Prisma.sql`
      INSERT INTO "RateLimit" ("key", "points", "expire") VALUES (${key}, ${points}, ${until})
      ON CONFLICT ("key") DO UPDATE SET
        "points" = excluded."points" + CASE WHEN ${isOver} THEN 0 ELSE "RateLimit"."points" END,
        "expire" = CASE WHEN ${isOver} THEN excluded."expire" ELSE "RateLimit"."expire" END
      RETURNING "points", "expire"`);
  }

  _get(key: string): Promise<CounterRow | null> {
    return firstRow<CounterRow>(Prisma.sql`
      SELECT "points", "expire" FROM "RateLimit" WHERE "key" = ${key} AND ("expire" IS NULL OR "expire" > ${new Date()})`);
  }

  async _delete(key: string): Promise<boolean> {
    return (
      (await firstRow(Prisma.sql`DELETE FROM "RateLimit" WHERE "key" = ${key} RETURNING "key"`)) !== null
    );
  }
}

type CounterRow = { points: number; expire: string | Date | null };

const inDatabase: LimiterOf = (name, limit, windowSeconds) =>
  limiter(
    new CounterTable({
      storeClient: db(),
      tableName: "rateLimit",
      keyPrefix: name,
      points: limit,
      duration: windowSeconds,
      clearExpiredByTimeout: false,
    }),
    limit,
    (asked) => asked,
  );

const inRedis =
  (client: Redis): LimiterOf =>
  (name, limit, windowSeconds) =>
    limiter(
      new RateLimiterRedis({
        storeClient: client,
        keyPrefix: nameInRedis(`limit:${name}`),
        points: limit,
        duration: windowSeconds,
      }),
      limit,
      (asked) =>
        asked.catch((error: unknown) => {
          if (error instanceof RateLimiterRes) throw error;
          reportRefusal(error);
          throw new RedisDidNotCount("Redis did not count.", { cause: error });
        }),
    );

function limiter(
  counter: RateLimiterPrisma | RateLimiterRedis,
  limit: number,
  ask: <T>(asked: Promise<T>) => Promise<T>,
): Limiter {
  return {
    async take(key) {
      try {
        return { count: (await ask(counter.consume(key))).consumedPoints, retryAfterSeconds: null };
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return { count: refused.consumedPoints, retryAfterSeconds: secondsFrom(refused) };
      }
    },
    async giveBack(key) {
      await ask(counter.reward(key));
    },
    async wouldRefuse(key) {
      const current = await ask(counter.get(key));
      return current && current.consumedPoints >= limit ? secondsFrom(current) : null;
    },
    count: async (key) => (await ask(counter.get(key)))?.consumedPoints ?? 0,
    async hold(key, count, seconds) {
      await ask(counter.set(key, count, seconds));
    },
    async clear(key) {
      await ask(counter.delete(key));
    },
  };
}

const secondsFrom = (state: RateLimiterRes) => Math.max(1, Math.ceil(state.msBeforeNext / 1000));
