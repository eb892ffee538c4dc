/** A Redis for tests: the one of TEST_REDIS_URL or of this machine, under a prefix of one's own, or a throw-away server that may be killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { env } from "@/lib/core/env";
import { redis } from "@/lib/redis/client";
import { freePort } from "../../scripts/port.mjs";

/** Set: the whole suite runs with this Redis. Left out: only what is about Redis looks for one on this machine. */
export const suiteRedisUrl = process.env.TEST_REDIS_URL || null;
export const redisUrl = suiteRedisUrl ?? "redis://127.0.0.1:6379";
export const NO_REDIS = `no Redis answers at TEST_REDIS_URL, or else at 127.0.0.1:6379`;

let made = 0;
/** A prefix that nobody else uses. */
export const nameKeyPrefix = (suite: "integration" | "e2e"): string =>
  `halfstate_${suite}_${process.pid}_${(made += 1)}:`;

/** Runs `work` with a connection of its own. */
export async function onRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.disconnect();
  }
}

export const answersAt = (url: string): Promise<boolean> =>
  onRedis(url, (client) => client.ping()).then(
    () => true,
    () => false,
  );

export const keysAt = (url: string, prefix: string): Promise<string[]> =>
  onRedis(url, async (client) => {
    const keys: string[] = [];
    for await (const some of client.scanStream({ match: `${prefix}*`, count: 1_000 }))
      keys.push(...(some as string[]));
    return keys;
  });

export async function clearKeys(url: string, prefix: string): Promise<void> {
  const keys = await keysAt(url, prefix);
  if (keys.length > 0) await onRedis(url, (client) => client.unlink(...keys));
}

/** Runs `work` in a process whose Redis is at `url`, connected, or that has none; then as before. */
export async function withRedis<T>(
  url: string | null,
  keyPrefix: string,
  work: () => Promise<T>,
): Promise<T> {
  const shared = globalThis as { __halfstateRedis?: Redis | null };
  const before = { redis: redis(), redisUrl: env().redisUrl, redisKeyPrefix: env().redisKeyPrefix };
  Object.assign(env(), { redisUrl: url, redisKeyPrefix: keyPrefix });
  shared.__halfstateRedis = undefined;
  try {
    const client = redis();
    if (client && client.status !== "ready") await once(client, "ready");
    return await work();
  } finally {
    redis()?.disconnect();
    shared.__halfstateRedis = before.redis;
    Object.assign(env(), { redisUrl: before.redisUrl, redisKeyPrefix: before.redisKeyPrefix });
  }
}

export type RedisServer = {
  url: string;
  /** `kill -9`: whatever it held is gone. */
  kill(): Promise<void>;
  /** Lets in and answers nothing. */
  hang(): void;
  wake(): void;
  /** Empty, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** A server that keeps nothing on disk; null where there is no program for one. */
export async function startRedis(): Promise<RedisServer | null> {
  const folder = mkdtempSync(join(tmpdir(), "halfstate-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  async function start(): Promise<void> {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    const started = spawn("redis-server", args, { stdio: "ignore" });
    await once(started, "spawn");
    child = started;
    for (const deadline = Date.now() + 120_000; !(await answersAt(url));)
      if (Date.now() > deadline) throw new Error("redis-server did not answer.");
  }
  async function kill(): Promise<void> {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGKILL");
    await gone;
  }
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return {
    url,
    kill,
    hang: () => void child?.kill("SIGSTOP"),
    wake: () => void child?.kill("SIGCONT"),
    start,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
