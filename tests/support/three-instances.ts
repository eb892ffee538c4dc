/** Three servers on one PostgreSQL database behind HAProxy, and Redis where there is one: a deployment as operating.md describes it. */
import { connect } from "node:net";
import { test as base } from "@playwright/test";
import { freePort } from "../../scripts/port.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { discard, startApp, type App } from "./app";
import { haproxy, startBalancer, type Balancer } from "./balancer";
import { createDatabase, hasPostgres, nameDatabase } from "./postgres";
import { nameKeyPrefix } from "./redis";

export type Deployment = {
  /** The address that people know: whichever instance gets the request. */
  front: App;
  instances: App[];
  balancer: Balancer;
  /** What the instances are given. */
  env: Record<string, string>;
};

/** Why these tests cannot run here; null where they can. */
export const missing: string | null = !hasPostgres
  ? "there is no PostgreSQL: neither TEST_DATABASE_URL nor one that lets postgres in at 127.0.0.1:5432"
  : haproxy === null
    ? "there is no haproxy"
    : null;

const LOCAL_REDIS = "redis://127.0.0.1:6379/7";

async function redisUrl(): Promise<Record<string, string>> {
  const url = process.env.TEST_REDIS_URL || LOCAL_REDIS;
  const { hostname, port } = new URL(url);
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(Number(port || 6379), hostname, () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
  return answers ? { REDIS_URL: url, REDIS_KEY_PREFIX: nameKeyPrefix("e2e") } : {};
}

async function deploy(): Promise<Deployment> {
  const port = await freePort();
  const env = {
    ...freshSecrets(),
    ...(await redisUrl()),
    DATABASE_URL: nameDatabase("e2e"),
    APP_URL: `http://localhost:${port}`,
    TRUSTED_PROXIES: "127.0.0.1",
    // HAProxy looks every 200 ms here and believes the second refusal.
    SHUTDOWN_DELAY_SECONDS: "1",
    // Somebody who was in the middle of a refresh when an instance was killed is back within it, on a busy machine too.
    REFRESH_GRACE_SECONDS: "60",
    LIMIT_REFRESHES: "100000",
    LIMIT_ADDRESS_FAILURES: "100000",
  };
  await createDatabase(env.DATABASE_URL);
  // At once: they take turns to bring the empty database up to date.
  const instances = await Promise.all([1, 2, 3].map(() => startApp(env)));
  const balancer = await startBalancer(
    port,
    instances.map((instance) => instance.port),
  );
  return { front: { ...instances[0]!, url: env.APP_URL, port }, instances, balancer, env };
}

export const test = base.extend<object, { deployment: Deployment }>({
  deployment: [
    async ({}, use) => {
      const deployment = await deploy();
      await use(deployment);
      await deployment.balancer.stop();
      await Promise.all(deployment.instances.map((instance) => instance.kill()));
      await discard(deployment.instances[0]!);
    },
    { scope: "worker" },
  ],
});

export { expect } from "@playwright/test";
