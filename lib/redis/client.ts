/** This process's way to Redis, where there is one: it waits briefly, comes back by itself, and is never why a request fails. */
import { once } from "node:events";
import { Redis, type RedisOptions } from "ioredis";
import { env } from "@/lib/core/env";
import { log } from "@/lib/log/log";

export type { Redis };

/** How long an answer is waited for; then the connection counts as lost, and until there is another nobody waits at all. */
export const PATIENCE_MILLISECONDS = 500;
const CONNECT_TIMEOUT_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 1_000;
const REFUSALS_REPORTED_EVERY_MILLISECONDS = 60_000;

const shared = globalThis as { __halfstateRedis?: Redis | null };

/** Null where REDIS_URL is not set. The first call connects, without waiting for it. */
export function redis(): Redis | null {
  const { redisUrl } = env();
  return (shared.__halfstateRedis ??= redisUrl === null ? null : connectTo(redisUrl, "Redis"));
}

export const hasRedis = (): boolean => env().redisUrl !== null;

/** Whether it can be asked right now: false without one, and while it is lost. */
export const redisIsReady = (): boolean => redis()?.status === "ready";

/** Resolves when Redis can be asked, or is not there, or takes too long: so a process that starts counts there from its first request. */
export async function reachRedis(): Promise<void> {
  const client = redis();
  if (!client || client.status === "ready") return;
  const soon = AbortSignal.timeout(CONNECT_TIMEOUT_MILLISECONDS);
  // Rejects with the error of a connection that fails, which is told where it is made.
  await once(client, "ready", { signal: soon }).catch(() => {});
}

/** What `work` gets of Redis; undefined where there is none, it is lost, or it does not do it. */
export async function askRedis<T>(work: (client: Redis) => Promise<T>): Promise<T | undefined> {
  const client = redis();
  if (client?.status !== "ready") return undefined;
  try {
    return await work(client);
  } catch (error) {
    reportRefusal(error);
    return undefined;
  }
}

/** Asked, not remembered: one that hangs may not have been noticed yet. */
export async function redisHealth(): Promise<"ok" | "unavailable" | "none"> {
  if (!hasRedis()) return "none";
  return (await askRedis((client) => client.ping())) === undefined ? "unavailable" : "ok";
}

/** Of a key or channel of ours: what is in Redis for others stays apart. */
export const nameInRedis = (name: string): string => env().redisKeyPrefix + name;

/** A connection that is lost is told of once, and once that it is back. `role` names it in the log. */
export function connectTo(url: string, role: string, more: RedisOptions = {}): Redis {
  const client = new Redis({ ...optionsOf(url), ...more });
  let isReported = false;
  let reason = "closed";
  client.on("error", (error: Error) => (reason = reasonOf(error)));
  client.on("close", () => {
    if (isReported || client.status === "end") return;
    isReported = true;
    log().error({ reason }, `${role} is lost`);
  });
  client.on("ready", () => {
    if (isReported) log().info(`${role} is back`);
    isReported = false;
  });
  return client;
}

function optionsOf(url: string): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    db: Number(pathname.slice(1)),
    tls: protocol === "rediss:" ? {} : undefined,
    connectionName: "halfstate",
    connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    // Also during the greeting, so that a server which lets in and then says nothing is tried again.
    socketTimeout: PATIENCE_MILLISECONDS,
    retryStrategy: (attempt) => Math.min(25 * 2 ** attempt, LONGEST_PAUSE_MILLISECONDS) + Math.random() * 50,
    // After a failover the old name may lead to the new server.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    // Nothing is kept for later or sent twice: what Redis did not do is done by the database meanwhile.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
  };
}

let refusalReportedAt = -Infinity;

/** A full or read-only server, a missing permission: it is there, and says no. What is merely lost has been told already. */
export function reportRefusal(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "ReplyError") return;
  if (performance.now() - refusalReportedAt < REFUSALS_REPORTED_EVERY_MILLISECONDS) return;
  refusalReportedAt = performance.now();
  log().error({ reason: reasonOf(error) }, "Redis refuses");
}

/** Without the command that failed, which the driver hangs on to its errors: AUTH carries the password. */
const reasonOf = (error: Error): string => error.message || (error as { code?: string }).code || error.name;
