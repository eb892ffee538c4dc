/** What clients may rely on (http-contract.md sections 1, 3 and 5), asked for over plain HTTP. */
import { expect, test } from "../support/app";
import { expired } from "../support/credentials";
import { grantAdmin, MODES, newPerson, signedIn } from "../support/device";
import { type Answer, Client, send } from "../support/http";
import { CALLS_THAT_NEED_A_CALLER, nameOf, ROUTES, routesBesideTheContract } from "../support/routes";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const HOW_PAGES_ARE_ASKED_FOR: Record<string, string>[] = [
  {},
  { rsc: "1" },
  { rsc: "1", "next-router-prefetch": "1" },
];

const ACCOUNT = {
  user: {
    id: expect.stringMatching(/^[\w-]{20,}$/),
    email: expect.stringContaining("@"),
    name: "Ada Lovelace",
    role: "member",
  },
  session: {
    id: expect.stringMatching(/^[\w-]{20,}$/),
    mode: expect.stringMatching(/^(session|jwt)$/),
    transport: "cookie",
    expiresAt: expect.stringMatching(ISO),
    credentialExpiresAt: expect.stringMatching(ISO),
  },
};

test("every handler is a row of the contract", () => {
  expect(routesBesideTheContract()).toEqual([]);
});

test.describe("what succeeds", () => {
  for (const mode of MODES) {
    test(`signing up in ${mode} mode answers 201 with account and credential`, async ({ app }) => {
      const client = new Client(app);
      const answer = await client.post("/api/auth/signup", { json: { ...newPerson(), mode } });
      expect(answer.status).toBe(201);
      expect(answer.json).toEqual({ ...ACCOUNT, session: { ...ACCOUNT.session, mode } });
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
      const names = mode === "jwt" ? ["access", "refresh"] : ["session"];
      expect([...client.jar.keys()].sort()).toEqual([...names, "device"].sort());
      const { expiresAt, credentialExpiresAt } = answer.json.session;
      if (mode === "session") expect(credentialExpiresAt).toBe(expiresAt);
      else expect(Date.parse(credentialExpiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
    });

    test(`a ${mode} mode client is told who it is, and what finding out cost`, async ({ app }) => {
      const { client, person } = await signedIn(app, mode);
      const answer = await client.get("/api/me");
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(ACCOUNT);
      expect(answer.json.user.email).toBe(person.email);
      const timing = answer.headers.get("server-timing");
      expect(timing).toMatch(new RegExp(`auth;dur=\\d+\\.\\d+;desc="${mode}"`));
      expect(timing).toMatch(new RegExp(`db;dur=\\d+\\.\\d+;desc="${mode === "jwt" ? 0 : 1} queries"`));
    });

    test(`a password change in ${mode} mode leaves only this device`, async ({ app }) => {
      const { client, person, sessionId } = await signedIn(app, mode);
      const others = await Promise.all(MODES.map((mode) => signedIn(app, mode, person)));
      const before = client.copy();
      const newPassword = `${person.password}, changed`;
      const answer = await client.post("/api/auth/password", {
        json: { currentPassword: person.password, newPassword },
      });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ ...ACCOUNT, session: { ...ACCOUNT.session, mode } });
      expect(answer.json.session.id).not.toBe(sessionId);
      expect((await client.get("/api/me")).status).toBe(200);
      for (const ended of [before, ...others.map(({ client }) => client)])
        await expect.poll(async () => (await ended.copy().get("/api/me")).json.code).toBe("session_ended");

      const [old, current] = await Promise.all(
        [person.password, newPassword].map((password) =>
          send(app, "POST", "/api/auth/login", { json: { email: person.email, password } }),
        ),
      );
      expect([old!.status, current!.status]).toEqual([401, 200]);
    });

    test(`deleting the account in ${mode} mode ends all that was issued for it`, async ({ app }) => {
      const { client, person } = await signedIn(app, mode);
      const tokens = await signedIn(app, "JWT bearer", person);
      const before = client.copy();
      const answer = await client.send("DELETE", "/api/me", { json: { password: person.password } });
      expect(answer.status).toBe(204);
      expect(answer.text).toBe("");
      expect(client.jar.has("access") || client.jar.has("session")).toBe(false);
      const headers = { authorization: `Bearer ${tokens.accessToken}` };
      expectProblem(await send(app, "GET", "/api/me", { headers }), 401, "session_ended");
      expectProblem(await before.get("/api/me"), 401, "session_ended");
      const { refreshToken } = tokens;
      expectProblem(
        await send(app, "POST", "/api/auth/refresh", { json: { refreshToken } }),
        401,
        "session_ended",
      );
    });
  }

  test("log-in answers in the account's preferred mode, or for this device in the one asked for", async ({
    app,
  }) => {
    const { person } = await signedIn(app, "session");
    const { email, password } = person;
    const log = async (more: object) =>
      (await send(app, "POST", "/api/auth/login", { json: { email, password, ...more } })).json.session.mode;
    expect(await log({})).toBe("session");
    expect(await log({ mode: "jwt" })).toBe("jwt");
    expect(await log({})).toBe("session");
    expect(await log({ transport: "bearer" })).toBe("jwt");
  });

  test("an email is one account in all its spellings", async ({ app }) => {
    const { person } = await signedIn(app, "jwt");
    const email = `  ${person.email.toUpperCase()} `;
    const { password } = person;
    expect((await send(app, "POST", "/api/auth/login", { json: { email, password } })).status).toBe(200);
    expectProblem(
      await send(app, "POST", "/api/auth/signup", { json: { email, password } }),
      409,
      "email_taken",
    );
  });

  test("switching the mode begins a new device session, kills the old one and sets the preference", async ({
    app,
  }) => {
    const { client, person, sessionId } = await signedIn(app, "session");
    const before = client.copy();
    const switched = await client.post("/api/auth/mode", { json: { mode: "jwt" } });
    expect(switched.status).toBe(200);
    expect(switched.json).toEqual({ ...ACCOUNT, session: { ...ACCOUNT.session, mode: "jwt" } });
    expect(switched.json.session.id).not.toBe(sessionId);
    expect([...client.jar.keys()].sort()).toEqual(["access", "device", "refresh"]);
    expectProblem(await before.get("/api/me"), 401, "session_ended");

    const { email, password } = person;
    const next = await send(app, "POST", "/api/auth/login", { json: { email, password } });
    expect(next.json.session.mode).toBe("jwt");
  });

  test("a rename is in the answer and in a fresh access cookie", async ({ app }) => {
    const { client } = await signedIn(app, "jwt");
    const before = client.value("access");
    const renamed = await client.send("PATCH", "/api/me", { json: { name: " Grace " } });
    expect(renamed.status).toBe(200);
    expect(renamed.json.user.name).toBe("Grace");
    expect(client.value("access")).not.toBe(before);
    expect((await client.get("/api/me")).json.user.name).toBe("Grace");
  });

  test("devices are listed with what is known of them, and ended one by one or all at once", async ({
    app,
  }) => {
    const { client, person, sessionId } = await signedIn(app, "jwt");
    const [second, third] = [await signedIn(app, "session", person), await signedIn(app, "jwt", person)];
    const { sessions } = (await client.get("/api/auth/sessions")).json;
    expect(sessions).toHaveLength(3);
    for (const session of sessions)
      expect(session).toEqual({
        id: expect.any(String),
        mode: session.id === second.sessionId ? "session" : "jwt",
        current: session.id === sessionId,
        createdAt: expect.stringMatching(ISO),
        lastSeenAt: expect.stringMatching(ISO),
        expiresAt: expect.stringMatching(ISO),
        userAgent: expect.stringContaining("Firefox"),
        ip: "127.0.0.1",
      });

    const ended = await client.send("DELETE", `/api/auth/sessions/${second.sessionId}`);
    expect([ended.status, ended.text]).toEqual([204, ""]);
    expectProblem(await second.client.get("/api/me"), 401, "session_ended");
    expectProblem(await client.send("DELETE", `/api/auth/sessions/${second.sessionId}`), 404, "not_found");

    const keepCurrent = await client.post("/api/auth/logout-all", { json: { keepCurrent: true } });
    expect(keepCurrent.json).toEqual({ ended: 1 });
    expectProblem(await third.client.get("/api/me"), 401, "session_ended");
    const all = await client.copy().post("/api/auth/logout-all");
    expect(all.json).toEqual({ ended: 1 });
    expectProblem(await client.get("/api/me"), 401, "session_ended");
  });

  test("another person's device is not found", async ({ app }) => {
    const [mine, theirs] = [await signedIn(app, "jwt"), await signedIn(app, "jwt")];
    const path = `/api/auth/sessions/${theirs.sessionId}`;
    expectProblem(await mine.client.send("DELETE", path), 404, "not_found");
    expect((await theirs.client.get("/api/me")).status).toBe(200);
  });

  test("health needs nobody, and the ready one speaks for the database", async ({ app }) => {
    for (const path of ["/api/health/live", "/api/health/ready"]) {
      const answer = await send(app, "GET", path);
      expect(answer.status).toBe(200);
      expect(answer.json.status).toBe("ok");
    }
  });
});

test.describe("tokens instead of cookies", () => {
  for (const act of ["signup", "login"] as const) {
    test(`${act} with bearer transport sets no cookie`, async ({ app }) => {
      const person = act === "login" ? (await signedIn(app, "jwt")).person : newPerson();
      const answer = await send(app, "POST", `/api/auth/${act}`, {
        json: { ...person, transport: "bearer" },
      });
      expect(answer.status).toBe(act === "login" ? 200 : 201);
      expect(answer.cookies).toEqual([]);
      expect(answer.json).toEqual({
        ...ACCOUNT,
        session: { ...ACCOUNT.session, mode: "jwt", transport: "bearer" },
        accessToken: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
        tokenType: "Bearer",
        expiresIn: expect.any(Number),
        refreshToken: expect.any(String),
      });
      // Whole seconds, and never more than there are.
      expect(answer.json.expiresIn).toBeGreaterThanOrEqual(898);
      expect(answer.json.expiresIn).toBeLessThanOrEqual(900);
    });
  }

  test("a refresh token in the body is answered in the body", async ({ app }) => {
    const { person } = await signedIn(app, "jwt");
    const first = await signedIn(app, "JWT bearer", person);
    const { refreshToken } = first;
    const renewed = await send(app, "POST", "/api/auth/refresh", { json: { refreshToken } });
    expect(renewed.status).toBe(200);
    expect(renewed.cookies).toEqual([]);
    expect(renewed.json.refreshToken).not.toBe(refreshToken);
    expect(renewed.json.session.id).toBe(first.sessionId);
    const headers = { authorization: `Bearer ${renewed.json.accessToken}` };
    const me = await send(app, "GET", "/api/me", { headers });
    expect(me.json.session.transport).toBe("bearer");
  });

  test("a request with a bearer header and cookies is judged by the header alone", async ({ app }) => {
    const mine = await signedIn(app, "session");
    const theirs = await signedIn(app, "jwt");
    const { accessToken } = await signedIn(app, "JWT bearer", theirs.person);

    const good = await mine.client.get("/api/me", { headers: { authorization: `Bearer ${accessToken}` } });
    expect(good.json.user.email).toBe(theirs.person.email);
    for (const authorization of ["Bearer garbage", "Bearer", "bearer ", "Bearer a b"]) {
      const bad = await mine.client.get("/api/me", { headers: { authorization } });
      expectProblem(bad, 401, "credential_invalid");
      expect(bad.cookies, "a bad header says nothing about the cookies").toEqual([]);
    }
    const basic = await mine.client.get("/api/me", { headers: { authorization: "Basic YTpi" } });
    expect(basic.json.user.email).toBe(mine.person.email);
  });

  test("a bearer client logs out by its header, and its cookies' owner stays", async ({ app }) => {
    const { client, person } = await signedIn(app, "session");
    const { accessToken } = await signedIn(app, "JWT bearer", person);
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await client.copy().post("/api/auth/logout", { headers })).status).toBe(204);
    expectProblem(await send(app, "GET", "/api/me", { headers }), 401, "session_ended");
    expect((await client.get("/api/me")).status).toBe(200);
  });

  test("a bearer client cannot be in session mode", async ({ app }) => {
    const { person } = await signedIn(app, "jwt");
    const { email, password } = person;
    const refused = await send(app, "POST", "/api/auth/login", {
      json: { email, password, mode: "session", transport: "bearer" },
    });
    expectProblem(refused, 422, "validation_failed", "mode");
    const { accessToken } = await signedIn(app, "JWT bearer", person);
    const headers = { authorization: `Bearer ${accessToken}` };
    const switched = await send(app, "POST", "/api/auth/mode", { headers, json: { mode: "session" } });
    expectProblem(switched, 422, "validation_failed", "mode");
  });
});

test.describe("what is refused", () => {
  for (const call of CALLS_THAT_NEED_A_CALLER) {
    test(`${nameOf(call)} without a credential is unauthenticated`, async ({ app }) => {
      const answer = await send(app, call.method, call.path, { json: call.json });
      expectProblem(answer, 401, "unauthenticated");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(answer.headers.has("location")).toBe(false);
    });
  }

  test("a credential that was refused is named in WWW-Authenticate", async ({ app }) => {
    const answer = await send(app, "GET", "/api/me", { headers: { authorization: "Bearer x" } });
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("a download link that is refused answers with the problem, not with an empty file", async ({
    app,
  }) => {
    const { client } = await signedIn(app, "jwt");
    client.set("access", await expired(app, client.value("access")));
    for (const path of ["/api/me/events", "/api/admin/events"]) {
      for (const [visitor, code] of [
        [new Client(app), "unauthenticated"],
        [client, "token_expired"],
      ] as const) {
        const refused = await visitor.get(path);
        expectProblem(refused, 401, code);
        expect(refused.headers.has("content-disposition")).toBe(false);
        expect(refused.cookies).toEqual([]);
      }
    }
    expect((await client.post("/api/auth/refresh")).status).toBe(200);
    const exported = await client.get("/api/me/events");
    expect([exported.status, exported.headers.get("content-type")]).toEqual([200, "application/jsonl"]);
  });

  test("log-in tells nobody whether an account exists", async ({ app }) => {
    const { person } = await signedIn(app, "jwt");
    const [wrong, unknown] = await Promise.all(
      [person.email, newPerson().email].map((email) =>
        send(app, "POST", "/api/auth/login", { json: { email, password: "no such password" } }),
      ),
    );
    expectProblem(wrong!, 401, "invalid_credentials");
    expect(unknown!.text).toBe(wrong!.text);
    expect(wrong!.cookies).toEqual([]);
  });

  test("a password is refused when it is short, long, common, or holds the email or our name", async ({
    app,
  }) => {
    const { email } = newPerson();
    const bad = ["1234567", "a".repeat(257), "Password1", `my ${email.toUpperCase()}`, "i love HalfState!"];
    for (const password of bad)
      expectProblem(
        await send(app, "POST", "/api/auth/signup", { json: { email, password } }),
        422,
        "validation_failed",
        "password",
      );
    const emoji = "🔑".repeat(8);
    const accepted = await send(app, "POST", "/api/auth/signup", { json: { email, password: emoji } });
    expect(accepted.status).toBe(201);
  });

  test("a refresh without a token, or with garbage, is refused and clears the dead cookies", async ({
    app,
  }) => {
    expectProblem(await send(app, "POST", "/api/auth/refresh"), 401, "refresh_invalid");
    const headers = { cookie: "refresh=garbage; access=garbage" };
    const answer = await send(app, "POST", "/api/auth/refresh", { headers });
    expectProblem(answer, 401, "refresh_invalid");
    expect(answer.cookies.map(({ name, value }) => [name, value])).toEqual([
      ["access", ""],
      ["refresh", ""],
    ]);
  });

  for (const { path, methods } of ROUTES) {
    test(`${path} answers 405 to every other method and says which it takes`, async ({ app }) => {
      const wrong = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].filter(
        (method) => !methods.some((own) => own === method || (own === "GET" && method === "HEAD")),
      );
      for (const method of wrong) {
        const answer = await send(
          app,
          method,
          path,
          method === "GET" || method === "HEAD" ? {} : { json: {} },
        );
        expect(answer.status, `${method} ${path}`).toBe(405);
        const allow = answer.headers.get("allow")?.split(", ") ?? [];
        expect(allow).toEqual(expect.arrayContaining(methods));
        expect(allow).not.toContain(method);
        if (method !== "HEAD") expectProblem(answer, 405, "method_not_allowed");
      }
      const options = await send(app, "OPTIONS", path);
      expect(options.status).toBe(204);
      expect(options.headers.get("allow")?.split(", ")).toEqual(expect.arrayContaining(methods));
    });
  }

  test("an unknown path below /api is not found, in every method and disguise", async ({ app }) => {
    for (const path of [
      "/api",
      "/api/nothing",
      "/api/auth",
      "/api/auth/login/x",
      "/api/me/x",
      "/api/x%2f..%2fme",
      "/api/%",
      "/api/%ff",
      "/api/auth/%c0%ae",
      "/api/ME",
    ])
      for (const method of ["GET", "POST", "DELETE"])
        expectProblem(await send(app, method, path), 404, "not_found");
  });
});

test.describe("forms", () => {
  test("signing up and logging in land on next or on the dashboard", async ({ app }) => {
    const { email, password } = newPerson();
    const signedUp = await send(app, "POST", "/api/auth/signup", {
      form: { email, password, name: "", next: "/settings?a=1#mode" },
    });
    expectSeeOther(signedUp, "/settings?a=1#mode");
    expect(signedUp.text).toBe("");

    // What else could lead elsewhere is known to the unit tests (next-path).
    for (const next of ["//evil.example", "/\\evil.example", "https://evil.example/dashboard", ""])
      expectSeeOther(
        await send(app, "POST", "/api/auth/login", { form: { email, password, next } }),
        "/dashboard",
      );
    const twice: [string, string][] = [
      ["email", "wrong@example.com"],
      ["email", email],
      ["password", password],
      ["next", "/settings"],
      ["next", "//evil.example"],
    ];
    expectSeeOther(await send(app, "POST", "/api/auth/login", { form: twice }), "/dashboard");
  });

  test("a refused form goes back to its page, which says why and keeps all but the password", async ({
    app,
  }) => {
    const { person } = await signedIn(app, "jwt");
    const secret = "a wrong password 7731";
    const refusals = [
      { path: "/api/auth/login", page: "/login", says: "do not match an account" },
      { path: "/api/auth/signup", page: "/signup", says: "already exists" },
    ];
    for (const { path, page, says } of refusals) {
      const client = new Client(app);
      const form = { email: person.email, password: secret, next: "/settings" };
      expectSeeOther(await client.post(path, { form }), `${page}?next=%2Fsettings`);
      const shown = await client.get(`${page}?next=%2Fsettings`);
      expect(shown.status).toBe(200);
      expect(shown.text).toContain(says);
      expect(shown.text).toContain(`value="${person.email}"`);
      expect(shown.text).not.toContain(secret);
      expect(client.value("flash")).not.toContain(Buffer.from(secret).toString("base64url"));
    }
  });

  test("every form of the settings does its work and goes back with a notice", async ({ app }) => {
    const { client, person } = await signedIn(app, "jwt");
    const other = await signedIn(app, "jwt", person);
    const newPassword = `${person.password} again`;
    const forms: [path: string, form: Record<string, string>, notice: RegExp][] = [
      ["/api/me", { intent: "update", name: "Grace" }, /Name saved\./],
      [`/api/auth/sessions/${other.sessionId}`, { intent: "end" }, /That device is signed out\./],
      ["/api/auth/logout-all", { keepCurrent: "true" }, /Signed out 0 other devices\./],
      ["/api/auth/mode", { mode: "session" }, /This device is in session mode now/],
    ];
    for (const [path, form, notice] of forms) {
      expectSeeOther(await client.post(path, { form }), "/settings");
      expect((await client.get("/settings")).text).toMatch(notice);
    }
    const password = { currentPassword: person.password, newPassword };
    expect((await client.post("/api/auth/password", { form: password })).status).toBe(303);
    expect((await client.get("/api/me")).json.user.name).toBe("Grace");
    expectProblem(await other.client.get("/api/me"), 401, "session_ended");

    const wrong = await client.post("/api/me", { form: { intent: "delete", password: "wrong" } });
    expectSeeOther(wrong, "/settings");
    expectSeeOther(await client.post("/api/me", { form: { intent: "delete", password: newPassword } }), "/");
    const back = await send(app, "POST", "/api/auth/login", {
      json: { email: person.email, password: newPassword },
    });
    expectProblem(back, 401, "invalid_credentials");
  });

  test("logging out and ending all devices land on the start page", async ({ app }) => {
    for (const path of ["/api/auth/logout", "/api/auth/logout-all"]) {
      const { client } = await signedIn(app, "session");
      expectSeeOther(await client.post(path, { form: {} }), "/");
      expect(client.jar.has("session")).toBe(false);
    }
    expectSeeOther(await send(app, "POST", "/api/auth/logout", { form: {} }), "/");
  });

  test("a form without a caller goes by the log-in page", async ({ app }) => {
    for (const [path, form] of [
      ["/api/me", { intent: "update", name: "x" }],
      ["/api/auth/mode", { mode: "jwt" }],
    ] as const)
      expectSeeOther(await send(app, "POST", path, { form }), "/login?next=%2Fsettings");
  });

  test("an intent that a path does not have changes nothing", async ({ app }) => {
    const { client, sessionId } = await signedIn(app, "jwt");
    for (const [path, intent] of [
      ["/api/me", "end"],
      ["/api/me", ""],
      ["/api/me", "constructor"],
      ["/api/me", "__proto__"],
      [`/api/auth/sessions/${sessionId}`, "delete"],
    ] as const) {
      const answer = await client.post(path, { form: { intent, name: "x" } });
      expectProblem(answer, 422, "validation_failed", "intent");
    }
    const json = await client.post("/api/me", { json: { intent: "update", name: "x" } });
    expectProblem(json, 415, "unsupported_media_type");
    const override = await client.post("/api/auth/mode", {
      form: { _method: "DELETE", intent: "delete", mode: "session" },
      headers: { "x-http-method-override": "DELETE" },
    });
    expectSeeOther(override, "/settings");
    expect((await client.get("/api/me")).json.session.mode).toBe("session");
  });
});

test.describe("headers", () => {
  test("every answer of the API carries its id and the security headers", async ({ app }) => {
    const { client } = await signedIn(app, "jwt");
    const answers = [
      await client.get("/api/me"),
      await send(app, "GET", "/api/me"),
      await send(app, "GET", "/api/nothing"),
      await send(app, "PUT", "/api/me"),
      await send(app, "POST", "/api/auth/login", {
        body: "{",
        headers: { "content-type": "application/json" },
      }),
      await send(app, "GET", "/api/health/live"),
      await send(app, "OPTIONS", "/api/me"),
      await send(app, "GET", "/api/auth/refresh?next=/dashboard"),
      await send(app, "POST", "/api/auth/logout", { headers: { "sec-fetch-site": "cross-site" } }),
    ];
    const ids = answers.map(({ headers }) => headers.get("x-request-id"));
    for (const id of ids) expect(id).toMatch(/^[\w-]{16,}$/);
    expect(new Set(ids).size).toBe(answers.length);
    for (const answer of answers) expectSecurityHeaders(answer);
    for (const answer of answers) expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });

  test("every page carries the security headers and a policy with a nonce of its own", async ({ app }) => {
    const { client } = await signedIn(app, "session");
    const policies = new Set<string>();
    for (const [path, status] of [
      ["/", 200],
      ["/login", 200],
      ["/signup", 200],
      ["/dashboard", 200],
      ["/settings", 200],
      ["/no/such/page", 404],
      ["/icon.svgfoo", 404],
      ["/_next/staticfoo", 404],
    ] as const) {
      const page = await client.get(path);
      expect(page.status, path).toBe(status);
      expectSecurityHeaders(page);
      const policy = page.headers.get("content-security-policy") ?? "";
      policies.add(policy);
      const directives = new Map(
        policy.split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
      );
      const [nonce] = /'nonce-[\w+/=-]{16,}'/.exec(policy) ?? [];
      expect(directives.get("script-src")).toContain(nonce);
      expect(directives.get("script-src")).not.toContain("'unsafe-inline'");
      expect(directives.get("script-src")).not.toContain("'unsafe-eval'");
      expect(directives.get("object-src")).toEqual(["'none'"]);
      expect(directives.get("base-uri")).toEqual(["'none'"]);
      expect(directives.get("form-action")).toEqual(["'self'"]);
      expect(directives.get("frame-ancestors")).toEqual(["'none'"]);
      const scripts = page.text.match(/<script\b[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(0);
      for (const script of scripts) expect(script).toContain(`nonce="${nonce?.slice(7, -1)}"`);
    }
    expect(policies.size).toBe(8);
  });

  test("a page of the administration answers with the status that the API would", async ({ app }) => {
    for (const mode of MODES) {
      const { client } = await signedIn(app, mode);
      for (const path of ["/admin", "/admin/activity", "/admin/users/nobody"]) {
        const page = await client.get(path);
        expect([path, page.status]).toEqual([path, 403]);
        expect(page.headers.get("cache-control")).toBe("private, no-store");
        expect(page.text).toContain("This page is for administrators");
      }
    }
    const { client, person } = await signedIn(app, "session");
    await grantAdmin(app, person.email);
    expect((await client.get("/admin")).status).toBe(200);
    const nobody = await client.get("/admin/users/nobody");
    expect([nobody.status, nobody.text]).toEqual([404, expect.stringContaining("There is no such account")]);
  });

  test("what Next answers by itself carries the security headers too", async ({ app }) => {
    const [script = ""] = /\/_next\/static\/[^"]+\.js/.exec((await send(app, "GET", "/login")).text) ?? [];
    for (const [path, status] of [
      [script, 200],
      ["/icon.svg", 200],
      // Browsers ask for it where a page has not named its icon yet, or is none.
      ["/favicon.ico", 200],
      ["/_next/static/nothing.js", 404],
      ["/dashboard/", 308],
      ["//api/me", 308],
      ["/api/me/", 308],
    ] as const) {
      const answer = await send(app, "GET", path);
      expect(answer.status, path).toBe(status);
      expectSecurityHeaders(answer);
    }
  });

  test("a page that needs a user is never stored, however it is asked for", async ({ app }) => {
    for (const mode of MODES) {
      const { client } = await signedIn(app, mode);
      for (const path of ["/dashboard", "/settings"]) {
        for (const headers of HOW_PAGES_ARE_ASKED_FOR) {
          const first = await client.get(path, { headers });
          // Next sends a client-side navigation to an address of its own, so that caches cannot mix the two up.
          const answer =
            first.status === 307 ? await client.get(first.headers.get("location")!, { headers }) : first;
          expect(answer.status).toBe(200);
          expect(first.headers.get("cache-control")).toBe("private, no-store");
          expect(answer.headers.get("cache-control")).toBe("private, no-store");
        }
        const redirect = await send(app, "GET", path);
        expectSeeOther(redirect, `/login?next=${encodeURIComponent(path)}`);
        expect(redirect.headers.get("cache-control")).toBe("private, no-store");
      }
    }
  });

  test("cookies over plain http are HttpOnly, Lax and as long-lived as what they carry", async ({ app }) => {
    const flags = { httponly: "", samesite: "Lax" };
    for (const mode of MODES) {
      const { cookies } = await send(app, "POST", "/api/auth/signup", { json: { ...newPerson(), mode } });
      const set = cookies.filter(({ value }) => value !== "");
      expect(set.map(({ name }) => name).sort()).toEqual(
        mode === "jwt" ? ["access", "device", "refresh"] : ["device", "session"],
      );
      for (const { name, attributes } of set) {
        expect(attributes).toMatchObject({ ...flags, path: name === "refresh" ? "/api/auth" : "/" });
        expect(attributes).not.toHaveProperty("secure");
        expect(attributes).not.toHaveProperty("domain");
        const days = Number(attributes["max-age"]) / 86_400;
        expect(days).toBeCloseTo(name === "device" ? 400 : 30, 2);
      }
    }
  });
});

function expectProblem(answer: Answer, status: number, code: string, field?: string): void {
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = answer.json;
  expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status, code });
  if (field) expect(problem.errors[field]?.[0]).toEqual(expect.any(String));
}

function expectSeeOther(answer: Answer, location: string): void {
  expect(answer.status).toBe(303);
  const target = answer.headers.get("location") ?? "";
  expect(target.replace(/^http:\/\/localhost:\d+/, "")).toBe(location);
}

function expectSecurityHeaders({ headers }: Answer): void {
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("permissions-policy")).toContain("camera=()");
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  expect(headers.has("strict-transport-security")).toBe(false);
  expect(headers.has("x-powered-by")).toBe(false);
  expect(headers.has("server")).toBe(false);
}
