/**
 * The production build as a server of its own: free port, throw-away database (PostgreSQL's where TEST_DATABASE_URL is set), keys of its
 * own in the Redis of TEST_REDIS_URL where that is set, fresh secrets.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test as base } from "@playwright/test";
import { freePort } from "../../scripts/port.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { createDatabase, dropDatabase, nameDatabase, onPostgres } from "./postgres";
import { clearKeys, nameKeyPrefix, suiteRedisUrl } from "./redis";

export type App = {
  url: string;
  port: number;
  databaseUrl: string;
  env: Record<string, string>;
  /** Everything it has printed. */
  output(): string;
  start(): Promise<void>;
  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once it has ended; null where a signal ended it, or it does not run. */
  ended(): Promise<number | null>;
  /** Ends it the kind way; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
};

export const STANDALONE = path.resolve(import.meta.dirname, "../../.next/standalone");
/** Far above what a start takes on a busy machine, and below the one bound of a test, so that what the server said is told. */
const START_DEADLINE_MS = 120_000;

/**
 * Starts a server; `env` is added to what it would be given, so that two can share a database and secrets. `command` runs Node.js,
 * with other privileges than ours for instance.
 */
export async function startApp(
  env: Record<string, string> = {},
  folder = STANDALONE,
  command: string[] = [process.execPath],
): Promise<App> {
  const scratch = mkdtempSync(path.join(tmpdir(), "halfstate-e2e-"));
  const port = Number(env.PORT ?? (await freePort()));
  const url = env.APP_URL ?? `http://localhost:${port}`;
  const databaseUrl = env.DATABASE_URL ?? (await newDatabase(scratch));
  const full: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    ...freshSecrets(),
    DATABASE_URL: databaseUrl,
    ...(suiteRedisUrl ? { REDIS_URL: suiteRedisUrl, REDIS_KEY_PREFIX: nameKeyPrefix("e2e") } : {}),
    BCRYPT_COST: "10",
    LOG_LEVEL: "warn",
    // Many accounts are made from one address here; the limits have tests of their own.
    LIMIT_SIGNUPS: "100000",
    ...env,
    PORT: String(port),
    APP_URL: url,
  };

  let child: ChildProcess | null = null;
  let output = "";
  const app: App = {
    url: `http://localhost:${port}`,
    port,
    databaseUrl,
    env: full,
    output: () => output,
    async start() {
      const [program, ...rest] = [...command, path.join(folder, "scripts", "serve.mjs")];
      const started = spawn(program!, rest, {
        cwd: scratch,
        env: full as NodeJS.ProcessEnv,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream.on("data", (text) => (output += String(text)));
      await untilReady(started, app);
    },
    signal: (signal) => void child?.kill(signal),
    async ended() {
      const running = child;
      if (running && running.exitCode === null && running.signalCode === null) await once(running, "exit");
      if (child === running) child = null;
      return running?.exitCode ?? null;
    },
    stop() {
      app.signal("SIGTERM");
      return app.ended();
    },
    async kill() {
      app.signal("SIGKILL");
      await app.ended();
    },
  };
  await app.start();
  return app;
}

async function newDatabase(folder: string): Promise<string> {
  if (!onPostgres) return `file:${path.join(folder, "halfstate.db")}`;
  const databaseUrl = nameDatabase("e2e");
  await createDatabase(databaseUrl);
  return databaseUrl;
}

/** Removes what a stopped server has stored. */
export async function discard({ databaseUrl, env }: App): Promise<void> {
  if (env.REDIS_URL && env.REDIS_KEY_PREFIX) await clearKeys(env.REDIS_URL, env.REDIS_KEY_PREFIX);
  if (databaseUrl.startsWith("file:"))
    rmSync(path.dirname(databaseUrl.slice("file:".length)), { recursive: true, force: true });
  else await dropDatabase(databaseUrl);
}

async function untilReady(child: ChildProcess, app: App): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${app.output()}`);
    const response = await fetch(`${app.url}/api/health/ready`).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The server did not get ready:\n${app.output()}`);
}

/** `app` is shared by the tests of a worker that ask for the same `serverEnv`. */
export const test = base.extend<object, { serverEnv: Record<string, string>; app: App }>({
  serverEnv: [{}, { option: true, scope: "worker" }],
  app: [
    async ({ serverEnv }, use) => {
      const app = await startApp(serverEnv);
      await use(app);
      await app.stop();
      await discard(app);
    },
    { scope: "worker" },
  ],
  baseURL: async ({ app }, provide) => provide(app.url),
});

/** For what a database can change: `npm test` runs it on SQLite and on PostgreSQL, and fails where it has not passed on each. */
export const ON_BOTH = { tag: "@database" };

export { expect } from "@playwright/test";
