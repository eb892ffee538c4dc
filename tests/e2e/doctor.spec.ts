/** The doctor against real deployments: it finds nothing wrong with a good one, and in each bad one the very faults, with their remedies. */
import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import { CHECKS } from "../../scripts/doctor/checks.mjs";
import { freePort } from "../../scripts/port.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { discard, expect, startApp, STANDALONE, test as base, type App } from "../support/app";
import { doctor, examine, failed, findingsOf, HURRIED, verdicts } from "../support/doctor";
import { reverseProxy, type Harm } from "../support/http-proxy";
import { suiteRedisUrl } from "../support/redis";
import { rows } from "../support/rows";
import { startBeside } from "../support/two-processes";

const ENV = { LIMIT_ADDRESS_FAILURES: "100000" };
// Fewer than by default, so that there is less to hash.
const FEW_FAILURES = { LIMIT_PASSWORD_FAILURES: "2" };
const SAYING_SO = ["--password-failures", "2"];
const IDS = CHECKS.map(({ id }) => id);
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

async function accountsLeft({ databaseUrl }: App): Promise<number> {
  const [[left] = []] = await rows(
    databaseUrl,
    `SELECT COUNT(*) FROM "User" WHERE "email" LIKE '%@doctor.invalid'`,
  );
  return Number(left);
}

test("the built folder's doctor finds a good deployment good, in words that a person can read, and leaves it as it was; a proxy that holds answers back is warned of", async ({
  app,
  behind,
}) => {
  const script = path.join(STANDALONE, "scripts", "doctor.mjs");
  // Both at once: what tells whether answers are held back is an experiment of eight seconds.
  const [{ code, output, told }, held] = await Promise.all([
    doctor([app.url, "--connections", "6"], { script }).ended,
    examine(await behind({ response: () => {} }), ["streaming"]),
  ]);
  expect(output + told).not.toMatch(/FAILED|warning|not tried/);
  expect([code, told]).toEqual([0, ""]);
  // Plain http, and metrics that this machine may read.
  expect(output).toContain(`${IDS.length} checks: ${IDS.length - 2} ok, 2 skipped`);
  // Not a terminal, so no colour.
  expect(output).not.toContain("\x1b");
  expect(await accountsLeft(app)).toBe(0);

  expect(findingsOf(held, "streaming")).toEqual([
    expect.objectContaining({
      what: expect.stringMatching(/^The steps of an experiment arrive all together/),
      mend: expect.stringContaining("proxy_buffering off"),
    }),
  ]);
  // A warning is no reason to fail.
  expect([held.exitCode, verdicts(held)]).toEqual([0, { streaming: "warn" }]);
});

/** What differs on the second instance; the checks that find it; for each variable the words, and the remedy that names it. */
const DIFFERENT: [string[], string[], [RegExp, RegExp][]][] = [
  [
    ["SESSION_SECRET", "REFRESH_TOKEN_SECRET"],
    ["secrets"],
    [
      [/session cookie was not accepted/, /SESSION_SECRET/],
      [/refresh token was not accepted/, /REFRESH_TOKEN_SECRET/],
    ],
  ],
  [
    ["ACCESS_TOKEN_KEYS", "PASSWORD_PEPPER"],
    ["secrets", "keys"],
    [
      [/access token was not accepted/, /ACCESS_TOKEN_KEYS/],
      [/right password was not accepted/, /PASSWORD_PEPPER/],
    ],
  ],
];
for (const [names, checks, found] of DIFFERENT) {
  test(`an instance with another ${names.join(" and another ")} is found, and nothing else is blamed`, async ({
    app,
    behind,
  }) => {
    const fresh = freshSecrets();
    const other = await startBeside(app, Object.fromEntries(names.map((name) => [name, fresh[name]!])));
    const report = await examine(await behind({}, [app, other]), [
      "secrets",
      "keys",
      "logout",
      "refresh-race",
    ]);
    expect(report.exitCode).toBe(1);
    expect(failed(report)).toEqual(checks);
    expect(findingsOf(report, "secrets")).toEqual(
      found.map(([what, mend]) =>
        expect.objectContaining({ what: expect.stringMatching(what), mend: expect.stringMatching(mend) }),
      ),
    );
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

/** What a proxy does; the check that finds it; the words of all that it finds, each with a remedy. */
const HARMS: [string, Harm, string, [RegExp, RegExp][]][] = [
  [
    "takes HttpOnly from cookies, and one cookie away",
    {
      response: ({ headers }) =>
        void (headers["set-cookie"] &&= headers["set-cookie"]
          .filter((each) => !each.startsWith("device="))
          .map((each) => each.replace("; HttpOnly", ""))),
    },
    "cookies",
    [
      [/^Not received after signing up: device\.$/, /every Set-Cookie/],
      [/^HttpOnly is missing on session, access, refresh/, /proxy_cookie_flags/],
    ],
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
      [
        /^x-content-type-options is missing on a page, an API answer, a static file/,
        /pass the app's headers on/,
      ],
      [/^x-frame-options was changed/, /pass the app's headers on/],
    ],
  ],
  [
    "replaces Cache-Control",
    { response: ({ headers }) => void (headers["cache-control"] = "public, max-age=60") },
    "caching",
    [[/"public, max-age=60"/, /pass Cache-Control on/]],
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
    [[/^The body of a refusal was replaced/, /proxy_intercept_errors off/]],
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
    [[/^Done at a foreign page's request, with origin, sec-fetch-site/, /pass Origin and Sec-Fetch-Site on/]],
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
    [[/with the visitor's cookies: https:\/\/evil\.example/, /Access-Control-\* out of the proxy/]],
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
    [
      [
        /^Redirects or links follow host at \/dashboard, .*x-forwarded-host at \/dashboard/,
        /X-Forwarded-Host \$host/,
      ],
    ],
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
    [[/^Open to anybody: \/dashboard with x-middleware-subrequest/, /drop every x-middleware-\* header/]],
  ],
  [
    "tells what it is",
    { response: ({ headers }) => void (headers["x-powered-by"] = "Express") },
    "disclosure",
    [[/^X-Powered-By says Express/, /take it out of the proxy/]],
  ],
];

test("a proxy that does everything wrong is found by each check that looks for it, and by what it does", async ({
  behind,
}) => {
  const url = await behind({
    request: (headers) => HARMS.forEach(([, { request }]) => request?.(headers)),
    // The last one to replace a body has its way.
    response: (answer) =>
      HARMS.map(([, { response }]) => response?.(answer))
        .filter(Boolean)
        .at(-1),
  });
  const report = await examine(
    url,
    HARMS.map(([, , id]) => id),
  );
  for (const [does, , id, found] of HARMS)
    expect(
      findingsOf(report, id).map(({ what, mend }) => ({ what, mend })),
      `a proxy that ${does}`,
    ).toEqual(
      found.map(([what, mend]) => ({
        what: expect.stringMatching(what),
        mend: expect.stringMatching(mend),
      })),
    );
  expect(report.exitCode).toBe(1);
});

test("a proxy that keeps every answer, without a mark, at another address than APP_URL, is found by all of that", async ({
  app,
  behind,
}) => {
  const url = await behind({ keepsEverything: true });
  const checks = ["address", "script-policy", "caching", "mixing", "logout"];
  // What it keeps it serves for ever: there is nothing to wait for.
  const report = await examine(url, checks, HURRIED);
  expect(failed(report)).toEqual(checks);
  const mend = expect.stringContaining(`Set APP_URL=${url}`);
  expect(findingsOf(report, "address")).toEqual([
    expect.objectContaining({ what: expect.stringContaining(app.url), mend }),
    expect.objectContaining({ mend }),
  ]);
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

test("a deployment that believes everybody's X-Forwarded-For is found; where the doctor itself is limited it says so, and calls nothing wrong", async () => {
  const app = await startApp({ TRUSTED_PROXIES: "0.0.0.0/0", LIMIT_SIGNUPS: "1", ...FEW_FAILURES });
  // The one account that may be opened is enough for these.
  const believing = await examine(app.url, ["forwarded-for", "limiter"], {}, SAYING_SO);
  expect(verdicts(believing)).toEqual({ "forwarded-for": "fail", limiter: "pass" });
  expect(findingsOf(believing, "forwarded-for")[0]!.mend).toContain(
    "Set TRUSTED_PROXIES to the addresses of your own proxies",
  );
  expect(believing.exitCode).toBe(1);

  const limited = await examine(app.url, ["health", "cookies", "logout", "keys"]);
  expect(limited.exitCode).toBe(2);
  expect(verdicts(limited)).toEqual({ health: "pass", keys: "pass", cookies: "untried", logout: "untried" });
  expect(limited.checks.find(({ id }) => id === "cookies")?.measured).toMatch(
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
  // What it looks at once it has its accounts: there is much to be stopped in.
  const rest = IDS.slice(IDS.indexOf("cookies"));
  const { child, ended } = doctor([app.url, "--only", rest.join(",")]);
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
  const cases: [string, RegExp][] = [
    [nothing, /cannot be reached: .*ECONNREFUSED/],
    [`http://localhost:${port}`, /answers, but not as a Halfstate/],
    ["https://my.host/app", /without a path/],
  ];
  const runs = await Promise.all(cases.map(([url]) => doctor([url]).ended));
  expect(runs).toEqual(
    cases.map(([, sentence]) => ({ code: 2, output: "", told: expect.stringMatching(sentence) })),
  );
  other.close();
});
