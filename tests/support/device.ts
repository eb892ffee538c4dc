/** A signed-in device as the fault tests use one: in any of three kinds, and asking whichever process it is told to. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import type { App } from "./app";
import { issue, KINDS, PASSWORD, type Kind } from "./issue";
import { suiteRedisUrl } from "./redis";

export { KINDS, PASSWORD, type Kind } from "./issue";
export const ALL_KINDS = Object.keys(KINDS) as Kind[];
export const JWT_KINDS: Kind[] = ["JWT cookie", "JWT bearer"];

type Body = {
  code?: string;
  user: { id: string; email: string; name: string; role: string };
  session: { id: string; mode: string };
  accessToken?: string;
  refreshToken?: string;
} & Record<string, unknown>;

export type Answer = {
  status: number;
  headers: Headers;
  /** An empty object where the answer has no JSON. */
  body: Body;
  /** What the answer sets, by name; the empty string where it clears. */
  cookies: Record<string, string>;
  /** Queries that `Server-Timing` tells of; null where it says nothing. */
  queries: number | null;
  /** `200`, or `401 session_ended` and the like: one word to compare. */
  outcome: string;
};

export type Sending = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal };

export async function send(
  app: Pick<App, "url">,
  method: string,
  route: string,
  { body, headers = {}, signal }: Sending = {},
): Promise<Answer> {
  const response = await fetch(app.url + route, {
    method,
    redirect: "manual",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && !text.includes("\n");
  const json = (isJson ? JSON.parse(text) : { text }) as Body;
  const cookies = Object.fromEntries(
    response.headers.getSetCookie().map((cookie) => {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      return [name, /max-age=0/i.test(cookie) ? "" : value];
    }),
  );
  const queries = /desc="(\d+) queries"/.exec(response.headers.get("server-timing") ?? "")?.[1];
  return {
    status: response.status,
    headers: response.headers,
    body: json,
    cookies,
    queries: queries === undefined ? null : Number(queries),
    outcome: [response.status, json.code].filter(Boolean).join(" "),
  };
}

export class Device {
  cookies: Record<string, string> = {};
  accessToken = "";
  refreshToken = "";

  constructor(
    readonly kind: Kind,
    readonly userId: string,
    readonly email: string,
    readonly sessionId: string,
  ) {}

  /** Another hand that holds the same credentials: what it is answered does not reach this one. */
  copy(): Device {
    return Object.assign(new Device(this.kind, this.userId, this.email, this.sessionId), {
      cookies: { ...this.cookies },
      accessToken: this.accessToken,
      refreshToken: this.refreshToken,
    });
  }

  credentials(): Record<string, string> {
    if (this.kind === "JWT bearer") return { authorization: `Bearer ${this.accessToken}` };
    const cookie = Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`);
    return { cookie: cookie.join("; ") };
  }

  async send(app: App, method: string, route: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const answer = await send(app, method, route, { body, signal, headers: this.credentials() });
    this.take(answer);
    return answer;
  }

  /** Keeps what an answer issued or cleared. */
  take({ cookies, body }: Answer): void {
    for (const [name, value] of Object.entries(cookies)) {
      if (value === "") delete this.cookies[name];
      else this.cookies[name] = value;
    }
    if (body.accessToken && body.refreshToken) {
      this.accessToken = body.accessToken;
      this.refreshToken = body.refreshToken;
    }
  }

  me = (app: App) => this.send(app, "GET", "/api/me");

  /** Presents the refresh token the way this kind does. */
  async refresh(app: App, signal?: AbortSignal): Promise<Answer> {
    if (this.kind !== "JWT bearer") return this.send(app, "POST", "/api/auth/refresh", undefined, signal);
    const { refreshToken } = this;
    const answer = await send(app, "POST", "/api/auth/refresh", { body: { refreshToken }, signal });
    this.take(answer);
    return answer;
  }

  /** The refresh token that it would present next. */
  get nextRefreshToken(): string {
    return this.kind === "JWT bearer" ? this.refreshToken : (this.cookies.refresh ?? "");
  }
}

export const someEmail = (): string => `${randomUUID()}@example.com`;

function deviceOf(kind: Kind, answer: Answer): Device {
  if (answer.status !== 200 && answer.status !== 201)
    throw new Error(`Not signed in: ${answer.outcome} ${JSON.stringify(answer.body)}`);
  const { user, session } = answer.body;
  const device = new Device(kind, user.id, user.email, session.id);
  device.take(answer);
  return device;
}

/** A device of the account with this email: as it would be after signing up or logging in, and cheaper (issue.ts). */
export async function signedIn(app: App, kind: Kind, email = someEmail()): Promise<Device> {
  const { userId, sessionId, ...issued } = await issue(app, kind, { email, name: "Ada" }, "node");
  const device = new Device(kind, userId, email, sessionId);
  device.accessToken = issued.accessToken;
  device.refreshToken = issued.refreshToken;
  for (const { name, value } of issued.cookies) device.cookies[name] = value;
  return device;
}

/** Through the API, as a client would. */
export const signUp = async (app: App, kind: Kind, email = someEmail()): Promise<Device> =>
  deviceOf(
    kind,
    await send(app, "POST", "/api/auth/signup", { body: { email, password: PASSWORD, ...KINDS[kind] } }),
  );

export const logIn = async (app: App, kind: Kind, email: string, password = PASSWORD): Promise<Device> =>
  deviceOf(kind, await send(app, "POST", "/api/auth/login", { body: { email, password, ...KINDS[kind] } }));

/** A session costs one, unless Redis had a copy; a JWT never costs any. */
export const expectQueries = ({ queries }: Answer, { kind }: Device): void =>
  expect(kind === "session cookie" ? (suiteRedisUrl ? [0, 1] : [1]) : [0], kind).toContain(queries);

/**
 * Asks until it is refused. The last request that was still served must have been sent less than a second after `since`:
 * so a slow machine that answers late is no reason to fail, and a process that hears late is.
 */
export async function refusedWithinASecond(
  app: App,
  device: Device,
  since: number,
  outcome = "401 session_ended",
): Promise<void> {
  let lastServed = since;
  await expect
    .poll(
      async () => {
        const sentAt = performance.now();
        const answer = await device.copy().me(app);
        if (answer.status === 200) {
          lastServed = sentAt;
          expectQueries(answer, device);
        }
        return answer.outcome;
      },
      { message: device.kind, intervals: [25], timeout: 10_000 },
    )
    .toBe(outcome);
  expect(lastServed - since, `${device.kind}: milliseconds served after the end`).toBeLessThan(1000);
}

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Makes an administrator the way an operator does, beside the running servers. */
export async function grantAdmin(app: App, email: string): Promise<void> {
  const env = { PATH: process.env.PATH ?? "", DATABASE_URL: app.databaseUrl } as unknown as NodeJS.ProcessEnv;
  await promisify(execFile)(process.execPath, [path.join(ROOT, "scripts", "admin.mjs"), "grant", email], {
    env,
  });
}
