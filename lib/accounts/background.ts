/** What goes on beside the requests, from the start of the process to its end. */
import { hearOthers } from "@/lib/auth/device-sessions/announcements";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { hashPool } from "@/lib/auth/password/pool";
import { disconnect } from "@/lib/db/client";
import { reachRedis } from "@/lib/redis/client";
import { instance } from "./instances";
import { startPruning } from "./pruning";

const shared = globalThis as { __halfstateStopPruning?: () => void };

/** Resolves when requests may be judged. Never rejects: what cannot be read yet is asked for again, and readiness says so. */
export async function startBackground(): Promise<void> {
  hearOthers((notices) => revocationFeed().takeIn(notices));
  await Promise.all([revocationFeed().start(), instance().start(), reachRedis()]);
  shared.__halfstateStopPruning = startPruning();
}

/** After the last answer: nothing that has begun is cut off, nothing new begins, and the database is let go. */
export async function stopBackground(): Promise<void> {
  revocationFeed().stop();
  shared.__halfstateStopPruning?.();
  await instance().stop();
  await hashPool().close();
  await disconnect();
}
