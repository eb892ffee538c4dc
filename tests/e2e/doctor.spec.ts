/** The doctor against real deployments: it finds nothing wrong with a good one, and in each bad one the very fault, with its remedy. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/port.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { discard, expect, startApp, STANDALONE, test as base, type App } from "../support/app";
import { doctor, examine, failed, findingsOf, troubles, verdicts } from "../support/doctor";
import { grantAdmin, logIn, signUp } from "../support/device";
import { reverseProxy, type Harm } from "../support/http-proxy";
import { suiteRedisUrl } from "../support/redis";
import { startBeside } from "../support/two-processes";

const ENV = { LIMIT_ADDRESS_FAILURES: "100000" };
const test = base.extend<{ behind: (harm: Harm, targets?: App[]) => Promise<string> }>({
  /** The address of a proxy before `app`, or before `targets` in turn. */
  behind: async ({ app }, use) => {
    const open: { close(): Promise<void> }[] = [];
    await use(async (harm, targets = [app]) => {
      const proxy = await reverseProxy(
        targets.map(({ port }) => port),
        { harm },
      );
      open.push(proxy);
      return proxy.url;
    });
    await Promise.all(open.map((proxy) => proxy.close()));
  },
});
test.use({ serverEnv: ENV });
// Each starts servers and runs the doctor in a process of its own; nothing here is measured by the clock.
test.describe.configure({ timeout: 240_000 });

async function accountsLeft(app: App): Promise<number> {
  const person = await signUp(app, "JWT bearer");
  await grantAdmin(app, person.email);
  const admin = await logIn(app, "JWT bearer", person.email);
  const { body } = await admin.send(app, "GET", "/api/admin/users?query=doctor.invalid");
  return (body as unknown as { users: unknown[] }).users.length;
}

test("a good deployment is found to be good, in words that a person can read, and is left as it was", async ({
  app,
}) => {
  const { code, output, told } = await doctor([app.url]).ended;
  expect(output + told).not.toMatch(/FAILED|warning|not tried/);
  expect([code, told]).toEqual([0, ""]);
  // Plain http, and metrics that this machine may read.
  expect(output).toMatch(/\d+ checks: \d+ ok, 2 skipped/);
  // Not a terminal, so no colour.
  expect(output).not.toContain("\x1b");
  expect(await accountsLeft(app)).toBe(0);
});

test("the built folder brings the doctor along", async ({ app }) => {
  const script = path.join(STANDALONE, "scripts", "doctor.mjs");
  const { code, output } = await doctor([app.url, "--only", "health,address"], { script }).ended;
  expect([code, output]).toEqual([0, expect.stringContaining("2 checks: 2 ok")]);
});

test("over https, behind a proxy that it trusts, a good deployment is found to be good", async () => {
  test.skip(!hasOpenssl(), "openssl is not installed");
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-doctor-"));
  const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost".split(
        " ",
      ),
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
    ],
    { stdio: "ignore" },
  );
  const port = await freePort();
  const app = await startApp({ ...ENV, APP_URL: `https://localhost:${port}`, TRUSTED_PROXIES: "127.0.0.1" });
  const proxy = await reverseProxy([app.port], {
    port,
    tls: { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") },
  });

  const stranger = await examine(proxy.url);
  expect([stranger.exitCode, stranger.checks]).toEqual([2, []]);
  expect(stranger.reason).toContain("NODE_EXTRA_CA_CERTS");

  const report = await examine(proxy.url, [], { NODE_EXTRA_CA_CERTS: cert });
  expect(troubles(report)).toEqual([]);
  expect(report.exitCode).toBe(0);
  expect(verdicts(report)).toMatchObject({ transport: "pass", cookies: "pass", "forwarded-for": "skip" });
  expect(report.checks.find(({ id }) => id === "transport")?.measured).toContain("good for 29 days");

  await proxy.close();
  await app.stop();
  await discard(app);
  rmSync(folder, { recursive: true });
});

test("two instances of one deployment are found to be one", async ({ app, behind }) => {
  const other = await startBeside(app);
  const url = await behind({}, [app, other]);
  const report = await examine(url, [
    ...["health", "secrets", "keys", "clock", "mixing", "logout", "mode-switch"],
    ...["refresh-race", "refresh-reuse", "limiter", "forwarded-for"],
  ]);
  expect(troubles(report)).toEqual([]);
  expect(report.exitCode).toBe(0);
  await other.stop();
});

/** What differs on the second instance; the check that finds it, its words, its remedy. */
const DIFFERENT: [string, () => Record<string, string>, string[], RegExp, RegExp][] = [
  [
    "SESSION_SECRET",
    () => ({ SESSION_SECRET: freshSecrets().SESSION_SECRET! }),
    ["secrets"],
    /session cookie was not accepted/,
    /SESSION_SECRET/,
  ],
  [
    "ACCESS_TOKEN_KEYS",
    () => ({ ACCESS_TOKEN_KEYS: freshSecrets().ACCESS_TOKEN_KEYS! }),
    ["secrets", "keys"],
    /access token was not accepted/,
    /ACCESS_TOKEN_KEYS/,
  ],
  [
    "REFRESH_TOKEN_SECRET",
    () => ({ REFRESH_TOKEN_SECRET: freshSecrets().REFRESH_TOKEN_SECRET! }),
    ["secrets"],
    /refresh token was not accepted/,
    /REFRESH_TOKEN_SECRET/,
  ],
  [
    "PASSWORD_PEPPER",
    () => ({ PASSWORD_PEPPER: freshSecrets().PASSWORD_PEPPER! }),
    ["secrets"],
    /right password was not accepted/,
    /PASSWORD_PEPPER/,
  ],
];
for (const [name, difference, checks, found, mend] of DIFFERENT) {
  test(`an instance with another ${name} is found, and nothing else is blamed`, async ({ app, behind }) => {
    const other = await startBeside(app, difference());
    const report = await examine(await behind({}, [app, other]), [
      "secrets",
      "keys",
      "logout",
      "refresh-race",
    ]);
    expect(report.exitCode).toBe(1);
    expect(failed(report)).toEqual(checks);
    const findings = findingsOf(report, "secrets");
    expect(findings).toEqual([
      expect.objectContaining({ what: expect.stringMatching(found), mend: expect.stringMatching(mend) }),
    ]);
    // What could only repeat it in other words is not tried.
    expect(verdicts(report)).toMatchObject({ logout: "untried", "refresh-race": "untried" });
    await other.stop();
    expect(await accountsLeft(app)).toBe(0);
  });
}

test("instances with a database each are found, and that the limiter then counts for each", async ({
  app,
  behind,
}) => {
  const { PORT: _port, DATABASE_URL: _database, ...env } = app.env;
  const other = await startApp(env);
  const report = await examine(await behind({}, [app, other]), ["secrets", "limiter"]);
  // One Redis counts for both.
  expect(failed(report)).toEqual(suiteRedisUrl ? ["secrets"] : ["secrets", "limiter"]);
  const secrets = findingsOf(report, "secrets");
  expect(secrets).toEqual([expect.objectContaining({ mend: expect.stringContaining("same DATABASE_URL") })]);
  if (!suiteRedisUrl)
    expect(findingsOf(report, "limiter")[0]!.what).toBe("10 wrong passwords were judged where 5 may be.");
  for (const one of [app, other]) expect(await accountsLeft(one)).toBe(0);
  await other.stop();
  await discard(other);
});

/** What a proxy does; the check that finds it, and all that it finds. */
const HARMS: [string, Harm, string, RegExp[], RegExp][] = [
  [
    "takes HttpOnly from cookies",
    {
      response: ({ headers }) =>
        void (headers["set-cookie"] &&= headers["set-cookie"].map((each) => each.replace("; HttpOnly", ""))),
    },
    "cookies",
    [/^HttpOnly is missing on session, .*access, refresh/],
    /proxy_cookie_flags/,
  ],
  [
    "passes only the first cookie on",
    { response: ({ headers }) => void (headers["set-cookie"] &&= headers["set-cookie"].slice(0, 1)) },
    "cookies",
    [/^Not received/],
    /every Set-Cookie/,
  ],
  [
    "drops and replaces headers",
    {
      response: ({ headers }) => {
        delete headers["x-content-type-options"];
        headers["x-frame-options"] = "SAMEORIGIN";
      },
    },
    "headers",
    [
      /^x-content-type-options is missing on a page, an API answer, a static file/,
      /^x-frame-options was changed/,
    ],
    /pass the app's headers on/,
  ],
  [
    "replaces Cache-Control",
    { response: ({ headers }) => void (headers["cache-control"] = "public, max-age=60") },
    "caching",
    [/"public, max-age=60"/],
    /pass Cache-Control on/,
  ],
  [
    "has pages of its own for errors",
    {
      response: (answer) => {
        if (answer.status < 400) return;
        answer.headers["content-type"] = "text/html";
        return "<h1>Something went wrong</h1>";
      },
    },
    "errors",
    [/^The body of a refusal was replaced/],
    /proxy_intercept_errors off/,
  ],
  [
    "drops where a request comes from",
    {
      request: (headers) => {
        delete headers.origin;
        delete headers["sec-fetch-site"];
      },
    },
    "cross-site",
    [/^Done at a foreign page's request, with origin, sec-fetch-site/],
    /pass Origin and Sec-Fetch-Site on/,
  ],
  [
    "opens itself to every origin",
    {
      response: ({ headers, asked }) => {
        if (!asked.origin) return;
        headers["access-control-allow-origin"] = asked.origin;
        headers["access-control-allow-credentials"] = "true";
      },
    },
    "cors",
    [/with the visitor's cookies: https:\/\/evil\.example/],
    /Access-Control-\* out of the proxy/,
  ],
  [
    "rewrites redirects by a header of the client",
    {
      response: ({ headers, asked }) => {
        const host = asked["x-forwarded-host"] ?? asked.host;
        if (headers.location?.startsWith("/")) headers.location = `http://${String(host)}${headers.location}`;
      },
    },
    "host",
    [/^Redirects or links follow host at \/dashboard, .*x-forwarded-host at \/dashboard/],
    /X-Forwarded-Host \$host/,
  ],
  [
    "signs visitors in at a header's word",
    {
      response: (answer) => {
        if (!answer.asked["x-middleware-subrequest"]) return;
        answer.status = 200;
        return "<h1>Hello</h1>";
      },
    },
    "bypass",
    [/^Open to anybody: \/dashboard with x-middleware-subrequest/],
    /drop every x-middleware-\* header/,
  ],
  [
    "holds answers back until they are whole",
    { response: () => {} },
    "streaming",
    [/^The steps of an experiment arrive all together/],
    /proxy_buffering off/,
  ],
  [
    "tells what it is",
    { response: ({ headers }) => void (headers["x-powered-by"] = "Express") },
    "disclosure",
    [/^X-Powered-By says Express/],
    /take it out of the proxy/,
  ],
];
for (const [what, harm, id, found, mend] of HARMS) {
  test(`found by ${id}: a proxy that ${what}`, async ({ behind }) => {
    const report = await examine(await behind(harm), [id]);
    const findings = findingsOf(report, id);
    expect(findings.map((finding) => finding.what)).toEqual(found.map((each) => expect.stringMatching(each)));
    for (const finding of findings) expect(finding.mend).toMatch(mend);
    expect(report.exitCode).toBe(findings[0]!.severity === "fail" ? 1 : 0);
  });
}

test("a proxy that keeps every answer, without a mark, is found by all that it does", async ({ behind }) => {
  const report = await examine(await behind({ keepsEverything: true }), [
    "script-policy",
    "caching",
    "mixing",
    "logout",
  ]);
  expect(failed(report)).toEqual(["script-policy", "caching", "mixing", "logout"]);
  expect(findingsOf(report, "script-policy")[0]!.what).toMatch(/^8 pages share \d nonces/);
  expect(findingsOf(report, "caching")[0]!.what).toMatch(
    /^A stranger who asked GET \/api\/auth\/refresh was given somebody's/,
  );
  expect(findingsOf(report, "mixing")[0]!.what).toMatch(/belonged to somebody else/);
  expect(findingsOf(report, "logout").map(({ what }) => what)).toEqual([
    expect.stringMatching(/session mode .* still served/),
    expect.stringMatching(/jwt mode .* still served/),
  ]);
  expect(findingsOf(report, "mixing")[0]!.mend).toContain("keep nothing but /_next/static");
});

test("a deployment that believes everybody's X-Forwarded-For is found", async () => {
  const app = await startApp({ TRUSTED_PROXIES: "0.0.0.0/0" });
  const report = await examine(app.url, ["forwarded-for", "limiter"]);
  expect(failed(report)).toEqual(["forwarded-for"]);
  expect(findingsOf(report, "forwarded-for")[0]!.mend).toContain(
    "Set TRUSTED_PROXIES to the addresses of your own proxies",
  );
  expect(report.exitCode).toBe(1);
  await app.stop();
  await discard(app);
});

test("another address than APP_URL is found", async ({ app, behind }) => {
  const url = await behind({});
  const report = await examine(url, ["address"]);
  expect(findingsOf(report, "address").map(({ mend }) => mend)).toEqual([
    expect.stringContaining(`Set APP_URL=${url}`),
    expect.stringContaining(`Set APP_URL=${url}`),
  ]);
  expect(findingsOf(report, "address")[0]!.what).toContain(app.url);
});

test("where the doctor itself is limited it says so, and calls nothing wrong", async () => {
  const app = await startApp({ LIMIT_SIGNUPS: "1" });
  const report = await examine(app.url, ["health", "cookies", "logout", "keys"]);
  expect(report.exitCode).toBe(2);
  expect(verdicts(report)).toEqual({ health: "pass", keys: "pass", cookies: "untried", logout: "untried" });
  expect(report.checks.find(({ id }) => id === "cookies")?.measured).toMatch(
    /no account could be opened: this address is limited; try again in \d+ minutes/,
  );
  await app.stop();
  await discard(app);
});

test("an account that was opened behind a proxy's fault is removed too", async ({ app, behind }) => {
  const url = await behind({
    response: (answer) => {
      if (answer.status !== 201) return;
      answer.status = 504;
      return "Gateway Time-out";
    },
  });
  const report = await examine(url, ["cookies"]);
  expect(report.checks[0]).toMatchObject({
    verdict: "untried",
    measured: "no account could be opened: it answered 504",
  });
  expect(await accountsLeft(app)).toBe(0);
});

test("stopped in the middle, it removes its accounts first", async ({ app }) => {
  const { child, ended } = doctor([app.url]);
  let seen = "";
  const isOnItsWay = new Promise<void>((resolve) =>
    child.stdout.on("data", (text) => {
      seen += String(text);
      if (/ cookies /.test(seen)) resolve();
    }),
  );
  await isOnItsWay;
  child.kill("SIGINT");
  const { code, told } = await ended;
  expect([code, told]).toEqual([130, expect.stringContaining("removing the accounts first")]);
  expect(await accountsLeft(app)).toBe(0);
});

test("an address where no Halfstate answers ends with 2 and a sentence", async () => {
  const nothing = `http://localhost:${await freePort()}`;
  const other = createServer((_, response) => response.end("Hello")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  for (const [url, sentence] of [
    [nothing, /cannot be reached: .*ECONNREFUSED/],
    [`http://localhost:${port}`, /answers, but not as a Halfstate/],
    ["https://my.host/app", /without a path/],
  ] as const) {
    const { code, output, told } = await doctor([url]).ended;
    expect([url, code, output, told]).toEqual([url, 2, "", expect.stringMatching(sentence)]);
  }
  other.close();
});

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
