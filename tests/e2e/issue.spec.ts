/** What tests/support/issue.ts makes cannot be told from what the API makes: cookies, claims, rows and answers, whatever the kind of device. */
import { unsealData } from "iron-session";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { expect, test, type App } from "../support/app";
import * as device from "../support/device";
import { issue, KINDS, PASSWORD, type Kind } from "../support/issue";
import { Client, send, type SetCookie } from "../support/http";
import { rows } from "../support/rows";

/** What differs from person to person and from moment to moment, replaced by its shape; all else must be the same. */
function shapeOf(value: unknown): unknown {
  if (
    value instanceof Date ||
    (typeof value === "string" && !Number.isNaN(Date.parse(value)) && /^\d{4}-| GMT$/.test(value))
  )
    return "a moment";
  if (typeof value === "number" && value > 1_600_000_000) return "a moment";
  if (typeof value === "string" && /^[\w-]{22}$/.test(value)) return "an id";
  if (typeof value === "string" && /^[\w-]{36}$|^[\w-]{43}$/.test(value)) return "a hash or uuid";
  if (typeof value === "string" && value.includes("@")) return "an email";
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
  return value;
}

const inToken = (token: string) => ({ header: decodeProtectedHeader(token), claims: decodeJwt(token) });

async function inCookies({ env }: App, cookies: SetCookie[]): Promise<unknown> {
  const read = cookies.map(async ({ name, value, attributes }) => {
    if (name === "access") return [name, attributes, inToken(value)];
    if (name === "refresh") return [name, attributes, value.replace(/\.[\w-]{22}\.|\.[\w-]{43}$/g, ".…")];
    return [name, attributes, await unsealData(value, { password: env.SESSION_SECRET! })];
  });
  return (await Promise.all(read)).sort();
}

/** Every row that speaks of the account, without the model's own. */
async function inDatabase({ databaseUrl }: App, userId: string): Promise<unknown> {
  const select = (what: string) => rows(databaseUrl, what);
  return {
    user: await select(
      `SELECT "id", "email", "name", "role", "preferredMode", "createdAt", "labExpiresAt" FROM "User" WHERE "id" = '${userId}'`,
    ),
    sessions: await select(
      `SELECT "id", "userId", "mode", "transport", "createdAt", "lastSeenAt", "idleExpiresAt", "expiresAt", "endedAt", "endReason", "ip"
       FROM "DeviceSession" WHERE "userId" = '${userId}'`,
    ),
    tokens: await select(
      `SELECT r."tokenHash", r."generation", r."rotatedAt" FROM "RefreshToken" r JOIN "DeviceSession" s ON s."id" = r."sessionId"
       WHERE s."userId" = '${userId}'`,
    ),
    events: await select(
      `SELECT "id", "at", "type", "actorId", "subjectId", "sessionId", "ip", "detail" FROM "AuditEvent" WHERE "subjectId" = '${userId}'`,
    ),
  };
}

for (const kind of Object.keys(KINDS) as Kind[]) {
  test(`${kind}: cookies, tokens and rows are those of a sign-up`, async ({ app }) => {
    const email = device.someEmail();
    const client = new Client(app, { "user-agent": "node" });
    const signedUp = await client.post("/api/auth/signup", {
      json: { email, password: PASSWORD, name: "Ada", ...KINDS[kind] },
    });
    expect(signedUp.status).toBe(201);
    const made = await issue(app, kind, { email: device.someEmail(), name: "Ada" }, "node");

    expect(shapeOf(await inCookies(app, made.cookies))).toEqual(
      shapeOf(await inCookies(app, [...client.jar.values()])),
    );
    if (kind === "JWT bearer") {
      expect(shapeOf(inToken(made.accessToken))).toEqual(shapeOf(inToken(signedUp.json.accessToken)));
      expect(made.refreshToken).toHaveLength(signedUp.json.refreshToken.length);
    }
    expect(shapeOf(await inDatabase(app, made.userId))).toEqual(
      shapeOf(await inDatabase(app, signedUp.json.user.id)),
    );
  });

  test(`${kind}: it is let in, renews where it can, logs out, and its person logs in`, async ({ app }) => {
    const one = await device.signedIn(app, kind);
    const me = await one.me(app);
    expect([me.outcome, me.json.user.email]).toEqual(["200", one.email]);
    if (kind !== "session cookie") {
      expect((await one.refresh(app)).outcome).toBe("200");
      expect((await one.me(app)).outcome).toBe("200");
    }
    const second = await device.signedIn(app, kind, one.person);
    expect([second.userId, second.sessionId === one.sessionId]).toEqual([one.userId, false]);
    expect((await one.copy().send(app, "POST", "/api/auth/logout")).status).toBe(204);
    expect((await one.me(app)).outcome).toBe("401 session_ended");
    expect((await second.me(app)).outcome).toBe("200");
    const json = { email: one.email, password: PASSWORD };
    expect((await send(app, "POST", "/api/auth/login", { json })).status).toBe(200);
  });
}
