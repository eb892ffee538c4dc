/** Two servers behind deploy/nginx.conf, over TLS: what the world sees of them, and what it cannot make them believe. */
import { expect, test as base } from "@playwright/test";
import { CHECKS } from "../../scripts/doctor/checks.mjs";
import { discard, startApp, type App } from "../support/app";
import { newPerson } from "../support/device";
import { examine, troubles, verdicts } from "../support/doctor";
import { missing, nginxPorts, send, startNginx, type Nginx } from "../support/nginx";
import { startBeside } from "../support/two-processes";

// Fewer than by default, so that there is less to hash.
const PASSWORD_FAILURES = "2";

type House = { servers: [App, App]; nginx: Nginx };

const test = base.extend<object, { house: House }>({
  house: [
    async ({}, use) => {
      const ports = await nginxPorts();
      const env = {
        APP_URL: `https://localhost:${ports.port}`,
        TRUSTED_PROXIES: "127.0.0.1",
        LIMIT_PASSWORD_FAILURES: PASSWORD_FAILURES,
      };
      const first = await startApp(env);
      const second = await startBeside(first);
      const nginx = await startNginx(ports, [first.port, second.port]);
      await use({ servers: [first, second], nginx });
      await nginx.stop();
      for (const server of [first, second]) await server.stop();
      await discard(first);
    },
    { scope: "worker" },
  ],
});

test.skip(missing !== null, `missing: ${missing}`);
// The last test takes a server away.
test.describe.configure({ mode: "serial" });

test("a person signs up and looks around, in a browser that holds the site to https", async ({
  house,
  browser,
}) => {
  const url = `https://localhost:${house.nginx.port}`;
  const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: url });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  const { email, password } = newPerson();
  await page.goto("/signup");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: /sign up|create/i }).click();
  await page.waitForURL("**/dashboard");
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual([
    "__Host-access",
    "__Host-device",
    "__Secure-refresh",
  ]);
  for (const { secure, httpOnly } of cookies) expect([secure, httpOnly]).toEqual([true, true]);
  await page.goto("/settings");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Settings");
  expect(new URL(page.url()).origin).toBe(url);
  expect(problems).toEqual([]);
  await context.close();
});

test("plain http is sent to https, and answers of either server demand it from then on", async ({
  house: { nginx },
}) => {
  const plain = await nginx.askPlainly("GET", "/learn?x=1");
  expect([plain.status, plain.headers.location]).toEqual([308, "https://localhost/learn?x=1"]);
  for (const route of ["/", "/api/me", "/nothing", "/icon.svg"]) {
    const { headers } = await nginx.ask("GET", route);
    expect([route, headers["strict-transport-security"]]).toEqual([
      route,
      "max-age=31536000; includeSubDomains",
    ]);
    expect(headers.server).toBe("nginx");
  }
});

test("another host name gets no answer, no redirect and no certificate", async ({ house: { nginx } }) => {
  const host = "evil.example";
  await expect(nginx.ask("GET", "/", { host })).rejects.toThrow(/unrecognized name/i);
  await expect(nginx.askPlainly("GET", "/", { host })).rejects.toThrow("socket hang up");
  // Over a connection that was made for ours.
  const misled = nginx.ask("GET", "/", { headers: { host } });
  await expect(misled).rejects.toThrow("socket hang up");
});

test("the numbers for the operator are not for the world", async ({ house: { nginx } }) => {
  for (const route of [
    "/metrics",
    "/metrics/",
    "/metrics?x",
    "//metrics",
    "/./metrics",
    "/%6detrics",
    "/a/../metrics",
  ])
    expect([route, (await nginx.ask("GET", route)).status]).toEqual([route, 404]);
});

test("a client's address is the one that nginx sees, whatever the client says", async ({
  house: { nginx, servers },
}) => {
  const person = newPerson();
  const claimed = {
    "x-forwarded-for": "203.0.113.9",
    forwarded: "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
  };
  type Issued = { accessToken: string; session: { id: string } };
  type Listed = { sessions: { id: string; ip: string }[] };
  await nginx.ask("POST", "/api/auth/signup", { json: person });
  const addressOf = async ({ text }: { text: string }) => {
    const { accessToken, session } = JSON.parse(text) as Issued;
    const listed = await nginx.ask("GET", "/api/auth/sessions", {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return (JSON.parse(listed.text) as Listed).sessions.find(({ id }) => id === session.id)?.ip;
  };
  const logIn = { json: { ...person, transport: "bearer" }, headers: claimed };

  expect(await addressOf(await nginx.ask("POST", "/api/auth/login", { ...logIn, from: "127.0.0.2" }))).toBe(
    "127.0.0.2",
  );
  for (const { port } of servers)
    expect(
      await addressOf(await send("POST", "/api/auth/login", { ...logIn, from: "127.0.0.3" }, { port })),
    ).toBe("127.0.0.3");
});

test("a body that is too large is refused in the words of the API", async ({ house: { nginx } }) => {
  const { status, text } = await nginx.ask("POST", "/api/auth/login", {
    json: { email: "x".repeat(70_000) },
  });
  expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([413, "payload_too_large"]);
});

test("the steps of an experiment arrive as they are made", async ({ house: { nginx } }) => {
  const { status, text } = await nginx.ask("POST", "/api/lab/outage", { json: {}, firstPartOnly: true });
  // Held back it would come whole, or at least by one buffer of nginx after the other.
  expect([status, text.length < 8 * 1024, text.includes("runId")]).toEqual([200, true, false]);
  expect(JSON.parse(text.split("\n")[0]!)).toMatchObject({ result: {} });
});

test("the doctor finds two instances that are one good deployment, once it trusts the certificate", async ({
  house: { nginx },
}) => {
  const url = `https://localhost:${nginx.port}`;
  const stranger = await examine(url);
  expect([stranger.exitCode, stranger.checks]).toEqual([2, []]);
  expect(stranger.reason).toContain("NODE_EXTRA_CA_CERTS");

  // The headers of `bypass` are judged by the servers, and the test above has seen what `streaming` waits eight seconds for.
  const checks = CHECKS.map(({ id }) => id).filter((id) => id !== "bypass" && id !== "streaming");
  const report = await examine(url, checks, { NODE_EXTRA_CA_CERTS: nginx.certificate }, [
    "--password-failures",
    PASSWORD_FAILURES,
  ]);
  expect(troubles(report)).toEqual([]);
  expect(report.exitCode).toBe(0);
  expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(["pass"]));
  const measured = Object.fromEntries(report.checks.map((check) => [check.id, check.measured]));
  expect(measured.health).toContain("2 instances seen");
  expect(measured.transport).toContain("good for 29 days");
});

test("with one server killed nobody who reads notices, and people still log in", async ({
  house: { nginx, servers },
}) => {
  const person = newPerson();
  expect((await nginx.ask("POST", "/api/auth/signup", { json: person })).status).toBe(201);
  let isKilled = false;
  /** Reads until it was answered ten times more after the kill. */
  const read = async () => {
    const statuses = [];
    for (let n = 0, after = 0; after < 10; n += 1) {
      if (isKilled) after += 1;
      statuses.push((await nginx.ask("GET", n % 2 ? "/api/auth/sessions" : "/login")).status);
    }
    return statuses;
  };
  const reading = Promise.all([read(), read(), read(), read()]);
  await servers[1].kill();
  isKilled = true;
  const statuses = (await reading).flat();
  expect(statuses.filter((status) => status !== 200 && status !== 401)).toEqual([]);
  for (let n = 0; n < 2; n += 1)
    expect((await nginx.ask("POST", "/api/auth/login", { json: person })).status).toBe(200);
});
