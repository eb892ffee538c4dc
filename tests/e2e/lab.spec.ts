/** What holds for the whole Lab: it can be closed, it has a budget, and it touches nobody. */
import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import path from "node:path";
import { unsealData } from "iron-session";
import { expect, startApp, test, type App } from "../support/app";
import { grantAdmin, logIn, signedIn } from "../support/device";
import { Client, send } from "../support/http";
import { runExperiment } from "../support/lab";
import { rows } from "../support/rows";

type TakeAway = { email: string; password: string; conditions: Record<string, string> };

async function takeAway(app: App): Promise<TakeAway> {
  const { status, text } = await send(app, "POST", "/api/lab/identities", { json: {} });
  expect(status, text).toBe(201);
  return JSON.parse(text) as TakeAway;
}

async function signedInWith(
  { email, password }: TakeAway,
  app: App,
  mode: "session" | "jwt",
): Promise<Client> {
  const client = new Client(app);
  expect((await client.post("/api/auth/login", { json: { email, password, mode } })).status).toBe(200);
  return client;
}

/** From the folders, so that a new experiment cannot be forgotten. */
const ROUTES = readdirSync(path.resolve(import.meta.dirname, "../../app/api/lab"));
const PAGES = readdirSync(path.resolve(import.meta.dirname, "../../app/lab"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"))
  .map(({ name }) => name);

test("LAB=off takes every page and every route away", async () => {
  const app = await startApp({ LAB: "off" });
  try {
    for (const page of ["/lab", ...PAGES.map((slug) => `/lab/${slug}`)])
      expect((await send(app, "GET", page)).status, page).toBe(404);
    for (const slug of ROUTES) {
      const json = await send(app, "POST", `/api/lab/${slug}`, { json: {} });
      expect([json.status, json.json.code], slug).toEqual([404, "not_found"]);
    }
  } finally {
    await app.stop();
  }
});

test("an address has a budget: what is over it is 429 with Retry-After, as JSON and on the page; what is under it leaves nobody", async () => {
  const app = await startApp({ LIMIT_LAB_RUNS: "2" });
  try {
    await runExperiment(app, "flight-recorder", { request: "rename" });
    await test.step("after a run its identity is gone, with its devices, tokens and events", async () => {
      const counts: Record<string, unknown> = {};
      for (const table of ["User", "DeviceSession", "RefreshToken", "AuditEvent", "LabRun"]) {
        const [[count] = []] = await rows(app.databaseUrl, `SELECT COUNT(*) FROM "${table}"`);
        counts[table] = Number(count);
      }
      expect(counts).toEqual({ User: 0, DeviceSession: 0, RefreshToken: 0, AuditEvent: 0, LabRun: 1 });
    });
    await takeAway(app);
    for (const slug of ROUTES) {
      // Every field that one of them needs.
      const refused = await send(app, "POST", `/api/lab/${slug}`, { json: { token: "a.b.c" } });
      expect([refused.status, refused.json.code], slug).toEqual([429, "rate_limited"]);
      expect(Number(refused.headers.get("retry-after")), slug).toBeGreaterThan(0);
    }
    const client = new Client(app);
    const form = await client.post("/api/lab/flight-recorder", { form: { request: "me" } });
    expect([form.status, form.headers.get("location")]).toEqual([303, "/lab/flight-recorder"]);
    expect((await client.get("/lab/flight-recorder")).text).toContain("Too many attempts.");
    await test.step("a form that is refused for its number does not carry a pasted token back either", async () => {
      const token = "eyJhbGciOiJub25lIn0.e30.AAAA";
      const { cookies } = await send(app, "POST", "/api/lab/inspect", { form: { token } });
      const seal = cookies.find(({ name }) => name === "flash")!.value;
      const opened = await unsealData(seal, { password: app.env.SESSION_SECRET! });
      expect(opened).toMatchObject({ flash: { form: "inspect", code: "rate_limited" } });
      expect(JSON.stringify(opened)).not.toContain(token);
    });
  } finally {
    await app.stop();
  }
});

test("its identities are not listed among the people", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  await grantAdmin(app, person.email);
  const admin = await logIn(app, "JWT bearer", person);
  const listed = async (query: string) => {
    const { json } = await admin.send(app, "GET", `/api/admin/users?query=${encodeURIComponent(query)}`);
    return json.users.map(({ email }) => email);
  };
  expect(await listed(person.email)).toEqual([person.email]);
  const { email } = await takeAway(app);
  for (const query of [email, "lab-", "Lab", ""]) {
    const emails = await listed(query);
    expect(emails).not.toContain(email);
    expect(emails.filter((other) => other.endsWith("@lab.invalid"))).toEqual([]);
  }
});

test("the reader's own cookies are neither needed nor changed by a run", async ({ app }) => {
  const { client, sessionId } = await signedIn(app, "session");
  const before = client.cookieHeader("/");
  const run = await client.post("/api/lab/flight-recorder", { json: { request: "revoked" } });
  expect([run.status, run.cookies]).toEqual([200, []]);
  expect(run.text).toContain('"code":"session_ended"');
  expect(client.cookieHeader("/")).toBe(before);
  const { sessions } = (await client.get("/api/auth/sessions")).json;
  expect(sessions.map(({ id }) => id)).toEqual([sessionId]);

  const garbage = await send(app, "POST", "/api/lab/flight-recorder", {
    json: { request: "me" },
    headers: { cookie: "session=garbage; access=garbage" },
  });
  expect([garbage.status, garbage.cookies]).toEqual([200, []]);
});

test("conditions end with their request: the next one on the same connection is not under them", async ({
  app,
}) => {
  const identity = await takeAway(app);
  const lab = await signedInWith(identity, app, "session");
  const { client: person } = await signedIn(app, "session");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const paths = ["/api/me", "/dashboard"];
  for (const path of paths) {
    const [away, next, traced] = [
      await overOne(agent, app, path, {
        cookie: lab.cookieHeader("/"),
        "x-halfstate-lab": identity.conditions.databaseFails!,
      }),
      await overOne(agent, app, path, { cookie: person.cookieHeader("/") }),
      await overOne(agent, app, path, {
        cookie: person.cookieHeader("/"),
        "x-halfstate-lab": "forged.forged",
      }),
    ];
    expect([away.status, next.status, traced.status], path).toEqual([503, 200, 200]);
    expect([away.isTraced, next.isTraced, traced.isTraced], path).toEqual([true, false, false]);
    expect(next.port, "it was the same connection").toBe(away.port);
  }
  agent.destroy();
});

test("conditions harm only the request that carries them, whoever it belongs to", async ({ app }) => {
  const { conditions } = await takeAway(app);
  const { client } = await signedIn(app, "session");
  const harmed = await client.get("/api/me", { headers: { "x-halfstate-lab": conditions.databaseFails! } });
  expect([harmed.status, harmed.json.code, harmed.cookies]).toEqual([503, "storage_unavailable", []]);
  const [ready, next] = [await send(app, "GET", "/api/health/ready"), await client.get("/api/me")];
  expect([ready.status, next.status]).toEqual([200, 200]);
});

test("what weakens a check weakens it for the identity that it was signed for alone", async ({ app }) => {
  const { conditions } = await takeAway(app);
  const { client } = await signedIn(app, "jwt");
  const held = client.copy();
  expect((await client.post("/api/auth/logout")).status).toBe(204);
  const refused = await held.get("/api/me", { headers: { "x-halfstate-lab": conditions.feedOff! } });
  expect([refused.status, refused.json.code]).toEqual([401, "session_ended"]);
});

type Answer = { status: number; isTraced: boolean; port: number | undefined };

function overOne(agent: Agent, app: App, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: "127.0.0.1", port: app.port, path, headers }, (incoming) => {
      // Of the connection, while it is still this answer's.
      const port = incoming.socket.localPort;
      incoming.resume();
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          isTraced: incoming.headers["x-halfstate-trace"] !== undefined,
          port,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
