/** Whatever is sent: an answer that says what was wrong with it, never a fault and never a look inside. */
import { gzipSync } from "node:zlib";
import { expect, test } from "../support/app";
import { GARBAGE_SEALS, GARBAGE_TOKENS } from "../support/credentials";
import { newPerson, signedIn } from "../support/device";
import { type Answer, type Client, send } from "../support/http";
import { ROUTES } from "../support/routes";

const LIMIT = 64 * 1024;

/** Each with a body that would be right. */
const FIELDS: { method: string; path: string; fields: Record<string, unknown>; optional?: string[] }[] = [
  {
    method: "POST",
    path: "/api/auth/signup",
    fields: {
      email: "x@example.com",
      password: "rusty lantern 1843",
      name: "x",
      mode: "jwt",
      transport: "cookie",
    },
    optional: ["name", "mode", "transport"],
  },
  {
    method: "POST",
    path: "/api/auth/login",
    fields: { email: "x@example.com", password: "rusty lantern 1843", mode: "jwt", transport: "cookie" },
    optional: ["mode", "transport"],
  },
  { method: "POST", path: "/api/auth/refresh", fields: { refreshToken: "x" }, optional: ["refreshToken"] },
  { method: "POST", path: "/api/auth/logout-all", fields: { keepCurrent: true }, optional: ["keepCurrent"] },
  { method: "POST", path: "/api/auth/mode", fields: { mode: "jwt" } },
  {
    method: "POST",
    path: "/api/auth/password",
    fields: { currentPassword: "x", newPassword: "rusty lantern 9" },
  },
  { method: "PATCH", path: "/api/me", fields: { name: "x" } },
  { method: "DELETE", path: "/api/me", fields: { password: "x" } },
];

const WRONG_TYPES: unknown[] = [
  { $ne: null },
  { $gt: "" },
  ["a"],
  [],
  1,
  1.5,
  -1,
  {},
  { toString: "x" },
  null,
];

const BODY_CALLS = FIELDS.map(({ method, path }) => ({ method, path }));

for (const { method, path, fields, optional = [] } of FIELDS) {
  test(`${method} ${path} refuses a value of the wrong type in every field`, async ({ app }) => {
    const { client } = await signedIn(app, "jwt");
    for (const field of Object.keys(fields)) {
      for (const value of WRONG_TYPES) {
        const answer = await client.copy().send(method, path, { json: { ...fields, [field]: value } });
        const what = `${field}: ${JSON.stringify(value)}`;
        expect([what, answer.status, answer.json.code]).toEqual([what, 422, "validation_failed"]);
        expect(Object.keys(answer.json.errors)).toContain(field);
        expectCalm(answer);
      }
      if (optional.includes(field)) continue;
      const missing = await client.copy().send(method, path, { json: { ...fields, [field]: undefined } });
      expect([missing.status, Object.keys(missing.json.errors)]).toEqual([422, [field]]);
    }
    for (const body of ["[]", "null", "1", '"text"', "true", '[{"email":"x"}]']) {
      const answer = await client.copy().send(method, path, asJson(body));
      expect([body, answer.status, answer.json.code]).toEqual([body, 422, "validation_failed"]);
    }
    expect((await client.get("/api/me")).status, "nothing was changed").toBe(200);
  });

  test(`${method} ${path} judges size, type and encoding of its body`, async ({ app }) => {
    const { client } = await signedIn(app, "session");
    const call = (outgoing: Parameters<Client["send"]>[2]) => client.copy().send(method, path, outgoing);

    for (const body of ["{", '{"a":', "{'a':1}", "\u0000", "{}{}", '{"a":1,}', "\ufeff\ufeff{}", "NaN"])
      expectCode(await call(asJson(body)), 400, "invalid_json");
    expectCode(
      await call(asJson(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))),
      400,
      "invalid_json",
    );

    const tooLong = Buffer.from(JSON.stringify({ pad: "x".repeat(LIMIT + 1 - 10) }));
    expect(tooLong.length).toBe(LIMIT + 1);
    expectCode(await call(asJson(tooLong)), 413, "payload_too_large");
    const chunks = [tooLong.subarray(0, 40_000), tooLong.subarray(40_000)];
    expectCode(await call({ ...asJson(chunks), chunked: true }), 413, "payload_too_large");

    const right = JSON.stringify(fields);
    for (const encoding of ["gzip", "br", "identity", "x"]) {
      const body = encoding === "gzip" ? gzipSync(right) : right;
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      expectCode(await call({ body, headers }), 415, "unsupported_media_type");
    }
    for (const type of [
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/xml",
      "application/jsonx",
      "x",
    ])
      expectCode(
        await call({ body: right, headers: { "content-type": type } }),
        415,
        "unsupported_media_type",
      );
    expectCode(await call({ body: right }), 415, "unsupported_media_type");
    expect((await client.get("/api/me")).status, "nothing was changed").toBe(200);
  });
}

test("a body of exactly 64 KiB is read, and a charset beside the type is no matter", async ({ app }) => {
  const { email, password } = newPerson();
  const head = JSON.stringify({ email, password, pad: "" });
  const body = JSON.stringify({ email, password, pad: "x".repeat(LIMIT - Buffer.byteLength(head)) });
  expect(Buffer.byteLength(body)).toBe(LIMIT);
  const headers = { "content-type": "Application/JSON; charset=utf-8" };
  expect((await send(app, "POST", "/api/auth/signup", { body, headers })).status).toBe(201);
});

test("of a field given twice the last counts, and unknown fields are ignored", async ({ app }) => {
  const { email, password } = newPerson();
  const body = `{"email":{"$ne":1},"email":"${email}","password":"${password}","role":"admin","__proto__":{"role":"admin"},"id":"1"}`;
  const answer = await send(app, "POST", "/api/auth/signup", asJson(body));
  expect(answer.status).toBe(201);
  expect(answer.json.user.role).toBe("member");
  expect(answer.json.user.id).not.toBe("1");

  const form: [string, string][] = [
    ["email", "other@example.com"],
    ["email", email],
    ["password", "wrong"],
    ["password", password],
  ];
  expect((await send(app, "POST", "/api/auth/login", { form })).headers.get("location")).toMatch(
    /\/dashboard$/,
  );
});

test("text that no database and no page should meet is refused or kept harmless", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const names = ["\ud800", "a\u0000b", "a\nb", "", "   ", "x".repeat(101), "\u0007"];
  for (const name of names)
    expectCode(await client.send("PATCH", "/api/me", { json: { name } }), 422, "validation_failed");
  for (const name of ["<script>alert(1)</script>", "' OR 1=1 --", "𝒜".repeat(100), "${7*7}{{7*7}}"]) {
    expect((await client.send("PATCH", "/api/me", { json: { name } })).json.user.name).toBe(name);
    const page = await client.get("/dashboard");
    expect(page.status).toBe(200);
    expect(page.text).not.toContain("<script>alert(1)");
  }
  for (const email of ["a", "a@", "@b.c", "a@b c.de", `${"a".repeat(250)}@b.de`, "a@b.c\u0000"]) {
    const json = { email, password: "rusty lantern 1843" };
    expectCode(await send(app, "POST", "/api/auth/signup", { json }), 422, "validation_failed");
  }
});

test("a garbage cookie is a credential that is invalid, and is cleared", async ({ app }) => {
  for (const [name, values] of [
    ["session", GARBAGE_SEALS],
    ["access", GARBAGE_TOKENS],
  ] as const) {
    // Next itself drops what it cannot decode.
    for (const value of [...values, "%", "%ff", "100%25%"]) {
      const answer = await send(app, "GET", "/api/me", {
        headers: { cookie: `theme=dark; ${name}=${value}` },
      });
      expectCode(answer, 401, "credential_invalid");
      expect(answer.cookies.map(({ name, value }) => [name, value])).toEqual([[name, ""]]);
    }
  }
});

test("a garbage cookie breaks no page", async ({ app }) => {
  for (const value of [...GARBAGE_SEALS, ...GARBAGE_TOKENS, "%"]) {
    const names = value.length > 1000 ? ["session"] : ["session", "device", "flash", "renewed", "theme"];
    const cookie = names.map((name) => `${name}=${value}`).join("; ");
    for (const [path, status] of [
      ["/", 200],
      ["/login", 200],
      ["/dashboard", 303],
    ] as const) {
      const answer = await send(app, "GET", path, { headers: { cookie } });
      expect([value, path, answer.status]).toEqual([value, path, status]);
      expectCalm(answer);
    }
  }
  // Beyond what any browser keeps: refused by the server's own limit, or borne.
  const huge = await send(app, "GET", "/", { headers: { cookie: `session=${"a".repeat(20_000)}` } });
  expect([200, 431]).toContain(huge.status);
});

test("a garbage flash beside a good session leaves the settings in peace", async ({ app }) => {
  const { client } = await signedIn(app, "session");
  const seal = client.value("session");
  for (const value of [...GARBAGE_SEALS, seal]) {
    client.set("flash", value).set("renewed", value).set("device", value);
    expect((await client.get("/settings")).status).toBe(200);
    expect((await client.get("/dashboard")).status).toBe(200);
  }
});

test("a genuine credential that was cut short or changed by one character is refused", async ({ app }) => {
  for (const [mode, name] of [
    ["session", "session"],
    ["jwt", "access"],
  ] as const) {
    const { client } = await signedIn(app, mode);
    // What stands after a seal's last tilde is iron-session's version of it and no part of what is sealed.
    const [value = ""] = client.value(name).split("~");
    const version = client.value(name).slice(value.length);
    const middle = Math.floor(value.length / 2);
    const other = value[middle] === "A" ? "B" : "A";
    const changed = [
      value.slice(0, -1),
      value.slice(1),
      `${value}A`,
      value.slice(0, middle),
      value.slice(0, middle) + other + value.slice(middle + 1),
    ];
    for (const bad of changed) {
      const answer = await client
        .copy()
        .set(name, bad + version)
        .get("/api/me");
      expectCode(answer, 401, "credential_invalid");
    }
    expect((await client.get("/api/me")).status).toBe(200);
  }
});

test("one seal does not pass for another of the same key", async ({ app }) => {
  const { client } = await signedIn(app, "session");
  const swapped = client.copy().set("session", client.value("device"));
  expectCode(await swapped.get("/api/me"), 401, "credential_invalid");
});

test("a refresh cookie of any shape is refused without a fault", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const good = client.value("refresh");
  const bad = [
    ...GARBAGE_TOKENS,
    ...GARBAGE_SEALS,
    good.slice(0, -1),
    `${good}x`,
    good.replace(/\.0\./, ".1."),
    good.replace(/\.0\./, ".-1."),
    good.replace(/\.0\./, ".99999999999999999999."),
    client.value("access"),
  ];
  for (const value of bad) {
    const headers = { cookie: `refresh=${value}` };
    expectCode(await send(app, "POST", "/api/auth/refresh", { headers }), 401, "refresh_invalid");
    const bounce = await send(app, "GET", "/api/auth/refresh?next=/settings", { headers });
    expect([bounce.status, bounce.headers.get("location")]).toEqual([303, "/login?next=%2Fsettings"]);
    const inBody = await send(app, "POST", "/api/auth/refresh", { json: { refreshToken: value } });
    expectCode(inBody, 401, "refresh_invalid");
  }
  expect((await client.post("/api/auth/refresh")).status, "the good one was not used up").toBe(200);
});

test("hostile query strings, ids and headers meet a calm answer on every route", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  for (const { path } of ROUTES.filter(({ methods }) => methods.includes("GET"))) {
    for (const query of [
      "?next=%",
      "?next[]=x&next[$ne]=1",
      "?%00",
      "?__proto__=1",
      "?limit=-1&cursor=%27",
    ]) {
      const answer = await client.copy().get(path + query);
      expect(answer.status, path + query).toBeLessThan(500);
      expectCalm(answer);
    }
  }
  for (const id of [
    "%00",
    "%",
    "__proto__",
    "..%2f..",
    "'%20OR%201=1",
    "a".repeat(4000),
    "%F0%9F%94%91",
    "$ne",
  ]) {
    const answer = await client.send("DELETE", `/api/auth/sessions/${id}`);
    expect([id, [400, 404].includes(answer.status)]).toEqual([id, true]);
    expectCalm(answer);
  }
  for (const { method, path } of BODY_CALLS) {
    const headers = {
      origin: "",
      referer: "\u00ff",
      "user-agent": "x".repeat(5000),
      "x-forwarded-for": "'; DROP TABLE User; --",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "javascript",
      "accept-language": "%%%",
      accept: "*/*;q=garbage",
    };
    const answer = await send(app, method, path, {
      json: {},
      headers: { ...headers, origin: "http://evil.example" },
    });
    expect([path, answer.status]).toEqual([path, 403]);
    expectCalm(answer);
  }
});

test.afterAll(async ({ app }) => {
  expect(app.output(), "the server logged no fault").not.toMatch(/internal_error|Unhandled|TypeError/);
});

const asJson = (body: string | Buffer | Buffer[]) => ({
  body,
  headers: { "content-type": "application/json" },
});

function expectCode(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
  expectCalm(answer);
}

/** No fault, no stack, no name of what it is made of. */
function expectCalm({ status, text }: Answer): void {
  expect(status).toBeLessThan(500);
  expect(text).not.toMatch(/\bat .+:\d+:\d+|node_modules|prisma|sqlite|SyntaxError|ZodError/i);
}
