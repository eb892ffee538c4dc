/** Another process has the database locked, for longer than anybody waits: nobody is signed out, nothing is a fault of ours, and all heals. */
import { discard, expect, ON_BOTH, startApp, test, type App } from "../support/app";
import { type Device, logIn, PASSWORD, signUp } from "../support/device";
import { send } from "../support/http";
import { lockForWriting, lockWhole } from "../support/lock";

type Locked = { jwt: Device; session: Device };

/** Every use of the app once: what a lock may refuse, it refuses with 503 and a time to come back, and it takes no cookie away. */
async function useEverything(app: App, { jwt, session }: Locked): Promise<{ sessionReads: string }> {
  const { email } = jwt;
  const jwtMe = await jwt.copy().me(app);
  expect([jwtMe.outcome, jwtMe.queries]).toEqual(["200", 0]);
  const sessionMe = await session.copy().me(app);
  const page = await session.copy().send(app, "GET", "/dashboard");
  expect(page.status).toBe(sessionMe.status);
  const writes = await Promise.all([
    send(app, "POST", "/api/auth/login", { json: { email, password: PASSWORD, mode: "session" } }),
    send(app, "POST", "/api/auth/login", { json: { email, password: PASSWORD, transport: "bearer" } }),
    jwt.copy().refresh(app),
    session.copy().send(app, "PATCH", "/api/me", { name: "Never" }),
    jwt.copy().send(app, "GET", "/api/auth/refresh?next=/dashboard"),
  ]);
  expect(writes.map(({ outcome }) => outcome)).toEqual([...Array(4).fill("503 storage_unavailable"), "503"]);
  for (const { status, headers, cookies } of [jwtMe, sessionMe, page, ...writes]) {
    expect(cookies).toEqual([]);
    if (status === 503) expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  }
  return { sessionReads: sessionMe.outcome };
}

/** Seconds: within what a write waits for, at its end, and long after. */
const HELD_FOR = [0, 5, 12];

async function whileLocked(app: App, lock: typeof lockWhole, sessionReads: string): Promise<void> {
  const session = await signUp(app, "session cookie");
  const jwt = await logIn(app, "JWT cookie", session.person);
  const held = await lock(app.databaseUrl);
  const lockedAt = performance.now();
  // That another file has taken its place is noticed within moments, not at once.
  await expect.poll(async () => (await session.copy().me(app)).outcome).toBe(sessionReads);
  const heldFor = () => (performance.now() - lockedAt) / 1000;

  for (const seconds of HELD_FOR) {
    await expect.poll(heldFor, { intervals: [100] }).toBeGreaterThan(seconds);
    expect(await useEverything(app, { jwt, session })).toEqual({ sessionReads });
  }

  await held.release();
  await expect.poll(async () => (await session.copy().me(app)).outcome).toBe("200");
  expect((await jwt.refresh(app)).outcome).toBe("200");
  expect((await session.send(app, "PATCH", "/api/me", { name: "Ada" })).outcome).toBe("200");
  expect((await (await logIn(app, "session cookie", session.person)).me(app)).json.user.name).toBe("Ada");
  await expect.poll(async () => (await send(app, "GET", "/api/health/ready")).outcome).toBe("200");
}

test(
  `a database locked for ${HELD_FOR.join(", ")} seconds: JWT mode goes on, writes answer 503, session mode reads while others may read, and all heals`,
  ON_BOTH,
  async ({ app }) => {
    // The locks last as long as they last: two servers wait for theirs at once.
    const other = await startApp();
    try {
      await Promise.all([
        test.step("the write lock is held: session mode goes on reading", () =>
          whileLocked(app, lockForWriting, "200")),
        test.step("nobody else may even read: session mode answers 503", () =>
          whileLocked(other, lockWhole, "503 storage_unavailable")),
      ]);
    } finally {
      await other.stop();
      await discard(other);
    }
  },
);
