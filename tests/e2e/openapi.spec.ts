/** Every operation of the served OpenAPI document is called, well and badly, and each answer is held to what the document says of it. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { z } from "zod";
import type { OpenApiDocument, OpenApiOperation, OpenApiSchema } from "@/lib/http/openapi";
import { expect, ON_BOTH, test, type App } from "../support/app";
import { send, type Answer } from "../support/http";

const PASSWORD = "correct horse battery";
const ADMIN_SCRIPT = path.resolve(import.meta.dirname, "../../scripts/admin.mjs");

// A server of its own: on one that others use too, their administrators would keep this one from being the last.
test.use({ serverEnv: { LOG_LEVEL: "error" } });

type Case = { name: string; path?: string; query?: string; json?: unknown; token?: string; expect: number };

test("every operation answers as the document says", ON_BOTH, async ({ app }) => {
  const served = await send(app, "GET", "/api/openapi.json");
  expect(served.status).toBe(200);
  const document = JSON.parse(served.text) as OpenApiDocument;
  const people = await introduce(app);
  const called = new Set<string>();

  for (const [route, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const cases = CASES[`${method} ${route}`]?.(people);
      expect(cases, `no case for ${method} ${route}`).toBeDefined();
      for (const one of cases!) {
        const where = `${method} ${route}: ${one.name}`;
        const headers: Record<string, string> = one.token ? { authorization: `Bearer ${one.token}` } : {};
        const target = (one.path ?? route) + (one.query ?? "");
        const answer = await send(app, method.toUpperCase(), target, { headers, json: one.json });
        expect(answer.status, `${where}\n${answer.text}`).toBe(one.expect);
        hold(document, operation, answer, where);
      }
      called.add(operation.operationId);
    }
  }
  const all = Object.values(document.paths).flatMap((operations) => Object.values(operations));
  expect(called.size).toBe(all.length);
});

test("the reference page says of every request field what the document says of it", async ({ app }) => {
  const document = JSON.parse((await send(app, "GET", "/api/openapi.json")).text) as OpenApiDocument;
  const page = await send(app, "GET", "/api/docs");
  const shown = page.text.replaceAll("&#x27;", "'");
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const said = operations.flatMap(({ parameters = [], requestBody }) => [
    ...parameters.map(({ description }) => description),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
      Object.values(schema.properties as Record<string, { description?: string }>).map(
        ({ description }) => description,
      ),
    ),
  ]);
  expect(said.length).toBeGreaterThan(30);
  expect(said.filter((words) => !words || !shown.includes(words))).toEqual([]);
});

/** Status, content type and body are those that the operation lists; a problem's code is one that it names. */
function hold(document: OpenApiDocument, operation: OpenApiOperation, answer: Answer, where: string): void {
  const response = operation.responses[answer.status];
  expect(response, `${where}: status ${answer.status} is not in the document`).toBeDefined();
  if (!response!.content) return expect(answer.text, where).toBe("");
  const [type, { schema }] = Object.entries(response!.content)[0]!;
  expect(answer.headers.get("content-type"), where).toContain(type);
  const validator = z.fromJSONSchema(standingAlone(schema, document) as never);
  const documents = type === "application/jsonl" ? answer.text.trim().split("\n") : [answer.text];
  for (const text of documents) {
    const judged = validator.safeParse(JSON.parse(text));
    expect(judged.success, `${where}\n${text}\n${judged.error?.message}`).toBe(true);
  }
  if (type === "application/problem+json") {
    expect(response!.description, where).toContain(`\`${answer.json.code}\``);
  }
}

/** The schema as a document of its own, which has the shapes it refers to elsewhere. */
const standingAlone = (schema: OpenApiSchema, { components }: OpenApiDocument): unknown =>
  JSON.parse(
    JSON.stringify({ ...schema, $defs: components.schemas }).replaceAll("#/components/schemas/", "#/$defs/"),
  );

type People = { app: App; member: Person; admin: Person; other: Person; leaver: Person; guest: Person };
type Person = { id: string; email: string; session: string; token: string; refreshToken: string };

async function introduce(app: App): Promise<People> {
  const [member, other, leaver, guest] = await Promise.all(
    ["member", "other", "leaver", "guest"].map((name) => enter(app, "signup", `${name}@openapi.example`)),
  );
  await enter(app, "signup", "admin@openapi.example");
  execFileSync(process.execPath, [ADMIN_SCRIPT, "grant", "admin@openapi.example"], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: app.databaseUrl },
  });
  const admin = await enter(app, "login", "admin@openapi.example");
  return { app, member: member!, admin, other: other!, leaver: leaver!, guest: guest! };
}

async function enter(app: App, act: "signup" | "login", email: string): Promise<Person> {
  const { json } = await send(app, "POST", `/api/auth/${act}`, {
    json: { email, password: PASSWORD, transport: "bearer" },
  });
  return {
    id: json.user.id,
    email,
    session: json.session.id,
    token: json.accessToken,
    refreshToken: json.refreshToken,
  };
}

const signedOut: Case = { name: "signed out", expect: 401 };
const forged = (rest: Partial<Case> = {}): Case => ({ name: "forged", token: "a.b.c", expect: 401, ...rest });
const credentials = (email: string) => ({ email, password: PASSWORD, transport: "bearer" });

/** For each operation what is sent, and the status that must come back; refusals before successes. */
const CASES: Record<string, (people: People) => Case[]> = {
  "post /api/auth/signup": ({ member }) => [
    { name: "wrong types", json: { email: { $ne: null }, password: 1 }, expect: 422 },
    { name: "taken", json: credentials(member.email), expect: 409 },
    { name: "new, bearer", json: credentials("new@openapi.example"), expect: 201 },
    { name: "new, cookies", json: { email: "new2@openapi.example", password: PASSWORD }, expect: 201 },
  ],
  "post /api/auth/login": ({ member }) => [
    { name: "wrong password", json: { email: member.email, password: "wrong" }, expect: 401 },
    { name: "nothing", json: {}, expect: 422 },
    { name: "right, bearer", json: credentials(member.email), expect: 200 },
    {
      name: "right, session",
      json: { email: member.email, password: PASSWORD, mode: "session" },
      expect: 200,
    },
  ],
  "post /api/auth/refresh": ({ guest }) => [
    { name: "none", expect: 401 },
    { name: "garbage", json: { refreshToken: "garbage" }, expect: 401 },
    { name: "number", json: { refreshToken: 1 }, expect: 422 },
    { name: "right", json: { refreshToken: guest.refreshToken }, expect: 200 },
  ],
  "get /api/auth/refresh": () => [{ name: "without a cookie", query: "?next=/settings", expect: 303 }],
  "post /api/auth/logout": ({ guest }) => [
    { name: "nobody", expect: 204 },
    { name: "somebody", token: guest.token, expect: 204 },
  ],
  "post /api/auth/logout-all": ({ leaver }) => [
    signedOut,
    { name: "wrong type", token: leaver.token, json: { keepCurrent: "maybe" }, expect: 422 },
    { name: "others", token: leaver.token, json: { keepCurrent: true }, expect: 200 },
  ],
  "get /api/auth/sessions": ({ member }) => [
    signedOut,
    forged(),
    { name: "own", token: member.token, expect: 200 },
  ],
  "delete /api/auth/sessions/{id}": ({ member, other }) => [
    { ...signedOut, path: `/api/auth/sessions/${member.session}` },
    { name: "another's", path: `/api/auth/sessions/${other.session}`, token: member.token, expect: 404 },
    { name: "own", path: `/api/auth/sessions/${other.session}`, token: other.token, expect: 204 },
  ],
  "post /api/auth/mode": ({ member }) => [
    { ...signedOut, json: { mode: "jwt" } },
    { name: "session for a bearer client", token: member.token, json: { mode: "session" }, expect: 422 },
  ],
  "post /api/auth/password": ({ leaver }) => [
    { ...signedOut, json: {} },
    {
      name: "short",
      token: leaver.token,
      json: { currentPassword: PASSWORD, newPassword: "a" },
      expect: 422,
    },
    {
      name: "wrong",
      token: leaver.token,
      json: { currentPassword: "wrong", newPassword: "another horse battery" },
      expect: 401,
    },
  ],
  "get /api/me": ({ member }) => [
    signedOut,
    forged(),
    { name: "somebody", token: member.token, expect: 200 },
  ],
  "patch /api/me": ({ member }) => [
    { ...signedOut, json: { name: "Ada" } },
    { name: "empty", token: member.token, json: { name: " " }, expect: 422 },
    { name: "new name", token: member.token, json: { name: "Ada" }, expect: 200 },
  ],
  "get /api/me/events": ({ member }) => [signedOut, { name: "own", token: member.token, expect: 200 }],
  "get /api/admin/users": ({ member, admin }) => [
    signedOut,
    { name: "a member", token: member.token, expect: 403 },
    { name: "too many", token: admin.token, query: "?limit=1000", expect: 422 },
    { name: "an administrator", token: admin.token, query: "?limit=2&query=openapi", expect: 200 },
  ],
  "patch /api/admin/users/{id}": ({ member, admin }) => [
    { ...signedOut, path: `/api/admin/users/${member.id}`, json: { role: "admin" } },
    {
      name: "a member",
      path: `/api/admin/users/${member.id}`,
      token: member.token,
      json: { role: "admin" },
      expect: 403,
    },
    {
      name: "nobody",
      path: "/api/admin/users/nobody",
      token: admin.token,
      json: { role: "admin" },
      expect: 404,
    },
    {
      name: "no role",
      path: `/api/admin/users/${member.id}`,
      token: admin.token,
      json: { role: "king" },
      expect: 422,
    },
    {
      name: "the last",
      path: `/api/admin/users/${admin.id}`,
      token: admin.token,
      json: { role: "member" },
      expect: 409,
    },
    {
      name: "a member stays one",
      path: `/api/admin/users/${member.id}`,
      token: admin.token,
      json: { role: "member" },
      expect: 200,
    },
  ],
  "delete /api/admin/users/{id}/sessions": ({ member, guest, admin }) => [
    { name: "a member", path: `/api/admin/users/${guest.id}/sessions`, token: member.token, expect: 403 },
    { name: "nobody", path: "/api/admin/users/nobody/sessions", token: admin.token, expect: 404 },
    { name: "somebody", path: `/api/admin/users/${guest.id}/sessions`, token: admin.token, expect: 200 },
  ],
  "delete /api/admin/users/{id}": ({ member, other, admin }) => [
    { name: "a member", path: `/api/admin/users/${other.id}`, token: member.token, expect: 403 },
    { name: "the last", path: `/api/admin/users/${admin.id}`, token: admin.token, expect: 409 },
    { name: "somebody", path: `/api/admin/users/${other.id}`, token: admin.token, expect: 204 },
    { name: "again", path: `/api/admin/users/${other.id}`, token: admin.token, expect: 404 },
  ],
  "get /api/admin/events": ({ member, admin }) => [
    { name: "a member", token: member.token, expect: 403 },
    { name: "an administrator", token: admin.token, expect: 200 },
  ],
  "delete /api/me": ({ leaver, admin }) => [
    { ...signedOut, json: { password: PASSWORD } },
    { name: "wrong", token: leaver.token, json: { password: "wrong" }, expect: 401 },
    { name: "the last administrator", token: admin.token, json: { password: PASSWORD }, expect: 409 },
    { name: "right", token: leaver.token, json: { password: PASSWORD }, expect: 204 },
  ],
  "get /.well-known/jwks.json": () => [{ name: "anybody", expect: 200 }],
  "get /api/openapi.json": () => [{ name: "anybody", expect: 200 }],
  "get /api/health/live": () => [{ name: "anybody", expect: 200 }],
  "get /api/health/ready": () => [{ name: "anybody", expect: 200 }],
};
