/** Traces as a collector receives them; and that nothing of them is there where nobody collects. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/port.mjs";
import { discard, expect, STANDALONE, startApp, test, type App } from "../support/app";
import { startCollector, type Collector, type Span } from "../support/collector";
import { logIn, MODES, PASSWORD, signedIn, signUp } from "../support/device";
import { send } from "../support/http";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const traceparent = (trace = TRACE) => `00-${trace}-${PARENT}-01`;

test.describe("with a collector", () => {
  let collector: Collector;
  let app: App;
  test.describe.configure({ mode: "serial" });
  test.beforeAll(async () => {
    collector = await startCollector();
    app = await startApp({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=for-the-collector",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    });
  });
  test.afterAll(async () => {
    await app.stop();
    await discard(app);
    collector.close();
  });

  /** The spans of one trace, once `name` is among them and so everything that ended before it. */
  async function trace(id: string, name: string): Promise<Span[]> {
    const spans = () => collector.spans().filter(({ traceId }) => traceId === id);
    await expect.poll(() => spans().map((span) => span.name)).toContain(name);
    return spans();
  }

  const one = (spans: Span[], name: string) => {
    const found = spans.filter((span) => span.name === name);
    expect(found, name).toHaveLength(1);
    return found[0]!;
  };

  /** From a span up to the outermost of ours. */
  function ancestors(spans: Span[], span: Span): Span[] {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return parent ? [parent, ...ancestors(spans, parent)] : [];
  }

  for (const [n, mode] of MODES.entries()) {
    test(`${mode}: GET /api/me is a trace of the caller's, with what judged it`, async () => {
      const { client } = await signedIn(app, mode);
      const id = TRACE.replace(/.$/, String(n));
      const headers = { traceparent: traceparent(id) };
      expect((await client.get("/api/me", { headers })).status).toBe(200);
      const spans = await trace(id, "GET /api/me");
      const root = one(spans, "GET /api/me");
      expect(root).toMatchObject({ service: "halfstate", parentSpanId: PARENT });
      expect(root.attributes).toMatchObject({ "http.route": "/api/me", "http.status_code": 200 });
      const judged = one(spans, "authenticate");
      expect(judged.attributes).toEqual({ "halfstate.strategy": mode, "halfstate.result": "ok" });
      expect(ancestors(spans, judged)).toContain(root);
      const queries = spans.filter(({ name }) => name === "query");
      expect(queries).toHaveLength(mode === "jwt" ? 0 : 1);
      for (const query of queries) {
        expect(query.parentSpanId).toBe(judged.spanId);
        expect(query.attributes["db.query.text"]).toMatch(/^\s*SELECT\b[^]+"id" = (?:\?|\$1)/);
      }
    });
  }

  test("a refused credential is in its span, by its code", async () => {
    const id = TRACE.replace(/.$/, "a");
    await send(app, "GET", "/api/me", {
      headers: { traceparent: traceparent(id), authorization: "Bearer not.a.token" },
    });
    const judged = one(await trace(id, "GET /api/me"), "authenticate");
    expect(judged.attributes).toEqual({
      "halfstate.strategy": "jwt",
      "halfstate.result": "credential_invalid",
    });
  });

  test("a log-in shows the hashing, what it waited, and its queries without their values", async () => {
    const { email } = await signedIn(app, "JWT cookie");
    const id = TRACE.replace(/.$/, "b");
    const loggingIn = { json: { email, password: PASSWORD }, headers: { traceparent: traceparent(id) } };
    expect((await send(app, "POST", "/api/auth/login", loggingIn)).status).toBe(200);
    const spans = await trace(id, "POST /api/auth/login");
    const hashed = one(spans, "hash password");
    expect(hashed.attributes).toMatchObject({ "halfstate.hash.kind": "compare" });
    expect(hashed.attributes["halfstate.hash.wait_ms"]).toBeGreaterThanOrEqual(0);
    expect(ancestors(spans, hashed)).toContain(one(spans, "POST /api/auth/login"));
    expect(spans.filter(({ name }) => name === "query").length).toBeGreaterThan(3);
  });

  test("a refresh is a span with its outcome", async () => {
    const { client } = await signedIn(app, "JWT cookie");
    const id = TRACE.replace(/.$/, "c");
    await client.post("/api/auth/refresh", { headers: { traceparent: traceparent(id) } });
    const renewed = one(await trace(id, "POST /api/auth/refresh"), "refresh");
    expect(renewed.attributes).toEqual({ "halfstate.result": "ok" });
  });

  test("no secret, token, email, password, id or address that was asked for is in any span", async () => {
    const told: string[] = [];
    for (const mode of MODES) {
      const { person, client, sessionId } = await signUp(app, mode);
      const { accessToken, refreshToken } = await logIn(app, "JWT bearer", person);
      told.push(person.email, person.password, sessionId, accessToken, refreshToken);
      told.push(...[...client.jar.values()].map(({ value }) => value).filter((value) => value.length > 3));
      await send(app, "GET", "/api/me", { headers: { authorization: `Bearer ${accessToken}` } });
      await send(app, "POST", "/api/auth/refresh", { json: { refreshToken } });
      await client.get(`/api/admin/users?query=${person.email}`);
      await client.get(`/login?next=/settings&email=${person.email}`);
      await client.get(`/no-such-page/${person.email}?email=${person.email}`);
      await client.send("DELETE", `/api/auth/sessions/${sessionId}`);
    }
    const id = TRACE.replace(/.$/, "d");
    await send(app, "GET", "/api/health/live", { headers: { traceparent: traceparent(id) } });
    await trace(id, "GET /api/health/live");
    const { SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER } = app.env;
    for (const word of [...told, SESSION_SECRET!, REFRESH_TOKEN_SECRET!, PASSWORD_PEPPER!])
      expect(collector.received().includes(word), word).toBe(false);
    expect(collector.headers()[0]).toMatchObject({
      "content-type": "application/json",
      "x-collector-key": "for-the-collector",
    });
  });
});

test.describe("what is loaded", () => {
  const files = readdirSync(path.join(STANDALONE, ".next", "server"), { recursive: true, encoding: "utf8" });
  const sdk = files.filter(
    (file) =>
      file.endsWith(".js") &&
      readFileSync(path.join(STANDALONE, ".next", "server", file), "utf8").includes("BatchSpanProcessor"),
  );

  /** The files of the SDK among all that the server has loaded when it ends. */
  async function loadedOfTheSdk(
    env: Record<string, string>,
    use: (app: App) => Promise<void>,
  ): Promise<string[]> {
    const folder = mkdtempSync(path.join(tmpdir(), "halfstate-loaded-"));
    const probe = path.join(folder, "probe.cjs");
    const list = path.join(folder, "loaded.json");
    writeFileSync(
      probe,
      `process.on("exit", () => require("node:worker_threads").isMainThread && require("node:fs").writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))));`,
    );
    const app = await startApp({ ...env, NODE_OPTIONS: `--require ${probe}` });
    try {
      await use(app);
      expect(await app.stop()).toBe(0);
      const loaded = JSON.parse(readFileSync(list, "utf8")) as string[];
      return loaded.filter(
        (file) =>
          sdk.some((chunk) => file.endsWith(path.join(".next", "server", chunk))) ||
          /@opentelemetry\/(?!api\/)/.test(file),
      );
    } finally {
      await app.stop();
      await discard(app);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test("without a collector nothing of the SDK", async () => {
    expect(sdk.length).toBeGreaterThan(0);
    expect(await loadedOfTheSdk({}, async (app) => void (await signUp(app, "jwt")))).toEqual([]);
  });

  test("with one the SDK; and where it is away it disturbs nobody, and the log says so", async () => {
    const away = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_EXPORTER_OTLP_TIMEOUT: "500",
    };
    const loaded = await loadedOfTheSdk(away, async (app) => {
      const { client, person } = await signUp(app, "session");
      expect((await client.get("/api/me")).status).toBe(200);
      await expect.poll(() => app.output()).toContain("traces could not be sent");
      expect((await client.get("/api/me")).status).toBe(200);
      expect(app.output()).not.toContain(person.email);
    });
    expect(loaded.length).toBeGreaterThan(0);
  });

  test("the edge and the browser get neither the SDK nor the metrics", () => {
    const edge = files.filter((file) => file.startsWith(path.join("edge", "")) && file.endsWith(".js"));
    const read = (file: string) => readFileSync(file, "utf8");
    const statics = path.join(STANDALONE, ".next", "static");
    const scripts = readdirSync(statics, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".js"),
    );
    expect([edge.length > 0, scripts.length > 0]).toEqual([true, true]);
    for (const file of [
      ...edge.map((name) => path.join(STANDALONE, ".next", "server", name)),
      ...scripts.map((name) => path.join(statics, name)),
    ])
      for (const word of [
        "BatchSpanProcessor",
        "OTLPTraceExporter",
        "halfstate_log_ins",
        "collectDefaultMetrics",
      ])
        expect(read(file).includes(word), `${file}: ${word}`).toBe(false);
  });
});
