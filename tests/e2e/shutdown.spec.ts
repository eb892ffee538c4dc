/** Told to end, the server says so to those who route to it, finishes what it has begun, takes nothing new, and exits with 0. */
import { once } from "node:events";
import { renameSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { discard, expect, startApp, test as base, type App } from "../support/app";
import { signUp } from "../support/device";
import { send, type Answer } from "../support/http";

/** A server of the test's own: each of them ends it. */
const test = base.extend<{ start: (env?: Record<string, string>) => Promise<App> }>({
  start: async ({}, provide) => {
    const started: App[] = [];
    await provide(async (env = {}) => {
      const app = await startApp({ LOG_LEVEL: "info", ...env });
      started.push(app);
      return app;
    });
    for (const app of started) {
      await app.kill();
      await discard(app);
    }
  },
});

/** One hash after the other, each a quarter of a second on a good day: long enough to end in the middle of them. */
const SLOW = { BCRYPT_COST: "12", HASH_WORKERS: "1", SHUTDOWN_TIMEOUT_SECONDS: "60" };

const ready = (app: App) => send(app, "GET", "/api/health/ready");
const live = (app: App) => send(app, "GET", "/api/health/live");

const untilDraining = (app: App) =>
  expect.poll(async () => (await ready(app)).json.status, { intervals: [10] }).toBe("draining");

/** New connections: an agent's own would be an old one. */
const reached = (app: App) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(app.port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => resolve(true));
    socket.on("connect", () => socket.destroy());
  });

const untilRefused = (app: App) =>
  expect.poll(() => reached(app), { intervals: [10], message: "new connections" }).toBe(false);

async function rawConnection(app: App, text: string): Promise<Socket> {
  const socket = connect(app.port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write(text);
  return socket;
}

test("log-ins that are being hashed are answered, connections that nobody uses are closed, nothing new is taken, and it exits with 0", async ({
  start,
}) => {
  const app = await start(SLOW);
  const { person } = await signUp(app, "session");
  const body = { email: person.email, password: person.password };
  const idle = await rawConnection(
    app,
    `GET /api/health/live HTTP/1.1\r\nhost: localhost:${app.port}\r\n\r\n`,
  );
  const [first] = (await once(idle, "data")) as [Buffer];
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 (?:.|\s)*\r\nconnection: keep-alive\r\n/i);
  // Browsers open connections that they may never use.
  const silent = await rawConnection(app, "");
  const closed = Promise.all([once(idle, "close"), once(silent, "close")]);

  let answered = 0;
  // One is hashed, the other waits for its turn.
  const logIns = [1, 2].map(async () => {
    const answer = await send(app, "POST", "/api/auth/login", { json: body });
    answered += 1;
    return answer;
  });
  await live(app);
  app.signal("SIGTERM");
  await untilRefused(app);
  expect(answered, "log-ins that were answered before the door closed").toBeLessThan(2);
  await closed;
  for (const answer of await Promise.all(logIns)) {
    expect(answer.status).toBe(200);
    expect(answer.cookies.map(({ name }) => name)).toContain("session");
  }
  expect(await app.ended()).toBe(0);
  expect(app.output()).toContain('"msg":"shut down"');
});

test("while it drains all is served, each answer closes its connection, live and ready differ; a second signal ends it at once", async ({
  start,
}) => {
  const app = await start({ SHUTDOWN_DELAY_SECONDS: "300" });
  const { client, person } = await signUp(app, "jwt");
  const { instance } = (await ready(app)).json as unknown as { instance: string };

  app.signal("SIGTERM");
  await untilDraining(app);
  const answers: Record<string, Answer> = {
    ready: await ready(app),
    live: await live(app),
    me: await client.get("/api/me"),
    "log-in": await send(app, "POST", "/api/auth/login", {
      json: { email: person.email, password: person.password },
    }),
    page: await client.get("/dashboard"),
  };
  for (const [name, { headers }] of Object.entries(answers))
    expect(headers.get("connection"), name).toBe("close");
  const { ready: isReady, ...served } = answers;
  for (const [name, { status }] of Object.entries(served)) expect(status, name).toBe(200);
  expect([isReady!.status, isReady!.json]).toEqual([503, { status: "draining", instance }]);
  expect(isReady!.headers.get("retry-after")).toBe("5");
  expect(served.live!.json).toEqual({ status: "ok", instance });

  const ended = app.ended();
  let isOver = false;
  void ended.then(() => (isOver = true));
  await expect
    .poll(() => {
      app.signal("SIGTERM");
      return isOver;
    })
    .toBe(true);
  expect(await ended).toBe(143);
});

test("a request that never ends does not keep it for ever, and the log says so", async ({ start }) => {
  const app = await start({ SHUTDOWN_TIMEOUT_SECONDS: "1" });
  const half = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
  const socket = await rawConnection(app, `${half}content-length: 100\r\n\r\n{`);
  await live(app);
  app.signal("SIGTERM");
  expect(await app.ended()).toBe(1);
  expect(app.output()).toContain('"unanswered":1,"msg":"shutdown took too long"');
  socket.destroy();
});

test("an experiment of the Lab is stopped, and its reader is told", async ({ start }) => {
  const app = await start();
  const stream = await fetch(`${app.url}/api/lab/outage`, { method: "POST" });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value!;
  expect(JSON.parse(text.split("\n")[0]!)).toHaveProperty("progress");
  // What a terminal sends does the same.
  app.signal("SIGINT");
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  const last = JSON.parse(text.trimEnd().split("\n").at(-1)!) as unknown;
  expect(last).toEqual({
    problem: {
      code: "overloaded",
      detail: "The server is restarting, so the experiment was stopped. Try again.",
      retryAfterSeconds: 10,
    },
  });
  expect(await app.ended()).toBe(0);
});

test("without its database it ends in good order too", async ({ start }) => {
  const app = await start();
  test.skip(!app.databaseUrl.startsWith("file:"), "takes a file away");
  await signUp(app, "session");
  const file = app.databaseUrl.slice("file:".length);
  renameSync(file, `${file}.away`);
  await expect.poll(async () => (await ready(app)).status).toBe(503);
  app.signal("SIGTERM");
  expect(await app.ended()).toBe(0);
});
