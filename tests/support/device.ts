/** Signed-in devices: through the API or as it would have left them, of any kind, and asking whichever process they are told to. */
import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import type { App } from "./app";
import { type Answer, Client, jsonIn, send } from "./http";
import { issue, KINDS, PASSWORD, type Kind } from "./issue";
import { suiteRedisUrl } from "./redis";

export { KINDS, PASSWORD, type Kind } from "./issue";
export const ALL_KINDS = Object.keys(KINDS) as Kind[];
export const JWT_KINDS: Kind[] = ["JWT cookie", "JWT bearer"];

export type Mode = "session" | "jwt";
export const MODES: readonly Mode[] = ["session", "jwt"];

/** A mode stands for its kind with cookies. */
export type How = Kind | Mode;
const kindOf = (how: How): Kind =>
  how === "jwt" ? "JWT cookie" : how === "session" ? "session cookie" : how;

export type Person = { email: string; password: string; name: string };

/** Nobody else in any test has this email. */
export const newPerson = (): Person => ({
  email: `ada.${randomBytes(6).toString("hex")}@example.com`,
  password: PASSWORD,
  name: "Ada Lovelace",
});
export const someEmail = (): string => `${randomUUID()}@example.com`;

export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

export class Device {
  /** Of a bearer client; empty for the others. */
  accessToken = "";
  refreshToken = "";
  readonly email: string;

  constructor(
    readonly kind: Kind,
    readonly person: Person,
    readonly userId: string,
    readonly sessionId: string,
    /** Where it signed in, with its cookies. */
    readonly client: Client,
  ) {
    this.email = person.email;
  }

  /** Another hand that holds the same credentials: what it is answered does not reach this one. */
  copy(): Device {
    const { kind, person, userId, sessionId, accessToken, refreshToken } = this;
    const copy = new Device(kind, person, userId, sessionId, this.client.copy());
    return Object.assign(copy, { accessToken, refreshToken });
  }

  async send(app: App, method: string, route: string, json?: unknown, signal?: AbortSignal): Promise<Answer> {
    if (this.kind !== "JWT bearer") return this.client.at(app).send(method, route, { json, signal });
    const headers = { authorization: `Bearer ${this.accessToken}` };
    return this.take(await send(app, method, route, { json, signal, headers }));
  }

  /** Keeps the tokens that an answer issued. */
  take(answer: Answer): Answer {
    const { accessToken, refreshToken } = jsonIn(answer);
    if (accessToken && refreshToken) Object.assign(this, { accessToken, refreshToken });
    return answer;
  }

  me = (app: App) => this.send(app, "GET", "/api/me");

  /** Presents the refresh token the way this kind does. */
  async refresh(app: App, signal?: AbortSignal): Promise<Answer> {
    const route = "/api/auth/refresh";
    if (this.kind !== "JWT bearer") return this.send(app, "POST", route, undefined, signal);
    return this.take(await send(app, "POST", route, { json: { refreshToken: this.refreshToken }, signal }));
  }

  /** The refresh token that it would present next. */
  get nextRefreshToken(): string {
    return this.kind === "JWT bearer" ? this.refreshToken : (this.client.jar.get("refresh")?.value ?? "");
  }
}

/** Somebody new, but for what is said of them. */
function personWith(known: Partial<Person>): Person {
  const { email, password, name } = { ...newPerson(), ...known };
  return { email, password, name };
}

/** A device of this person, whose account is opened where there is none: as after a sign-up or log-in, and cheaper (issue.ts). */
export async function signedIn(app: App, how: How, known: Partial<Person> = {}): Promise<Device> {
  const [kind, person] = [kindOf(how), personWith(known)];
  const { userId, sessionId, cookies, ...tokens } = await issue(app, kind, person, FIREFOX);
  const client = new Client(app, { "user-agent": FIREFOX });
  for (const cookie of cookies) client.jar.set(cookie.name, cookie);
  return Object.assign(new Device(kind, person, userId, sessionId, client), tokens);
}

/** A new account, signed in on a first device: through the API, as a client would. */
export function signUp(app: App, how: How, known: Partial<Person> = {}): Promise<Device> {
  const person = personWith(known);
  return enter(app, "/api/auth/signup", kindOf(how), person, person);
}

/** One more device of an account: through the API, too. */
export function logIn(app: App, how: How, known: Pick<Person, "email"> & Partial<Person>): Promise<Device> {
  const person = personWith(known);
  const { email, password } = person;
  return enter(app, "/api/auth/login", kindOf(how), person, { email, password });
}

async function enter(
  app: App,
  route: string,
  kind: Kind,
  person: Person,
  says: Partial<Person>,
): Promise<Device> {
  const client = new Client(app, { "user-agent": FIREFOX });
  const answer = await client.post(route, { json: { ...says, ...KINDS[kind] } });
  if (answer.status !== 200 && answer.status !== 201)
    throw new Error(`Not signed in: ${answer.outcome} ${answer.text}`);
  const { user, session } = answer.json;
  const device = new Device(kind, { ...person, name: user.name }, user.id, session.id, client);
  device.take(answer);
  return device;
}

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
      { message: device.kind, intervals: [25] },
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
