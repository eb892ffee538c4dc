/** Whether this process can do its work right now: its database answers, it hears of revocations, and its Redis answers where it has one. */
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { databaseAnswers } from "@/lib/db/client";
import { redisHealth } from "@/lib/redis/client";
import { instance } from "./instances";

export type Readiness =
  | {
      /** `unavailable`: not without its database, and not before it has once heard of all revocations. */
      status: "ok" | "unavailable";
      instance: string;
      database: "ok" | "unavailable";
      /** Not the truth, so that without it all goes on: `unavailable` is slower, and limits are counted in the database. */
      redis: "ok" | "unavailable" | "none";
      /** `silent`: JWT mode may still accept what was revoked elsewhere, for at most an access token's life. */
      revocationFeed: { status: "ok" | "silent"; lagMilliseconds: number | null };
      /** The variables of which another instance on this database has values that do not go with ours: names alone. */
      configuration: { differs: readonly string[] };
    }
  /** It still answers everything, and will not for long. */
  | { status: "draining"; instance: string };

export async function readiness(now: Date, isLeaving: boolean): Promise<Readiness> {
  const { id, differs } = instance();
  // Before anything is asked of the database: a balancer is to hear it at once.
  if (isLeaving) return { status: "draining", instance: id };
  const [database, redis] = await Promise.all([databaseAnswers(), redisHealth()]);
  const feed = revocationFeed();
  const lag = feed.lag(now);
  return {
    status: database && lag !== null ? "ok" : "unavailable",
    instance: id,
    database: database ? "ok" : "unavailable",
    redis,
    revocationFeed: { status: feed.isSilent(now) ? "silent" : "ok", lagMilliseconds: lag },
    configuration: { differs },
  };
}
