/** The database goes away: session mode says 503 and signs nobody out, JWT mode goes on, and both heal without a restart. */
import { expect, ON_BOTH, test, type App } from "../support/app";
import { lockForWriting } from "../support/lock";
import { takeAway } from "../support/outage";

const PASSWORD = "correct horse battery";

type Cookies = { session: string; access: string; refresh: string };

/** One account, signed in once in each mode. */
async function signedInBothWays(app: App, email: string): Promise<Cookies> {
  const session = await post(app, "/api/auth/signup", { email, password: PASSWORD, mode: "session" });
  const jwt = await post(app, "/api/auth/login", { email, password: PASSWORD, mode: "jwt" });
  expect([session.status, jwt.status]).toEqual([201, 200]);
  return {
    session: cookieOf(session, "session"),
    access: cookieOf(jwt, "access"),
    refresh: cookieOf(jwt, "refresh"),
  };
}

const post = (app: App, route: string, body: object, headers: Record<string, string> = {}) =>
  fetch(app.url + route, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const cookieOf = (response: Response, name: string) =>
  response.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith(`${name}=`))!
    .split(";")[0]!;

const me = (app: App, cookie: string) => fetch(`${app.url}/api/me`, { headers: { cookie } });

test.describe.configure({ mode: "serial" });

test(
  "without its database, session mode answers 503 and clears no cookie, JWT mode goes on, and both heal",
  ON_BOTH,
  async ({ app }) => {
    const cookies = await signedInBothWays(app, "gone@example.com");
    const bringBack = await takeAway(app.databaseUrl);
    await expect.poll(async () => (await fetch(`${app.url}/api/health/ready`)).status).toBe(503);

    for (const route of ["/api/me", "/dashboard"]) {
      const answer = await fetch(app.url + route, {
        headers: { cookie: cookies.session },
        redirect: "manual",
      });
      expect(answer.status, route).toBe(503);
      expect(answer.headers.get("retry-after"), route).toMatch(/^\d+$/);
      expect(answer.headers.getSetCookie(), route).toEqual([]);
      expect(await answer.text(), route).toContain(
        route === "/api/me" ? "storage_unavailable" : "cannot be shown right now",
      );
    }
    const jwt = await me(app, cookies.access);
    expect(jwt.status).toBe(200);
    expect(jwt.headers.get("server-timing")).toContain('desc="0 queries"');
    const dashboard = await fetch(`${app.url}/dashboard`, { headers: { cookie: cookies.access } });
    expect(dashboard.status).toBe(200);

    const logIn = await post(app, "/api/auth/login", { email: "gone@example.com", password: PASSWORD });
    expect([logIn.status, logIn.headers.get("retry-after")]).toEqual([503, "5"]);
    const renewal = await fetch(`${app.url}/api/auth/refresh?next=/dashboard`, {
      headers: { cookie: cookies.refresh },
      redirect: "manual",
    });
    expect(renewal.status).toBe(503);
    expect(renewal.headers.getSetCookie()).toEqual([]);
    expect((await fetch(`${app.url}/api/health/live`)).status).toBe(200);

    await bringBack();
    await expect.poll(async () => (await me(app, cookies.session)).status).toBe(200);
    expect(
      (await post(app, "/api/auth/login", { email: "gone@example.com", password: PASSWORD })).status,
    ).toBe(200);
  },
);

test(
  "while another process holds the write lock, both modes go on reading and a write answers 503",
  ON_BOTH,
  async ({ app }) => {
    const cookies = await signedInBothWays(app, "locked@example.com");
    const lock = await lockForWriting(app.databaseUrl);
    const logIn = post(app, "/api/auth/login", { email: "locked@example.com", password: PASSWORD });
    // Answered while the log-in waits for the lock: the wait does not stop the process.
    expect((await me(app, cookies.session)).status).toBe(200);
    expect((await me(app, cookies.access)).status).toBe(200);
    const refused = await logIn;
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: "storage_unavailable" });
    await lock.release();
    expect(
      (await post(app, "/api/auth/login", { email: "locked@example.com", password: PASSWORD })).status,
    ).toBe(200);
  },
);
