/** Counters that every instance shares, because they are kept where the truth is; counting is one atomic statement. */
import { RateLimiterPrisma, RateLimiterRes } from "rate-limiter-flexible";
import { db } from "@/lib/db/client";

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
export function limiter(name: string, limit: number, windowSeconds: number): Limiter {
  const counter = new RateLimiterPrisma({
    storeClient: db(),
    tableName: "rateLimit",
    keyPrefix: name,
    points: limit,
    duration: windowSeconds,
    clearExpiredByTimeout: false,
  });
  return {
    async take(key) {
      try {
        return { count: (await counter.consume(key)).consumedPoints, retryAfterSeconds: null };
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return { count: refused.consumedPoints, retryAfterSeconds: secondsFrom(refused) };
      }
    },
    async giveBack(key) {
      await counter.reward(key);
    },
    async wouldRefuse(key) {
      const current = await counter.get(key);
      return current && current.consumedPoints >= limit ? secondsFrom(current) : null;
    },
    count: async (key) => (await counter.get(key))?.consumedPoints ?? 0,
    async hold(key, count, seconds) {
      await counter.set(key, count, seconds);
    },
    async clear(key) {
      await counter.delete(key);
    },
  };
}

const secondsFrom = (state: RateLimiterRes) => Math.max(1, Math.ceil(state.msBeforeNext / 1000));
