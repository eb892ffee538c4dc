/** People with accounts: made through the API as a client would, or as it would have left them. */
import { randomBytes } from "node:crypto";
import type { App } from "./app";
import { Client, type Json, send } from "./http";
import { issue, PASSWORD } from "./issue";

export type Mode = "session" | "jwt";
export const MODES: readonly Mode[] = ["session", "jwt"];

export type Person = { email: string; password: string; name: string };

/** Nobody else in any test has this email. */
export function newPerson(): Person {
  const id = randomBytes(6).toString("hex");
  return { email: `ada.${id}@example.com`, password: `rusty lantern ${id}`, name: "Ada Lovelace" };
}

export type SignedIn = { person: Person; client: Client; sessionId: string };

/**
 * A device of this person, whose account is opened where there is none: as after a sign-up or log-in, and cheaper (issue.ts). For whoever is
 * signed in before the test begins; the password is the same for all of them.
 */
export async function clientSignedIn(
  app: App,
  mode: Mode,
  { email, name }: Omit<Person, "password"> = newPerson(),
): Promise<SignedIn> {
  const client = new Client(app, { "user-agent": FIREFOX });
  const kind = mode === "session" ? "session cookie" : "JWT cookie";
  const { sessionId, cookies } = await issue(app, kind, { email, name }, FIREFOX);
  for (const cookie of cookies) client.jar.set(cookie.name, cookie);
  return { person: { email, name, password: PASSWORD }, client, sessionId };
}

/** A new account whose preferred mode is `mode`, signed in on a first device. */
export async function signUp(
  app: App,
  mode: Mode,
  person = newPerson(),
  headers: Record<string, string> = {},
): Promise<SignedIn> {
  const client = new Client(app, { "user-agent": FIREFOX });
  const answer = await client.post("/api/auth/signup", { json: { ...person, mode }, headers });
  if (answer.status !== 201) throw new Error(`Sign-up answered ${answer.status}: ${answer.text}`);
  return { person, client, sessionId: answer.json.session.id };
}

/** One more device of the same account. */
export async function logIn(app: App, person: Person, mode: Mode): Promise<SignedIn> {
  const client = new Client(app, { "user-agent": FIREFOX });
  const { email, password } = person;
  const answer = await client.post("/api/auth/login", { json: { email, password, mode } });
  if (answer.status !== 200) throw new Error(`Log-in answered ${answer.status}: ${answer.text}`);
  return { person, client, sessionId: answer.json.session.id };
}

/** A device that holds tokens instead of cookies. */
export async function logInWithTokens(app: App, { email, password }: Person): Promise<Json> {
  const answer = await send(app, "POST", "/api/auth/login", {
    json: { email, password, transport: "bearer" },
  });
  if (answer.status !== 200) throw new Error(`Log-in answered ${answer.status}: ${answer.text}`);
  return answer.json;
}

export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
