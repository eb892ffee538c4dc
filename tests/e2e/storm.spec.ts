/** More log-ins than can be hashed, and a database locked for a while: what cannot be done is refused with a time to come back, and all heals. */
import { expect, ON_BOTH, test, type App } from "../support/app";
import { ALL_KINDS, logIn, PASSWORD, signedIn, someEmail } from "../support/device";
import { send } from "../support/http";
import { lockForWriting } from "../support/lock";

const QUEUE = 12;
/** Five times as many as can be hashed or wait for it. */
const LOG_INS = 70;

test.use({
  serverEnv: { LIMIT_ADDRESS_FAILURES: "100000", HASH_QUEUE_LIMIT: String(QUEUE), BCRYPT_COST: "10" },
});

const logInOnce = (app: App, email: string, password = PASSWORD) =>
  send(app, "POST", "/api/auth/login", { json: { email, password, transport: "bearer" } });

test(
  "in a storm of log-ins nothing fails but with 503 or 429 and a Retry-After, /api/me never does, and it heals",
  ON_BOTH,
  async ({ app }) => {
    const reader = await signedIn(app, "JWT cookie");
    const accounts: string[] = [];
    for (let n = 1; n < 8; n += 1) accounts.push((await signedIn(app, ALL_KINDS[n % 3]!)).email);

    let isOver = false;
    const reads: { outcome: string; queries: number | null }[] = [];
    const reading = (async () => {
      do {
        const { outcome, queries } = await reader.copy().me(app);
        reads.push({ outcome, queries });
      } while (!isOver);
    })();
    // Right ones, wrong ones and ones for nobody.
    const answers = await Promise.all(
      Array.from({ length: LOG_INS }, (_, n) =>
        n % 10 === 8
          ? logInOnce(app, accounts[n % accounts.length]!, "wrong horse battery")
          : n % 10 === 9
            ? logInOnce(app, someEmail())
            : // Four of the reader, whom no limit then keeps from coming back at once: of the others more than five may be tried together.
              logInOnce(app, n % 20 === 0 ? reader.email : accounts[n % accounts.length]!),
      ),
    );
    isOver = true;
    await reading;

    const counts = new Map<string, number>();
    for (const { outcome } of answers) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const known = ["200", "401 invalid_credentials", "429 rate_limited", "503 overloaded"];
    expect([...counts.keys()].filter((outcome) => !known.includes(outcome))).toEqual([]);
    // More than the queue holds, so some had to be refused; and those that were let in were served.
    expect(counts.get("503 overloaded")).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200 || status === 401).length).toBeGreaterThanOrEqual(
      QUEUE,
    );
    expect(counts.get("200")).toBeGreaterThan(QUEUE / 2);
    for (const { status, headers } of answers)
      if (status === 429 || status === 503) expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(reads.length).toBeGreaterThan(3);
    expect(new Set(reads.map(({ outcome, queries }) => `${outcome}, ${queries} queries`))).toEqual(
      new Set(["200, 0 queries"]),
    );

    const after = await logIn(app, "session cookie", reader.person);
    expect((await after.me(app)).outcome).toBe("200");
    for (const answer of answers.filter(({ status }) => status === 200).slice(0, 5)) {
      const headers = { authorization: `Bearer ${answer.json.accessToken}` };
      expect((await send(app, "GET", "/api/me", { headers })).outcome).toBe("200");
    }
  },
);

test(
  "a write waits for a database that another process locks for a second, and then succeeds",
  ON_BOTH,
  async ({ app }) => {
    const [session, jwt] = [await signedIn(app, "session cookie"), await signedIn(app, "JWT bearer")];
    const lock = await lockForWriting(app.databaseUrl);
    const lockedAt = performance.now();
    let settled = 0;
    const writes = [
      jwt.refresh(app),
      session.send(app, "PATCH", "/api/me", { name: "Ada" }),
      session.copy().send(app, "POST", "/api/auth/logout-all", { keepCurrent: true }),
    ].map((write) => write.finally(() => (settled += 1)));
    // Reads go on meanwhile.
    await expect
      .poll(
        async () => {
          expect((await jwt.copy().me(app)).outcome).toBe("200");
          expect((await session.copy().me(app)).outcome).toBe("200");
          return performance.now() - lockedAt;
        },
        { intervals: [50] },
      )
      .toBeGreaterThan(1000);
    expect(settled).toBe(0);
    await lock.release();
    expect((await Promise.all(writes)).map(({ outcome }) => outcome)).toEqual(["200", "200", "200"]);
    expect((await session.me(app)).json.user.name).toBe("Ada");
    expect((await jwt.me(app)).outcome).toBe("200");
  },
);
