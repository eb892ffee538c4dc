/** Whether this process can do its work right now: its database answers, and it hears of revocations. */
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { databaseAnswers } from "@/lib/db/client";

export type Readiness = {
  status: "ok" | "unavailable";
  database: "ok" | "unavailable";
  /** `silent`: JWT mode may still accept what was revoked elsewhere, for at most an access token's life. */
  revocationFeed: { status: "ok" | "silent"; lagMilliseconds: number | null };
};

export async function readiness(now: Date): Promise<Readiness> {
  const database = await databaseAnswers();
  const feed = revocationFeed();
  return {
    status: database ? "ok" : "unavailable",
    database: database ? "ok" : "unavailable",
    revocationFeed: { status: feed.isSilent(now) ? "silent" : "ok", lagMilliseconds: feed.lag(now) },
  };
}
