/** Signed-in clients of plain HTTP, for tests that signing up and logging in only prepare: they cost no hash (issue.ts). */
import { FIREFOX, newPerson, type Mode, type Person, type SignedIn } from "./accounts";
import type { App } from "./app";
import { Client } from "./http";
import { issue, PASSWORD } from "./issue";

/** As after a sign-up, or after one more log-in of a person who is known. */
export async function holder(
  app: App,
  mode: Mode,
  person: Person = { ...newPerson(), password: PASSWORD },
): Promise<SignedIn> {
  const kind = mode === "jwt" ? "JWT cookie" : "session cookie";
  const { sessionId, cookies } = await issue(app, kind, person, FIREFOX);
  const client = new Client(app, { "user-agent": FIREFOX });
  for (const cookie of cookies) client.jar.set(cookie.name, cookie);
  return { person, client, sessionId };
}

/** The same for a device that holds tokens. */
export const tokenHolder = (app: App, person: Person = { ...newPerson(), password: PASSWORD }) =>
  issue(app, "JWT bearer", person, FIREFOX);
