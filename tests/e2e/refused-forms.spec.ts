/** A form that the server cannot serve right now, without JavaScript: it goes back to its page, which says why and keeps what was typed. */
import { signedIn } from "../support/device";
import { expect, ON_BOTH, test } from "../support/app";
import { Client } from "../support/http";
import { lockForWriting } from "../support/lock";

// One password is hashed at a time and one waits, so that a dozen at once are too many.
test.use({
  serverEnv: {
    HASH_QUEUE_LIMIT: "1",
    BCRYPT_COST: "12",
    LIMIT_PASSWORD_FAILURES: "100000",
    LIMIT_ADDRESS_FAILURES: "100000",
    LIMIT_ACCOUNT_FAILURES: "100000",
  },
});

const LOCKED = "The database does not answer right now.";
const BUSY = "The server is busy right now.";
const NOT_YOURS = "do not match";

test(
  "while the database is locked, log-in and settings say so, and do their work when it is not",
  ON_BOTH,
  async ({ app }) => {
    const { person, client } = await signedIn(app, "session");
    const visitor = new Client(app);
    const forms = [
      { by: visitor, path: "/api/auth/login", page: "/login", form: person, kept: person.email },
      {
        by: client,
        path: "/api/me",
        page: "/settings",
        form: { intent: "update", name: "Grace Hopper" },
        kept: "Grace Hopper",
      },
    ];
    const lock = await lockForWriting(app.databaseUrl);
    const refused = await Promise.all(forms.map(({ by, path, form }) => by.post(path, { form })));
    for (const [n, { by, page, kept }] of forms.entries()) {
      expect([refused[n]!.status, refused[n]!.headers.get("location")]).toEqual([303, page]);
      expect(refused[n]!.cookies.map(({ name }) => name)).toEqual(["flash"]);
      const shown = await by.get(page);
      expect(shown.status).toBe(200);
      expect(shown.text).toContain(LOCKED);
      expect(shown.text).toContain(`value="${kept}"`);
      expect(shown.text).not.toContain(person.password);
    }
    await lock.release();
    const served = await Promise.all(forms.map(({ by, path, form }) => by.post(path, { form })));
    expect(served.map(({ headers }) => headers.get("location"))).toEqual(["/dashboard", "/settings"]);
    expect((await client.get("/api/me")).json.user.name).toBe("Grace Hopper");
  },
);

test("while too many passwords wait to be hashed, log-in and settings say so, and nobody is signed out", async ({
  app,
}) => {
  const { person, client: device } = await signedIn(app, "session");

  const visitors = Array.from({ length: 12 }, () => new Client(app));
  const logIns = await Promise.all(
    visitors.map((visitor) => visitor.post("/api/auth/login", { form: { ...person } })),
  );
  const changes = Array.from({ length: 12 }, () => device.copy());
  const form = { currentPassword: "not the password", newPassword: "another horse battery" };
  const changed = await Promise.all(changes.map((by) => by.post("/api/auth/password", { form })));

  const said = async (by: Client, page: string) => {
    const { text } = await by.get(page);
    return [BUSY, NOT_YOURS].filter((words) => text.includes(words)).join() || "nothing";
  };
  const toLogIn = visitors.filter((_, n) => logIns[n]!.headers.get("location") === "/login");
  expect(new Set(logIns.map(({ status }) => status))).toEqual(new Set([303]));
  expect(toLogIn.length).toBeGreaterThan(0);
  for (const visitor of toLogIn) expect(await said(visitor, "/login")).toBe(BUSY);

  for (const { status, headers, cookies } of changed) {
    expect([status, headers.get("location")]).toEqual([303, "/settings"]);
    expect(cookies.map(({ name }) => name)).toEqual(["flash"]);
  }
  const outcomes = await Promise.all(changes.map((by) => said(by, "/settings")));
  expect(outcomes).toContain(BUSY);
  expect(outcomes.filter((words) => words !== BUSY && words !== NOT_YOURS)).toEqual([]);
  expect((await device.get("/api/me")).status).toBe(200);
});
