/** Requests from other sites change nothing, and read nothing but what CORS_ORIGINS opens (http-contract.md section 4, rules 1 and 2). */
import { decodeJwt } from "jose";
import { type App, expect, test } from "../support/app";
import { newPerson, signedIn } from "../support/device";
import { type Client, send } from "../support/http";
import { ROUTES } from "../support/routes";
import { rows } from "../support/rows";

const FRIEND = "https://spa.example";
test.use({ serverEnv: { CORS_ORIGINS: `${FRIEND},http://localhost:1`, ACCESS_TOKEN_TTL_SECONDS: "600" } });

const UNSAFE = ROUTES.flatMap(({ path, methods }) =>
  methods.filter((method) => method !== "GET").map((method) => ({ method, path })),
);

const foreignHeaders = (origin: string): Record<string, string>[] => {
  const { hostname, port } = new URL(origin);
  return [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "" },
    { "sec-fetch-site": "SAME-ORIGIN" },
    { "sec-fetch-site": "cross-site", origin },
    { "sec-fetch-site": "same-origin, cross-site" },
    { origin: "null" },
    { origin: "" },
    { origin: "https://evil.example" },
    { origin: `${origin}.evil.example` },
    { origin: `${origin}@evil.example` },
    { origin: `${origin}/` },
    { origin: `https://${hostname}:${port}` },
    { origin: `http://${hostname}` },
    { origin: `http://127.0.0.1:${port}` },
    { origin: `http://localhost.:${port}` },
    { origin: "%%%" },
    { origin: FRIEND },
  ];
};

for (const { method, path } of UNSAFE) {
  test(`${method} ${path} from another site is refused and changes nothing`, async ({ app }) => {
    const { client, person } = await signedIn(app, "session");
    const before = await everybody(app);
    for (const headers of foreignHeaders(app.url)) {
      const json = await client.copy().send(method, path, { json: everyField(person.password), headers });
      const sent = JSON.stringify(headers);
      expect([sent, json.status, json.json.code]).toEqual([sent, 403, "csrf_rejected"]);
      expect(json.cookies).toEqual([]);
      if (method !== "POST") continue;

      const form = { ...everyField(person.password), intent: "delete" };
      const page = await client.copy().post(path, { form, headers });
      expect([sent, page.status]).toEqual([sent, 403]);
      expect(page.headers.get("content-type")).toMatch(/^text\/html/);
      expect(page.text).toContain("Nothing was changed");
      expect(page.cookies).toEqual([]);
    }
    expect(await everybody(app)).toEqual(before);
    const me = await client.get("/api/me");
    expect([me.status, me.json.user.name]).toEqual([200, person.name]);
  });
}

test("our own pages and clients that are no browser are let through", async ({ app }) => {
  const { client } = await signedIn(app, "session");
  const own: Record<string, string>[] = [
    {},
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "same-origin", origin: "null" },
    { origin: app.url },
  ];
  for (const headers of own) {
    const answer = await client.send("PATCH", "/api/me", { json: { name: "Grace" }, headers });
    expect([JSON.stringify(headers), answer.status]).toEqual([JSON.stringify(headers), 200]);
  }
});

test("a bearer header makes a request no cross-site forgery, and the cookies beside it count for nothing", async ({
  app,
}) => {
  const { client, person } = await signedIn(app, "session");
  const { accessToken } = await signedIn(app, "JWT bearer", person);
  const headers = {
    authorization: `Bearer ${accessToken}`,
    "sec-fetch-site": "cross-site",
    origin: "https://any.example",
  };
  const renamed = await client.copy().send("PATCH", "/api/me", { json: { name: "Grace" }, headers });
  expect(renamed.status).toBe(200);
  expect(renamed.cookies).toEqual([]);

  for (const authorization of ["Bearer", "Bearer x"]) {
    const bad = await client.copy().send("DELETE", "/api/me", {
      json: { password: person.password },
      headers: { ...headers, authorization },
    });
    expect(bad.json.code).toBe("credential_invalid");
  }
  const basic = { ...headers, authorization: "Basic YTpi" };
  const refused = await client
    .copy()
    .send("DELETE", "/api/me", { json: { password: person.password }, headers: basic });
  expect(refused.json.code).toBe("csrf_rejected");
  expect((await client.get("/api/me")).status).toBe(200);
});

test("no other site may read an answer", async ({ app }) => {
  const { client } = await signedIn(app, "session");
  for (const origin of [
    "https://evil.example",
    "null",
    `${FRIEND}.evil.example`,
    `${FRIEND}/`,
    "https://SPA.example",
    app.url,
  ]) {
    for (const method of ["GET", "OPTIONS"]) {
      const answer = await client.copy().send(method, "/api/me", {
        headers: { origin, "access-control-request-method": "PATCH" },
      });
      const open = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
      expect([origin, open]).toEqual([origin, []]);
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(answer.headers.get("vary")).toMatch(/\borigin\b/i);
    }
  }
});

test("an origin in CORS_ORIGINS may read answers, never with cookies", async ({ app }) => {
  const { accessToken } = await signedIn(app, "JWT bearer");
  const headers = { origin: FRIEND, "sec-fetch-site": "cross-site" };
  const preflight = await send(app, "OPTIONS", "/api/me", {
    headers: {
      ...headers,
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "authorization",
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe(FRIEND);
  expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
  expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");

  const me = await send(app, "GET", "/api/me", {
    headers: { ...headers, authorization: `Bearer ${accessToken}` },
  });
  expect(me.status).toBe(200);
  expect(me.headers.get("access-control-allow-origin")).toBe(FRIEND);
  expect(me.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  for (const answer of [preflight, me])
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
});

test("a friendly origin may sign up, log in and refresh with tokens, and its cookies are neither read nor set", async ({
  app,
}) => {
  const victim = await signedIn(app, "jwt");
  const headers = { origin: FRIEND, "sec-fetch-site": "cross-site" };
  const person = newPerson();
  const bearer = { ...person, transport: "bearer" };
  const post = (client: Client, path: string, json: unknown) => client.copy().post(path, { json, headers });

  const signedUp = await post(victim.client, "/api/auth/signup", bearer);
  expect([signedUp.status, signedUp.cookies]).toEqual([201, []]);
  const loggedIn = await post(victim.client, "/api/auth/login", bearer);
  expect([loggedIn.status, loggedIn.cookies]).toEqual([200, []]);
  const { refreshToken, accessToken } = loggedIn.json;
  // As long as this server was told to let one live.
  const { iat, exp } = decodeJwt(accessToken);
  expect(exp! - iat!).toBe(600);
  const renewed = await post(victim.client, "/api/auth/refresh", { refreshToken });
  expect([renewed.status, renewed.cookies]).toEqual([200, []]);
  expect(renewed.json.user.email).toBe(person.email);

  // With cookie transport, or with the refresh token in a cookie, it is a browser's request like any other.
  for (const [path, json] of [
    ["/api/auth/login", person],
    ["/api/auth/signup", newPerson()],
    ["/api/auth/refresh", {}],
    ["/api/auth/refresh", { refreshToken: null }],
  ] as const)
    expect((await post(victim.client, path, json)).json.code).toBe("csrf_rejected");
  expect((await victim.client.get("/api/me")).status, "the victim's device session was not replaced").toBe(
    200,
  );

  const stranger = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  const refused = await send(app, "POST", "/api/auth/login", { json: bearer, headers: stranger });
  expect(refused.json.code).toBe("csrf_rejected");
});

/** Accounts with their passwords, and device sessions: whatever a request could change. */
const everybody = ({ databaseUrl }: App) =>
  Promise.all([
    rows(databaseUrl, `SELECT * FROM "User" ORDER BY "id"`),
    rows(databaseUrl, `SELECT "id", "mode", "endedAt" FROM "DeviceSession" ORDER BY "id"`),
  ]);

/** Right for every route at once, so that only where it comes from can be what is refused. */
const everyField = (password: string) => ({
  email: newPerson().email,
  password,
  name: "Mallory",
  mode: "jwt",
  currentPassword: password,
  newPassword: `${password} of Mallory`,
});
