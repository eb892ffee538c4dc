/**
 * Signed-in people without the price of a sign-up (a hash, and a dozen statements of the server): rows and credentials made after those of one
 * real sign-up. tests/e2e/issue.spec.ts holds that nothing tells the two apart. What signs up or logs in by itself does it through the API.
 */
import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { sealData, unsealData } from "iron-session";
import { decodeJwt } from "jose";
import type { App } from "./app";
import { signed } from "./credentials";
import { Client, type Json, type SetCookie } from "./http";
import { execute, rows } from "./rows";

/** Of everybody here: one hash serves for all of a server's people. */
export const PASSWORD = "correct horse battery";

/** How a device is signed in: the fields of a sign-up that ask for it. */
export const KINDS = {
  "session cookie": { mode: "session", transport: "cookie" },
  "JWT cookie": { mode: "jwt", transport: "cookie" },
  "JWT bearer": { mode: "jwt", transport: "bearer" },
} as const;
export type Kind = keyof typeof KINDS;

export type Credentials = {
  userId: string;
  sessionId: string;
  cookies: SetCookie[];
  /** Of a bearer client; empty for the others. */
  accessToken: string;
  refreshToken: string;
};

type Model = { userId: string; sessionId: string; cookies: SetCookie[]; json: Json };

/** One real sign-up of each kind for each server of this worker: whoever has the same database and secrets is the same server. */
const models = new Map<string, Promise<Model>>();

const modelFor = (app: App, kind: Kind, userAgent: string): Promise<Model> => {
  const { SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER, ACCESS_TOKEN_KEYS } = app.env;
  const server = [app.databaseUrl, SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER, ACCESS_TOKEN_KEYS];
  const key = JSON.stringify([...server, kind, userAgent]);
  const model = models.get(key) ?? signUpModel(app, kind, userAgent);
  models.set(key, model);
  return model;
};

async function signUpModel(app: App, kind: Kind, userAgent: string): Promise<Model> {
  const person = { email: `model.${randomUUID()}@example.com`, password: PASSWORD, name: "Ada Lovelace" };
  const client = new Client(app, { "user-agent": userAgent });
  const answer = await client.post("/api/auth/signup", { json: { ...person, ...KINDS[kind] } });
  if (answer.status !== 201) throw new Error(`Sign-up answered ${answer.status}: ${answer.text}`);
  const { user, session } = answer.json;
  return { userId: user.id, sessionId: session.id, cookies: [...client.jar.values()], json: answer.json };
}

/** A device session of the account with this email, which is opened where there is none. */
export async function issue(
  app: App,
  kind: Kind,
  { email, name }: { email: string; name: string },
  userAgent: string,
): Promise<Credentials> {
  const model = await modelFor(app, kind, userAgent);
  const [[known] = []] = await rows(
    app.databaseUrl,
    `SELECT "id" FROM "User" WHERE "email" = ${quoted(email)}`,
  );
  const userId = known === undefined ? newId() : String(known);
  const sessionId = newId();
  const refreshToken = nextRefreshToken(app, sessionId);
  const tokenHash = createHash("sha256").update(refreshToken).digest("base64url");
  const now = quoted(new Date().toISOString().replace("Z", "+00:00"));
  const [user, session] = [quoted(userId), quoted(sessionId)];
  await execute(app.databaseUrl, [
    ...(known === undefined
      ? [
          `INSERT INTO "User" ("id", "email", "name", "passwordHash", "role", "preferredMode", "createdAt", "labExpiresAt")
           SELECT ${user}, ${quoted(email)}, ${quoted(name)}, "passwordHash", "role", "preferredMode", ${now}, "labExpiresAt"
           FROM "User" WHERE "id" = '${model.userId}'`,
        ]
      : []),
    `INSERT INTO "DeviceSession" ("id", "userId", "mode", "transport", "createdAt", "lastSeenAt", "idleExpiresAt", "expiresAt", "endedAt",
       "endReason", "userAgent", "ip")
     SELECT ${session}, ${user}, "mode", "transport", ${now}, ${now}, "idleExpiresAt", "expiresAt", NULL, NULL, "userAgent", "ip"
     FROM "DeviceSession" WHERE "id" = '${model.sessionId}'`,
    ...(kind === "session cookie"
      ? []
      : [
          `INSERT INTO "RefreshToken" ("sessionId", "tokenHash", "generation", "rotatedAt")
           VALUES (${session}, ${quoted(tokenHash)}, 0, ${now})`,
        ]),
    `INSERT INTO "AuditEvent" ("id", "at", "type", "actorId", "subjectId", "sessionId", "ip", "userAgent", "detail")
     SELECT '${newId()}', ${now}, ${known === undefined ? `"type"` : "'logged_in'"}, ${user}, ${user}, ${session}, "ip", "userAgent", "detail"
     FROM "AuditEvent" WHERE "sessionId" = '${model.sessionId}'`,
  ]);

  const accessToken = async (token: string) => {
    const claims = decodeJwt(token);
    const iat = Math.floor(Date.now() / 1000);
    const exp = Math.min(iat + claims.exp! - claims.iat!, Number(claims.session_exp));
    const own = { sub: userId, sid: sessionId, email, name, jti: randomUUID(), iat, exp };
    return signed(token, app, { ...claims, ...own });
  };
  const valueOf: Record<string, (cookie: SetCookie) => Promise<string> | string> = {
    session: (cookie) => resealed(app, cookie, { sessionId }),
    access: ({ value }) => accessToken(value),
    refresh: () => refreshToken,
    device: (cookie) =>
      resealed(app, cookie, {
        id: newId(),
        accounts: [createHash("sha256").update(email).digest("base64url")],
      }),
  };
  const cookies = await Promise.all(
    model.cookies.map(async (cookie) => ({
      ...cookie,
      value: await valueOf[cookie.name.replace(/^__\w+-/, "")]!(cookie),
    })),
  );
  const isBearer = kind === "JWT bearer";
  return {
    ...{ userId, sessionId, cookies },
    accessToken: isBearer ? await accessToken(model.json.accessToken) : "",
    refreshToken: isBearer ? refreshToken : "",
  };
}

const newId = () => randomBytes(16).toString("base64url");
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The same seal around something else. */
async function resealed({ env }: App, { value, attributes }: SetCookie, more: object): Promise<string> {
  const password = env.SESSION_SECRET!;
  const sealed = await unsealData<object>(value, { password });
  return sealData({ ...sealed, ...more }, { password, ttl: Number(attributes["max-age"]) });
}

function nextRefreshToken({ env }: App, sessionId: string): string {
  const named = `hsr1.${sessionId}.0`;
  const mac = createHmac("sha256", env.REFRESH_TOKEN_SECRET!).update(named).digest("base64url");
  return `${named}.${mac}`;
}
