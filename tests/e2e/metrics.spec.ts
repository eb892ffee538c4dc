/** What an operator sees of the running app: /metrics and the log; and that neither holds anything of the people it is about. */
import { readFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { discard, expect, startApp, STANDALONE, test, type App } from "../support/app";
import { logIn, MODES, newPerson, signedIn, signUp } from "../support/device";
import { Client, send } from "../support/http";

const TOKEN = "metrics-token-of-the-end-to-end-tests-0123456789";

test.use({ serverEnv: { LOG_LEVEL: "debug", LIMIT_REFRESHES: "3" } });

/** The values of all series, by name and labels as Prometheus writes them. */
async function scrape(app: App): Promise<Map<string, number>> {
  const { status, text } = await send(app, "GET", "/metrics");
  expect(status).toBe(200);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" ") + 1)),
    ]),
  );
}

const valueOf = (series: Map<string, number>, name: string) => series.get(name) ?? 0;

/** How much each of these series rises while `act` runs, of which the last answers may be counted a moment later. */
async function rises<Name extends string>(app: App, names: Name[], act: () => Promise<unknown>) {
  const before = await scrape(app);
  await act();
  return async () => {
    const after = await scrape(app);
    return Object.fromEntries(names.map((name) => [name, valueOf(after, name) - valueOf(before, name)]));
  };
}

const linesOf = (app: App) =>
  app
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test.describe("who may read /metrics", () => {
  test("nobody who comes through a proxy, or asks for another name than this machine's", async ({ app }) => {
    const signs: Record<string, string>[] = [
      { "x-forwarded-for": "127.0.0.1" },
      { "x-forwarded-proto": "https" },
      { forwarded: "for=127.0.0.1" },
      { via: "1.1 proxy" },
      { "x-real-ip": "127.0.0.1" },
      { host: "app.example.com" },
    ];
    for (const headers of signs) {
      const answer = await send(app, "GET", "/metrics", { headers });
      expect([answer.status, answer.json.code], JSON.stringify(headers)).toEqual([404, "not_found"]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.text).not.toContain("halfstate_");
    }
  });

  test("whoever asks from this machine, by no other method and without its being kept", async ({ app }) => {
    const forged = { "x-halfstate-peer": "203.0.113.9", "x-halfstate-proxied": "1" };
    const answer = await send(app, "GET", "/metrics", { headers: forged });
    expect(answer.status, "what a client says of itself counts neither way").toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    for (const method of ["POST", "PUT", "DELETE"])
      expect((await send(app, method, "/metrics")).status, method).toBe(405);
  });
});

test.describe("what is counted", () => {
  for (const mode of MODES) {
    test(`${mode}: sign-ups, log-ins, authentications and refusals`, async ({ app }) => {
      const { person, client } = await signUp(app, mode);
      const names = [
        `halfstate_sign_ups_total{mode="${mode}",result="ok"}`,
        `halfstate_sign_ups_total{mode="none",result="email_taken"}`,
        `halfstate_log_ins_total{mode="${mode}",result="ok"}`,
        `halfstate_log_ins_total{mode="none",result="invalid_credentials"}`,
        `halfstate_refusals_total{route="/api/auth/login",code="invalid_credentials"}`,
        `halfstate_refusals_total{route="/api/me",code="credential_invalid"}`,
        `halfstate_authentication_duration_seconds_count{strategy="${mode}",result="ok"}`,
        `halfstate_authentication_duration_seconds_count{strategy="${mode}",result="credential_invalid"}`,
        `halfstate_http_request_duration_seconds_count{method="GET",route="/api/me",status="2xx"}`,
        `halfstate_http_request_duration_seconds_count{method="GET",route="/api/me",status="4xx"}`,
        `halfstate_security_events_total{type="log_in_failed"}`,
      ];
      const risen = await rises(app, names, async () => {
        await signUp(app, mode);
        expect((await send(app, "POST", "/api/auth/signup", { json: { ...person, mode } })).status).toBe(409);
        await logIn(app, mode, person);
        const { email } = person;
        await send(app, "POST", "/api/auth/login", { json: { email, password: "wrong wrong wrong" } });
        expect((await client.get("/api/me")).status).toBe(200);
        const forged = new Client(app).set(mode === "jwt" ? "access" : "session", "forged");
        expect((await forged.get("/api/me")).status).toBe(401);
      });
      await expect.poll(risen).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
    });
  }

  test("a refused form as much as a refused document, under the same code", async ({ app }) => {
    const name = 'halfstate_refusals_total{route="/api/auth/login",code="invalid_credentials"}';
    const { email } = newPerson();
    const risen = await rises(app, [name], () =>
      send(app, "POST", "/api/auth/login", { form: { email, password: "wrong wrong wrong" } }),
    );
    await expect.poll(risen).toEqual({ [name]: 1 });
  });

  test("refreshes: rotated, replayed within the grace, limited, reused; and what a reuse ends", async ({
    app,
  }) => {
    const { client } = await signUp(app, "jwt");
    const names = [
      'halfstate_refreshes_total{result="rotated"}',
      'halfstate_refreshes_total{result="replayed"}',
      'halfstate_refreshes_total{result="rate_limited"}',
      'halfstate_refreshes_total{result="refresh_reused"}',
      'halfstate_refreshes_total{result="refresh_invalid"}',
      'halfstate_limited_total{limit="refresh"}',
      'halfstate_device_sessions_ended_total{reason="refresh_reused"}',
      'halfstate_security_events_total{type="session_ended"}',
      'halfstate_revocation_delay_seconds_count{kind="ended"}',
    ];
    const risen = await rises(app, names, async () => {
      const oldest = client.copy();
      for (let round = 0; round < 3; round += 1) {
        const before = client.copy();
        expect((await client.post("/api/auth/refresh")).status).toBe(200);
        if (round === 0) expect((await before.post("/api/auth/refresh")).status, "replayed").toBe(200);
      }
      expect((await client.post("/api/auth/refresh")).status).toBe(429);
      expect((await oldest.post("/api/auth/refresh")).json.code).toBe("refresh_reused");
      expect((await send(app, "POST", "/api/auth/refresh")).json.code).toBe("refresh_invalid");
    });
    await expect
      .poll(risen)
      .toEqual({ ...Object.fromEntries(names.map((name) => [name, 1])), [names[0]!]: 3 });
  });

  test("pages, queries, hashes and what the process itself is", async ({ app }) => {
    await send(app, "GET", "/login");
    await send(app, "GET", "/no-such-page");
    const { client } = await signUp(app, "session");
    await client.get("/dashboard");
    const series = await scrape(app);
    for (const name of [
      'halfstate_http_request_duration_seconds_count{method="GET",route="/login",status="2xx"}',
      'halfstate_http_request_duration_seconds_count{method="GET",route="/dashboard",status="2xx"}',
      'halfstate_http_request_duration_seconds_count{method="GET",route="other",status="4xx"}',
      'halfstate_database_query_duration_seconds_count{result="ok"}',
      'halfstate_hash_duration_seconds_count{kind="hash"}',
      'halfstate_hash_wait_seconds_count{kind="hash"}',
      "process_cpu_seconds_total",
    ])
      await expect.poll(async () => valueOf(await scrape(app), name), name).toBeGreaterThan(0);
    const { version } = JSON.parse(readFileSync(`${STANDALONE}/package.json`, "utf8")) as { version: string };
    expect(series.get(`halfstate_build_info{version="${version}",node="${process.version}"}`)).toBe(1);
    expect(series.get("halfstate_revocation_feed_silent")).toBe(0);
    expect(series.get("halfstate_revocation_feed_lag_seconds")).toBeLessThan(5);
  });

  test("one who goes away before the answer is out is counted as such", async ({ app }) => {
    const name =
      'halfstate_http_request_duration_seconds_count{method="POST",route="/api/auth/login",status="aborted"}';
    const risen = await rises(app, [name], async () => {
      // Says that there is a body and never sends it.
      const gone = ask({ host: "127.0.0.1", port: app.port, method: "POST", path: "/api/auth/login" });
      gone.on("error", () => {});
      gone.setHeader("content-type", "application/json");
      gone.setHeader("content-length", 100);
      gone.write("{");
      await expect.poll(() => gone.socket?.bytesWritten ?? 0).toBeGreaterThan(100);
      gone.destroy();
    });
    await expect.poll(risen).toEqual({ [name]: 1 });
  });
});

test.describe("what is said in the log", () => {
  test("a request's line and those of what it did carry the id of its answer", async ({ app }) => {
    const { person } = await signUp(app, "session");
    const answer = await send(app, "POST", "/api/auth/login", {
      json: { email: person.email, password: "wrong wrong" },
    });
    const requestId = answer.headers.get("x-request-id");
    const own = () => linesOf(app).filter((line) => line.requestId === requestId);
    await expect.poll(() => own().length).toBe(2);
    expect(own()).toMatchObject([
      { event: "log_in_failed", msg: "security event", level: 30 },
      {
        msg: "request",
        level: 20,
        method: "POST",
        route: "/api/auth/login",
        status: 401,
        code: "invalid_credentials",
      },
    ]);
    expect(own()[1]!.durationMs).toBeGreaterThan(0);
  });

  test("an authenticated request's line names the strategy and the pattern, not the address", async ({
    app,
  }) => {
    const { client } = await signUp(app, "jwt");
    const answer = await client.send("DELETE", "/api/auth/sessions/not-a-session-of-mine");
    const find = () => linesOf(app).find((line) => line.requestId === answer.headers.get("x-request-id"));
    await expect.poll(find).toMatchObject({
      route: "/api/auth/sessions/[id]",
      strategy: "jwt",
      status: 404,
      code: "not_found",
    });
    expect(JSON.stringify(find())).not.toContain("not-a-session-of-mine");
  });

  test("an id that a client sends is not taken", async ({ app }) => {
    const answer = await send(app, "GET", "/api/me", { headers: { "x-request-id": "0123456789abcdef" } });
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test.describe("behind a trusted proxy, with a token for its metrics and little room for hashing", () => {
  // One server for all three: none of them meets what the others are about.
  test.describe.configure({ mode: "default" });
  let app: App;
  test.beforeAll(async () => {
    app = await startApp({
      METRICS_TOKEN: TOKEN,
      TRUSTED_PROXIES: "127.0.0.1",
      LOG_LEVEL: "info",
      HASH_WORKERS: "1",
      HASH_QUEUE_LIMIT: "1",
    });
  });
  test.afterAll(async () => {
    await app.stop();
    await discard(app);
  });

  test("with METRICS_TOKEN its holder alone, from wherever", async () => {
    const read = (authorization?: string, more: Record<string, string> = {}) =>
      send(app, "GET", "/metrics", { headers: { ...(authorization ? { authorization } : {}), ...more } });
    const none = await read();
    expect([none.status, none.json.code, none.headers.get("www-authenticate")]).toEqual([
      401,
      "unauthenticated",
      "Bearer",
    ]);
    for (const wrong of [`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, "Bearer x"]) {
      const answer = await read(wrong);
      expect([answer.status, answer.json.code], wrong).toEqual([401, "credential_invalid"]);
    }
    const { accessToken } = await signedIn(app, "JWT bearer");
    expect((await read(`Bearer ${accessToken}`)).status, "a token of a person").toBe(401);

    const answer = await read(`Bearer ${TOKEN}`, {
      "x-forwarded-for": "203.0.113.9",
      host: "app.example.com",
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("halfstate_log_ins_total");
  });

  test("a trusted proxy's id is kept, on pages too", async () => {
    for (const path of ["/api/me", "/login", "/no-such-page"]) {
      const answer = await send(app, "GET", path, { headers: { "x-request-id": "0123456789abcdef" } });
      expect(answer.headers.get("x-request-id"), path).toBe("0123456789abcdef");
      const bad = await send(app, "GET", path, { headers: { "x-request-id": 'a"b c' } });
      expect(bad.headers.get("x-request-id"), path).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("at info, a line tells of every 5xx and of no other request", async () => {
    const people = Array.from({ length: 6 }, newPerson);
    const answers = await Promise.all(people.map((json) => send(app, "POST", "/api/auth/signup", { json })));
    const overloaded = answers.filter(({ status }) => status === 503);
    expect(overloaded.length).toBeGreaterThan(0);
    const told = () => linesOf(app).filter(({ msg }) => msg === "request");
    await expect.poll(() => told().length).toBe(overloaded.length);
    for (const line of told())
      expect(line).toMatchObject({ level: 30, route: "/api/auth/signup", status: 503, code: "overloaded" });
  });
});

test("no secret, token, cookie, email, password or address of anybody is in the metrics or the log", async ({
  app,
}) => {
  const told: string[] = [];
  for (const mode of MODES) {
    const { person, client } = await signUp(app, mode);
    told.push(person.email, person.email.split("@")[0]!, person.password);
    const keep = () => told.push(...[...client.jar.values()].map(({ value }) => value));
    keep();
    const { accessToken, refreshToken } = await logIn(app, "JWT bearer", person);
    told.push(accessToken, accessToken.split(".")[2]!, refreshToken);
    await send(app, "GET", "/api/me", { headers: { authorization: `Bearer ${accessToken}` } });
    await send(app, "GET", "/api/me", { headers: { authorization: `Bearer ${accessToken}x` } });
    await send(app, "POST", "/api/auth/refresh", { json: { refreshToken } });
    await send(app, "POST", "/api/auth/login", {
      json: { email: person.email, password: `${person.password}!` },
    });
    await send(app, "POST", "/api/auth/login", {
      form: { email: person.email, password: `${person.password}!` },
    });
    await send(app, "POST", "/api/auth/login", { body: `{"email":"${person.email}","pass` });
    await client.get(`/login?next=/settings&email=${person.email}`);
    await client.get(`/api/${person.email}`);
    await client.get("/dashboard");
    await client.post("/api/auth/mode", { json: { mode: mode === "jwt" ? "session" : "jwt" } });
    keep();
    const newPassword = `${person.password} anew`;
    await client.post("/api/auth/password", { json: { currentPassword: person.password, newPassword } });
    keep();
    told.push(newPassword);
    await client.send("DELETE", "/api/me", { json: { password: newPassword } });
  }
  const { SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER, ACCESS_TOKEN_KEYS } = app.env;
  const { keys } = JSON.parse(ACCESS_TOKEN_KEYS!) as { keys: { d: string }[] };
  told.push(SESSION_SECRET!, REFRESH_TOKEN_SECRET!, PASSWORD_PEPPER!, keys[0]!.d);

  await expect.poll(() => app.output()).toContain("account_deleted");
  const { text } = await send(app, "GET", "/metrics");
  // Values of no length, such as those of cleared cookies, are in every text.
  const words = told.filter((word) => word.length > 3);
  expect(words.length).toBeGreaterThan(20);
  const log = app
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .join("\n");
  for (const word of [...words, "$2b$", "127.0.0.1", "Mozilla"]) {
    expect(text.includes(word), `metrics: ${word}`).toBe(false);
    expect(log.includes(word), `log: ${word}`).toBe(false);
  }
  for (const word of words) expect(app.output().includes(word), `output: ${word}`).toBe(false);
});

test("a reverse proxy on the same machine gives nothing away where it says that it is one", async ({
  app,
}) => {
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, "x-forwarded-for": incoming.socket.remoteAddress };
    const passed = ask({ host: "127.0.0.1", port: app.port, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/api/health/live`)).status).toBe(200);
  proxy.closeAllConnections();
  proxy.close();
});
