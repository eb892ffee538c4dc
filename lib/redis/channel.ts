/** Announcements between the processes of a deployment, by Redis. One that is lost is not sent again: whoever listens has a slower way too. */
import type { Redis } from "ioredis";
import { env } from "@/lib/core/env";
import { askRedis, connectTo, nameInRedis } from "./client";

const PING_EVERY_MILLISECONDS = 5_000;

export async function publish(channel: string, message: string): Promise<void> {
  await askRedis((client) => client.publish(nameInRedis(channel), message));
}

const shared = globalThis as { __halfstateSubscription?: Redis };

/** For as long as the process lives, over a connection of its own. Does nothing without Redis, or the second time. */
export function subscribe(channel: string, hear: (message: string) => void): void {
  const { redisUrl } = env();
  if (redisUrl === null || shared.__halfstateSubscription) return;
  shared.__halfstateSubscription = subscription(redisUrl, channel, hear);
}

export function subscription(url: string, channel: string, hear: (message: string) => void): Redis {
  const client = connectTo(url, "Redis's subscription");
  client.on("ready", () => void client.subscribe(nameInRedis(channel)).catch(() => {}));
  client.on("message", (_channel, message) => hear(message));
  // Nobody asks anything over it, so nobody would notice that it leads nowhere any more.
  const pings = setInterval(() => {
    if (client.status === "ready") client.ping().catch(() => {});
  }, PING_EVERY_MILLISECONDS).unref();
  client.on("end", () => clearInterval(pings));
  return client;
}
