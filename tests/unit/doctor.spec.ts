/** The doctor's judgements (scripts/doctor): each finds the fault it is there for, and none where there is none. Nothing is sent. */
import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { readArguments } from "../../scripts/doctor.mjs";
import { CHECKS } from "../../scripts/doctor/checks.mjs";
import { exitCodeOf, findingsText, row, summary } from "../../scripts/doctor/report.mjs";

type Answer = { status: number; headers: [string, string][]; text: string } & Record<string, unknown>;
type Finding = { severity: string; what: string; means: string; mend: string };
type Judgement = { verdict: string; measured: string; findings: Finding[] };
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a check measures is its own affair.
type Data = any;

const ORIGIN = "https://app.example";
const LAST = Date.UTC(2026, 0, 1);

const answer = (
  status: number,
  headers: [string, string][] = [],
  text = "",
  more: Record<string, unknown> = {},
): Answer => ({ status, headers, text, remoteAddress: "192.0.2.1", ...more });
const json = (body: unknown, status = 200) =>
  answer(status, [["content-type", "application/json"]], JSON.stringify(body));
const problem = (status: number, code: string, headers: [string, string][] = []) =>
  answer(status, [["content-type", "application/problem+json"], ...headers], JSON.stringify({ code }));
const html = (status: number) => answer(status, [["content-type", "text/html"]], "<h1>Sorry</h1>");
const times = <T>(count: number, one: T): T[] => Array<T>(count).fill(one);

const cookie = (plainName: string, more: Record<string, string | undefined> = {}, value = "v") => {
  const all: Record<string, string | undefined> = {
    path: plainName === "refresh" ? "/api/auth" : "/",
    "max-age": "2592000",
    httponly: "",
    samesite: "Lax",
    secure: "",
    ...more,
  };
  const attributes = Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined));
  return {
    name: `${plainName === "refresh" ? "__Secure-" : "__Host-"}${plainName}`,
    plainName,
    value,
    attributes,
  };
};

const SECURITY: [string, string][] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "strict-origin-when-cross-origin"],
  ["x-frame-options", "DENY"],
  ["permissions-policy", "camera=(), usb=()"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
];
const without = (name: string) => SECURITY.filter(([each]) => each !== name);

const REST = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const page = (nonce: string, scriptNonce = nonce, rest = REST) =>
  answer(
    200,
    [["content-security-policy", `script-src 'self' 'nonce-${nonce}'; ${rest}`]],
    `<script nonce="${scriptNonce}">1</script>`,
  );
const nonces = ["a", "b", "c", "d"].map((letter) => letter.repeat(24));

const PRIVATE: [string, string] = ["cache-control", "private, no-store"];

const pair = generateKeyPairSync("ed25519");
const JWK = { ...pair.publicKey.export({ format: "jwk" }), kid: "one", alg: "EdDSA", use: "sig" };
function token(kid = "one"): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "EdDSA", kid })}.${part({ iat: 1 })}`;
  return `${head}.${sign(null, Buffer.from(head), pair.privateKey).toString("base64url")}`;
}
const published = (keys: object[], cacheControl = "public, max-age=300") => ({
  outcome: "200",
  keys,
  cacheControl,
});

const wrong = problem(401, "invalid_credentials");
const wait = problem(429, "rate_limited", [["retry-after", "60"]]);
const refused = { lastServedMs: null, isOver: true, outcomes: "24 x 401 session_ended" };
const late = { lastServedMs: 1800, isOver: true, outcomes: "9 x 200, 24 x 401 session_ended" };
const never = { lastServedMs: 7900, isOver: false, outcomes: "90 x 200" };
const loggedOut = (mode: string, more = {}) => ({
  mode,
  before: "200",
  answer: answer(204, [["clear-site-data", '"cache", "storage"']]),
  renewal: mode === "jwt" ? "401 session_ended" : null,
  ...refused,
  ...more,
});

const kinds = (headers: [string, string][]) => ({
  "a page": answer(200, headers),
  "a redirect": answer(303, headers),
});
const ready = (more: object = {}) =>
  json({ status: "ok", database: "ok", revocationFeed: { status: "ok" }, ...more });
const certificate = { validTo: new Date(LAST).toUTCString(), isTrusted: true };
const HSTS = "max-age=31536000; includeSubDomains";
const toHttps = answer(301, [["location", `${ORIGIN}/login`]]);

/** What each check measures at a deployment without fault. */
const GOOD: Record<string, Data> = {
  health: { live: times(4, json({ status: "ok", instance: "a" })), ready: times(4, ready()) },
  address: { origin: ORIGIN, appUrl: ORIGIN, ownForm: answer(204), issuer: ORIGIN },
  transport: {
    origin: ORIGIN,
    isHttps: true,
    isLoopback: false,
    certificate,
    hsts: HSTS,
    plain: toHttps,
    now: LAST - 60 * 86_400_000,
  },
  secrets: {
    inSession: times(24, "200"),
    inJwt: times(24, "200"),
    renewals: times(12, "200"),
    logIns: times(6, "200"),
  },
  keys: { fetched: times(4, published([JWK])), tokens: [token()] },
  clock: { dates: [0.1, -0.2], tokens: [0.3, 0.4], roundTripSeconds: 0.02 },
  cookies: {
    isHttps: true,
    session: [cookie("session"), cookie("device", { "max-age": "34560000" })],
    jwt: [cookie("access"), cookie("refresh"), cookie("device")],
    cleared: [cookie("session", { "max-age": "0" }, "")],
  },
  headers: { answers: kinds(SECURITY) },
  "script-policy": { pages: nonces.map((nonce) => page(nonce)) },
  disclosure: {
    answers: kinds([
      ["server", "nginx"],
      ["via", "1.1 proxy"],
    ]),
  },
  "request-ids": { answers: nonces.map((nonce) => answer(200, [["x-request-id", nonce]])) },
  errors: {
    refusals: [
      {
        what: "without a credential",
        expected: "401 unauthenticated",
        answer: problem(401, "unauthenticated"),
      },
    ],
  },
  caching: {
    fetched: [{ what: "GET /api/me", answer: answer(200, [PRIVATE]) }],
    stranger: answer(303, [PRIVATE]),
  },
  mixing: {
    fetched: [
      { path: "/api/me", email: "a@x", status: 200, holds: ["a@x"] },
      { path: "/api/me", email: null, status: 401, holds: [] },
    ],
  },
  bypass: {
    tried: [
      { what: "/dashboard with rsc", answer: answer(303) },
      { what: "/api/me with x-middleware-prefetch", answer: answer(200, [], "{}") },
    ],
  },
  paths: {
    origin: ORIGIN,
    tried: [{ what: "//dashboard", answer: answer(308, [["location", "/dashboard"]]) }],
  },
  host: {
    origin: ORIGIN,
    spoofed: [
      {
        headers: { host: "evil.example" },
        path: "/login",
        answer: answer(421, [], "evil.example is not served here"),
      },
      { headers: null, path: "/dashboard", answer: answer(303, [["location", "/login"]]) },
    ],
    honest: answer(204, [["set-cookie", "__Host-session=; Secure"]]),
    cookies: [
      {
        headers: { "x-forwarded-proto": "http" },
        answer: answer(204, [["set-cookie", "__Host-session=; Secure"]]),
      },
    ],
    issuer: ORIGIN,
  },
  next: {
    origin: ORIGIN,
    redirects: [{ target: "//evil.example/", answer: answer(303, [["location", "/dashboard"]]) }],
  },
  cors: { asked: [{ origin: "null", how: "GET /api/me", answer: answer(200) }] },
  "cross-site": {
    own: answer(200),
    foreign: [{ headers: { origin: "null" }, answer: problem(403, "csrf_rejected") }],
  },
  logout: { ended: [loggedOut("session"), loggedOut("jwt")] },
  "mode-switch": { switched: [{ mode: "jwt", answer: "200", now: "200", ...refused }] },
  "refresh-race": { before: "old", outcomes: times(12, "200"), refreshTokens: times(12, "new") },
  "refresh-reuse": { renewed: "200", theft: "401 refresh_reused", owner: "401 session_ended", ...refused },
  limiter: {
    allowed: 5,
    wrong: [...times(5, wrong), ...times(13, wait)],
    right: times(3, wait),
    owner: answer(200),
  },
  "forwarded-for": { allowed: 5, changing: [...times(5, wrong), ...times(3, wait)], chained: null },
  metrics: { answer: answer(404) },
  streaming: { answer: answer(200, [], "{}", { arrivals: [150, 900, 1900] }) },
};

/** The same cookies without their prefixes. */
const plainNames = (sets: Record<string, { plainName: string }[]>) =>
  Object.fromEntries(
    ["session", "jwt", "cleared"].map((name) => [
      name,
      sets[name]!.map((each) => ({ ...each, name: each.plainName })),
    ]),
  );

type Fault = { when: string; data: Data; verdict?: "fail" | "warn"; found: RegExp; mend: RegExp };
const fault = (when: string, data: Data, found: RegExp, mend: RegExp): Fault => ({ when, data, found, mend });
const warning = (when: string, data: Data, found: RegExp, mend: RegExp): Fault => ({
  when,
  data,
  found,
  mend,
  verdict: "warn",
});
const changed = (id: string, more: Data): Data => ({ ...GOOD[id], ...more });

/** What each check must find. Most are changes of what is good, so that nothing else can be what was found. */
const FAULTS: Record<string, Fault[]> = {
  health: [
    fault(
      "one instance has no database",
      changed("health", { ready: [ready(), json({ status: "unavailable", database: "unavailable" }, 503)] }),
      /1 x 503.*unavailable/,
      /DATABASE_URL/,
    ),
    fault(
      "an instance does not hear of revocations",
      changed("health", { ready: [ready({ revocationFeed: { status: "silent" } })] }),
      /1 of 1 connections/,
      /REVOCATION_ON_OUTAGE/,
    ),
    fault(
      "instances say that they differ",
      changed("health", { ready: [ready({ configuration: { differs: ["SESSION_SECRET"] } })] }),
      /SESSION_SECRET/,
      /same SESSION_SECRET/,
    ),
    fault("a process is dead", changed("health", { live: [html(502)] }), /1 x 502/, /log of the instance/),
  ],
  address: [
    fault(
      "APP_URL is another",
      changed("address", { appUrl: "http://localhost:3000" }),
      /http:\/\/localhost:3000/,
      /APP_URL=https:\/\/app\.example/,
    ),
    fault(
      "our own form is refused",
      changed("address", { ownForm: problem(403, "csrf_rejected") }),
      /403 csrf_rejected/,
      /Origin and Sec-Fetch-Site/,
    ),
    warning(
      "tokens name another issuer",
      changed("address", { issuer: "https://other.example" }),
      /other\.example/,
      /TOKEN_ISSUER/,
    ),
  ],
  transport: [
    fault(
      "it is plain http from afar",
      changed("transport", { isHttps: false, certificate: null, plain: null }),
      /in the clear/,
      /APP_URL=https/,
    ),
    fault(
      "the certificate has ended",
      changed("transport", { now: LAST + 3 * 86_400_000 }),
      /ended 3 days ago/,
      /Renew/,
    ),
    warning(
      "the certificate ends soon",
      changed("transport", { now: LAST - 3.5 * 86_400_000 }),
      /in 3 days/,
      /renews/,
    ),
    warning(
      "nobody vouches for the certificate",
      changed("transport", { certificate: { ...certificate, isTrusted: false } }),
      /not trusted/,
      /NODE_EXTRA_CA_CERTS/,
    ),
    fault(
      "plain http answers too",
      changed("transport", { plain: html(200) }),
      /instead of leading to https/,
      /redirect to https:\/\/app\.example/,
    ),
    fault(
      "plain http leads to plain http",
      changed("transport", { plain: answer(301, [["location", "http://app.example/x"]]) }),
      /answers 301/,
      /redirect/,
    ),
    fault(
      "HSTS is missing",
      changed("transport", { hsts: null }),
      /Strict-Transport-Security is missing/,
      /APP_URL/,
    ),
    fault("HSTS is short", changed("transport", { hsts: "max-age=300" }), /max-age=300/, /APP_URL/),
  ],
  secrets: [
    fault(
      "SESSION_SECRET differs",
      changed("secrets", { inSession: [...times(12, "200"), ...times(12, "401 credential_invalid")] }),
      /session cookie.*12 of 24/,
      /SESSION_SECRET/,
    ),
    fault(
      "ACCESS_TOKEN_KEYS differ",
      changed("secrets", { inJwt: [...times(12, "200"), ...times(12, "401 credential_invalid")] }),
      /access token.*12 of 24/,
      /ACCESS_TOKEN_KEYS/,
    ),
    fault(
      "an instance believes it revoked",
      changed("secrets", { inJwt: [...times(23, "200"), "401 session_ended"] }),
      /revoked on 1 of 24/,
      /DATABASE_URL/,
    ),
    fault(
      "REFRESH_TOKEN_SECRET differs",
      changed("secrets", { renewals: [...times(6, "200"), ...times(6, "401 refresh_invalid")] }),
      /refresh token.*6 of 12/,
      /REFRESH_TOKEN_SECRET/,
    ),
    fault(
      "PASSWORD_PEPPER differs",
      changed("secrets", { logIns: ["200", "401 invalid_credentials"] }),
      /right password.*1 of 2/,
      /PASSWORD_PEPPER/,
    ),
    fault(
      "each has a database of its own",
      changed("secrets", {
        inSession: ["200", "401 session_ended"],
        renewals: ["200", "401 refresh_invalid"],
        logIns: ["401 invalid_credentials"],
      }),
      /unknown on 1 of 2/,
      /DATABASE_URL/,
    ),
    fault(
      "the proxy loses cookies",
      changed("secrets", { inSession: ["200", "401 unauthenticated"] }),
      /1 x 401 unauthenticated/,
      /Cookie header/,
    ),
  ],
  keys: [
    fault(
      "two sets are published",
      changed("keys", { fetched: [published([JWK]), published([{ ...JWK, kid: "two" }])] }),
      /2 different sets.*one and two/,
      /ACCESS_TOKEN_KEYS/,
    ),
    fault(
      "a token names a key that nobody publishes",
      changed("keys", { tokens: [token("three")] }),
      /nobody publishes: three/,
      /ACCESS_TOKEN_KEYS/,
    ),
    fault(
      "a signature is wrong",
      changed("keys", { tokens: [token().replace(/.{8}$/, "AAAAAAAA")] }),
      /1 of 1 tokens/,
      /kid|ACCESS_TOKEN_KEYS/,
    ),
    fault(
      "private keys are published",
      changed("keys", { fetched: [published([{ ...JWK, d: "x" }])] }),
      /private part/,
      /Rotate/,
    ),
    fault(
      "there is no JWKS",
      changed("keys", { fetched: [published([JWK]), { outcome: "404", keys: [], cacheControl: null }] }),
      /1 x 404/,
      /jwks\.json/,
    ),
    warning(
      "the JWKS is kept for a month",
      changed("keys", { fetched: [published([JWK], "public, max-age=2592000")] }),
      /longer than a day/,
      /Cache-Control/,
    ),
  ],
  clock: [
    fault("instances are a minute apart", changed("clock", { tokens: [-30, 30] }), /60 s apart/, /NTP/),
    warning("instances are 4 s apart", changed("clock", { tokens: [0, 4] }), /4 s apart/, /NTP/),
    warning(
      "server and doctor are far apart",
      changed("clock", { tokens: [-3600, -3600] }),
      /3600 s apart/,
      /NTP/,
    ),
  ],
  cookies: [
    fault(
      "HttpOnly is taken away",
      changed("cookies", {
        jwt: [cookie("access", { httponly: undefined }), cookie("refresh"), cookie("device")],
      }),
      /HttpOnly is missing on access\./,
      /proxy_cookie_flags/,
    ),
    fault(
      "Secure is taken away",
      changed("cookies", { session: [cookie("session", { secure: undefined }), cookie("device")] }),
      /Secure is missing on session/,
      /APP_URL=https/,
    ),
    fault(
      "SameSite is None",
      changed("cookies", { session: [cookie("session", { samesite: "None" }), cookie("device")] }),
      /SameSite.*session/,
      /Set-Cookie/,
    ),
    fault(
      "Domain is added",
      changed("cookies", { session: [cookie("session", { domain: "example" }), cookie("device")] }),
      /Domain is set on session/,
      /proxy_cookie_domain/,
    ),
    fault(
      "Path is rewritten",
      changed("cookies", { jwt: [cookie("access"), cookie("refresh", { path: "/" }), cookie("device")] }),
      /Path of refresh/,
      /proxy_cookie_path/,
    ),
    fault(
      "Max-Age is taken away",
      changed("cookies", { session: [cookie("session", { "max-age": undefined }), cookie("device")] }),
      /Max-Age of session/,
      /Set-Cookie/,
    ),
    fault(
      "only the first cookie came through",
      changed("cookies", { jwt: [cookie("access")] }),
      /Not received.*refresh, device/,
      /every Set-Cookie/,
    ),
    fault(
      "one came twice",
      changed("cookies", { session: [cookie("session"), cookie("session"), cookie("device")] }),
      /twice.*session/,
      /Set-Cookie/,
    ),
    fault(
      "names have no prefix under https",
      changed("cookies", { session: [{ ...cookie("session"), name: "session" }, cookie("device")] }),
      /names of session lack/,
      /APP_URL/,
    ),
    fault(
      "Secure cookies over plain http",
      { isHttps: false, ...plainNames(GOOD.cookies) },
      /Secure is set on session/,
      /https address/,
    ),
    warning(
      "the balancer sets its own",
      changed("cookies", {
        session: [cookie("session"), cookie("device"), { ...cookie("SERVERID"), name: "SERVERID" }],
      }),
      /SERVERID/,
      /stickiness/,
    ),
  ],
  headers: [
    ...SECURITY.map(([name]) =>
      fault(
        `${name} is missing`,
        { answers: kinds(without(name)) },
        new RegExp(`${name} is missing on a page, a redirect`),
        /add_header/,
      ),
    ),
    fault(
      "one is changed",
      { answers: kinds([...without("x-frame-options"), ["x-frame-options", "ALLOWALL"]]) },
      /x-frame-options was changed/,
      /pass the app's headers on/,
    ),
    warning(
      "one comes twice",
      { answers: kinds([...SECURITY, ["x-frame-options", "SAMEORIGIN"]]) },
      /x-frame-options comes more than once/,
      /add none of its own/,
    ),
  ],
  "script-policy": [
    fault(
      "pages come out of a cache",
      { pages: times(4, page(nonces[0]!)) },
      /4 pages share 1 nonces/,
      /Do not cache pages/,
    ),
    fault(
      "the policy is gone",
      { pages: [answer(200, [], "<script>1</script>")] },
      /1 of 1 pages have no script policy/,
      /Content-Security-Policy/,
    ),
    fault(
      "scripts are injected",
      { pages: [page(nonces[0]!, "other")] },
      /scripts without the nonce/,
      /injects scripts/,
    ),
    fault(
      "inline scripts are allowed",
      { pages: [page(nonces[0]!, nonces[0]!, `script-src 'unsafe-inline'; ${REST}`)] },
      /inline or evaluated/,
      /rewrites/,
    ),
    fault(
      "directives are dropped",
      { pages: [page(nonces[0]!, nonces[0]!, "base-uri 'none'")] },
      /object-src 'none'.*frame-ancestors/,
      /rewrites/,
    ),
    warning(
      "two policies",
      {
        pages: [
          answer(200, [...page(nonces[0]!).headers, ...page(nonces[1]!).headers], page(nonces[0]!).text),
        ],
      },
      /more than one policy/,
      /one place/,
    ),
  ],
  disclosure: [
    warning("X-Powered-By tells", { answers: kinds([["x-powered-by", "Next.js"]]) }, /Next\.js/, /proxy/),
    warning(
      "Server tells its version",
      { answers: kinds([["server", "nginx/1.22.1"]]) },
      /nginx\/1\.22\.1/,
      /server_tokens/,
    ),
  ],
  "request-ids": [
    fault(
      "answers share an id",
      { answers: times(3, answer(200, [["x-request-id", "same"]])) },
      /id of another/,
      /Cache nothing/,
    ),
    warning("the id is dropped", { answers: [answer(200)] }, /1 of 1 answers have no/, /x-request-id/),
  ],
  errors: [
    fault(
      "the proxy has pages of its own for errors",
      { refusals: [{ what: "without a credential", expected: "401 unauthenticated", answer: html(401) }] },
      /body of a refusal was replaced/,
      /proxy_intercept_errors/,
    ),
    fault(
      "a large body breaks something",
      { refusals: [{ what: "a body beyond 64 KiB", expected: "413 payload_too_large", answer: html(502) }] },
      /as a fault.*502/,
      /logs/,
    ),
    fault(
      "the proxy changes the reason",
      {
        refusals: [
          {
            what: "a compressed body",
            expected: "415 unsupported_media_type",
            answer: problem(400, "invalid_json"),
          },
        ],
      },
      /another reason.*400 invalid_json/,
      /without the proxy/,
    ),
  ],
  caching: [
    fault(
      "Cache-Control is replaced",
      changed("caching", {
        fetched: [{ what: "GET /dashboard", answer: answer(200, [["cache-control", "public, max-age=60"]]) }],
      }),
      /GET \/dashboard.*public, max-age=60/,
      /Cache-Control/,
    ),
    fault(
      "an answer that sets a cookie may be kept",
      changed("caching", {
        fetched: [{ what: "POST /api/auth/signup", answer: answer(201, [["set-cookie", "session=x"]]) }],
      }),
      /signup.*missing/,
      /proxy_ignore_headers/,
    ),
    fault(
      "no-store without private",
      changed("caching", {
        fetched: [{ what: "GET /api/me", answer: answer(200, [["cache-control", "no-store"]]) }],
      }),
      /GET \/api\/me/,
      /Cache-Control/,
    ),
    fault(
      "it came out of a cache",
      changed("caching", {
        fetched: [{ what: "GET /api/me", answer: answer(200, [PRIVATE, ["x-cache", "HIT from edge"]]) }],
      }),
      /x-cache: HIT from edge/,
      /nothing but \/_next\/static/,
    ),
    fault(
      "it has an age",
      changed("caching", {
        fetched: [{ what: "GET /api/me", answer: answer(200, [PRIVATE, ["age", "7"]]) }],
      }),
      /Age: 7/,
      /nothing but \/_next\/static/,
    ),
    fault(
      "a stranger is given a credential",
      changed("caching", { stranger: answer(303, [["set-cookie", "__Secure-refresh=x"]]) }),
      /given somebody's refresh/,
      /proxy_cache/,
    ),
  ],
  mixing: [
    fault(
      "one person gets the other's",
      { fetched: [{ path: "/api/me", email: "a@x", status: 200, holds: ["b@x"] }] },
      /1 of 1 answers \(\/api\/me\)/,
      /nothing but \/_next\/static/,
    ),
    fault(
      "a stranger gets somebody's",
      { fetched: [{ path: "/settings", email: null, status: 200, holds: ["a@x"] }] },
      /1 of 1 answers \(\/settings\)/,
      /nothing but \/_next\/static/,
    ),
  ],
  bypass: [
    fault(
      "a header opens a page",
      { tried: [{ what: "/dashboard with x-middleware-subrequest", answer: answer(200, [], "<h1>Hello") }] },
      /x-middleware-subrequest/,
      /drop every x-middleware/,
    ),
    fault(
      "a header breaks something",
      { tried: [{ what: "/api/me with rsc", answer: html(500) }] },
      /\(500\)/,
      /drop every x-middleware/,
    ),
  ],
  paths: [
    fault(
      "a path opens",
      { origin: ORIGIN, tried: [{ what: "/%2e/dashboard", answer: answer(200, [], "<h1>Hello") }] },
      /%2e\/dashboard/,
      /proxy_pass/,
    ),
    fault(
      "a path breaks something",
      { origin: ORIGIN, tried: [{ what: "/dashboard%00", answer: html(500) }] },
      /dashboard%00 \(500\)/,
      /logs/,
    ),
    fault(
      "a path leads away",
      {
        origin: ORIGIN,
        tried: [{ what: "//dashboard", answer: answer(308, [["location", "//dashboard/"]]) }],
      },
      /another origin/,
      /Location/,
    ),
  ],
  host: [
    fault(
      "a redirect follows the host",
      changed("host", {
        spoofed: [
          {
            headers: { "x-forwarded-host": "evil.example" },
            path: "/dashboard",
            answer: answer(303, [["location", "https://evil.example/login"]]),
          },
        ],
      }),
      /x-forwarded-host at \/dashboard/,
      /X-Forwarded-Host \$host/,
    ),
    fault(
      "a page links to it",
      changed("host", {
        spoofed: [
          {
            headers: { host: "evil.example" },
            path: "/login",
            answer: answer(200, [], "<a href=//evil.example>"),
          },
        ],
      }),
      /host at \/login/,
      /default server/,
    ),
    fault(
      "a cache was poisoned",
      changed("host", {
        spoofed: [{ headers: null, path: "/login", answer: answer(200, [], "evil.example") }],
      }),
      /honest visitor/,
      /do not cache pages/,
    ),
    fault(
      "cookies follow X-Forwarded-Proto",
      changed("host", {
        cookies: [
          { headers: { "x-forwarded-proto": "http" }, answer: answer(204, [["set-cookie", "session=;"]]) },
        ],
      }),
      /x-forwarded-proto/,
      /APP_URL/,
    ),
    fault(
      "a token names it",
      changed("host", { issuer: "https://evil.example" }),
      /https:\/\/evil\.example as its issuer/,
      /APP_URL=https:\/\/app\.example/,
    ),
  ],
  next: [
    fault(
      "it leads away",
      {
        origin: ORIGIN,
        redirects: [{ target: "//evil.example/", answer: answer(303, [["location", "//evil.example/"]]) }],
      },
      /next=\/\/evil\.example/,
      /Location/,
    ),
    fault(
      "it leads to a script",
      {
        origin: ORIGIN,
        redirects: [
          { target: "javascript:alert(1)", answer: answer(303, [["location", "javascript:alert(1)"]]) },
        ],
      },
      /javascript:alert/,
      /Location/,
    ),
  ],
  cors: [
    fault(
      "foreign scripts may read with cookies",
      {
        asked: [
          {
            origin: "https://evil.example",
            how: "GET /api/me",
            answer: answer(200, [
              ["access-control-allow-origin", "https://evil.example"],
              ["access-control-allow-credentials", "true"],
            ]),
          },
        ],
      },
      /with the visitor's cookies: https:\/\/evil/,
      /Access-Control/,
    ),
    fault(
      "foreign scripts may read",
      {
        asked: [
          {
            origin: "null",
            how: "preflight of /api/me",
            answer: answer(204, [["access-control-allow-origin", "*"]]),
          },
        ],
      },
      /null \(preflight/,
      /CORS_ORIGINS/,
    ),
  ],
  "cross-site": [
    fault(
      "Origin is dropped on the way",
      changed("cross-site", { foreign: [{ headers: { origin: "null" }, answer: answer(200) }] }),
      /with origin/,
      /pass Origin and Sec-Fetch-Site on/,
    ),
    fault(
      "our own page is refused",
      changed("cross-site", { own: problem(403, "csrf_rejected") }),
      /403 csrf_rejected/,
      /APP_URL/,
    ),
  ],
  logout: [
    fault(
      "a session lives on",
      { ended: [loggedOut("session", never)] },
      /session mode.*8 s later/,
      /DATABASE_URL/,
    ),
    fault("a token lives on", { ended: [loggedOut("jwt", never)] }, /jwt mode/, /revocationFeed/),
    fault("it takes too long", { ended: [loggedOut("jwt", late)] }, /until 1800 ms later/, /DATABASE_URL/),
    fault(
      "the refresh token lives on",
      { ended: [loggedOut("jwt", { renewal: "200" })] },
      /refresh token was answered 200/,
      /DATABASE_URL/,
    ),
    fault(
      "logging out does not arrive",
      { ended: [loggedOut("session", { answer: answer(404, [["clear-site-data", '"cache"']]) })] },
      /answered 404/,
      /POST \/api\/auth\/logout/,
    ),
    warning(
      "Clear-Site-Data is dropped",
      { ended: [loggedOut("session", { answer: answer(204) })] },
      /Clear-Site-Data/,
      /Clear-Site-Data/,
    ),
  ],
  "mode-switch": [
    fault(
      "the old credential lives on",
      { switched: [{ mode: "jwt", answer: "200", now: "200", ...never }] },
      /switch to jwt.*8 s later/,
      /DATABASE_URL/,
    ),
    fault(
      "the new one is refused",
      { switched: [{ mode: "jwt", answer: "200", now: "401 unauthenticated", ...refused }] },
      /401 unauthenticated/,
      /every Set-Cookie/,
    ),
    fault(
      "switching is refused",
      { switched: [{ mode: "jwt", answer: "403 csrf_rejected" }] },
      /403 csrf_rejected/,
      /api\/auth\/mode/,
    ),
  ],
  "refresh-race": [
    fault(
      "losers are signed out",
      changed("refresh-race", { outcomes: ["200", ...times(11, "401 refresh_reused")] }),
      /11 of 12.*11 x 401 refresh_reused/,
      /REFRESH_GRACE_SECONDS/,
    ),
    fault(
      "each gets another successor",
      changed("refresh-race", { refreshTokens: ["one", "two"] }),
      /2 different successors/,
      /REFRESH_TOKEN_SECRET/,
    ),
    fault(
      "the old one comes back",
      changed("refresh-race", { refreshTokens: ["old"] }),
      /old refresh token back/,
      /cache/,
    ),
  ],
  "refresh-reuse": [
    fault(
      "the thief is served",
      changed("refresh-reuse", { theft: "200" }),
      /answered 200, not 401 refresh_reused/,
      /cache/,
    ),
    fault(
      "the newest lives on",
      changed("refresh-reuse", { owner: "200" }),
      /newest refresh token/,
      /DATABASE_URL/,
    ),
    fault(
      "the access token lives on",
      changed("refresh-reuse", never),
      /still served \(90 x 200\)/,
      /DATABASE_URL/,
    ),
  ],
  limiter: [
    fault(
      "two instances count each for itself",
      changed("limiter", { wrong: [...times(10, wrong), ...times(8, wait)] }),
      /10 wrong passwords.*5 may/,
      /same DATABASE_URL.*LIMIT_PASSWORD_FAILURES/,
    ),
    fault(
      "the right password gets through",
      changed("limiter", { right: [wait, answer(200)] }),
      /accepted 1 of 2/,
      /DATABASE_URL/,
    ),
    fault(
      "the right password is told apart",
      changed("limiter", { right: [{ ...wait, text: "other words" }] }),
      /other words than/,
      /Update/,
    ),
    warning(
      "Retry-After is dropped",
      changed("limiter", {
        wrong: [...times(5, wrong), ...times(13, problem(429, "rate_limited"))],
        right: times(3, problem(429, "rate_limited")),
      }),
      /Retry-After is missing on 13/,
      /Retry-After/,
    ),
    warning(
      "fewer are judged",
      changed("limiter", { wrong: [...times(2, wrong), ...times(16, wait)] }),
      /Only 2/,
      /--password-failures 2/,
    ),
    warning(
      "the proxy has a limit of its own",
      changed("limiter", {
        wrong: [...times(5, wrong), ...times(13, html(503))],
        right: times(3, html(503)),
      }),
      /13 x 503/,
      /proxy's limit/,
    ),
    warning(
      "the owner is kept out",
      changed("limiter", { owner: wait }),
      /owner's own browser/,
      /SESSION_SECRET/,
    ),
  ],
  "forwarded-for": [
    fault(
      "whoever names another address is another",
      changed("forwarded-for", { changing: times(8, wrong) }),
      /any address they like/,
      /TRUSTED_PROXIES/,
    ),
    fault(
      "even the end of a chain is believed",
      changed("forwarded-for", { changing: times(8, wrong), chained: times(8, wrong) }),
      /any address they like/,
      /0\.0\.0\.0\/0/,
    ),
  ],
  streaming: [
    warning(
      "the proxy holds answers back",
      { answer: answer(200, [], "{}", { arrivals: [1290, 1290, 1410] }) },
      /all together/,
      /proxy_buffering off/,
    ),
  ],
  metrics: [
    fault(
      "anybody may read them",
      { answer: answer(200, [], "process_cpu_seconds_total 1") },
      /read by anybody/,
      /METRICS_TOKEN/,
    ),
  ],
};

const judgeOf = (id: string) => {
  const check = CHECKS.find((each) => each.id === id);
  if (!check) throw new Error(`There is no check "${id}".`);
  return check.judge as (data: Data) => Judgement;
};

test("every check has a fault that it must find, and a deployment that it must pass", () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(Object.keys(FAULTS).sort()).toEqual([...ids].sort());
  expect(Object.keys(GOOD).sort()).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
});

for (const [id, faults] of Object.entries(FAULTS)) {
  for (const { when, data, verdict = "fail", found, mend } of faults) {
    test(`${id} finds it when ${when}`, () => {
      const judgement = judgeOf(id)(data);
      expect(judgement.verdict).toBe(verdict);
      const finding = judgement.findings.find(({ what }) => found.test(what));
      expect(finding, JSON.stringify(judgement.findings)).toBeDefined();
      expect(judgement.findings, "and blames nothing else").toHaveLength(1);
      expect(finding!.severity).toBe(verdict);
      expect(finding!.mend).toMatch(mend);
      expect(finding!.means).toMatch(/^[A-Z].*\.$/);
    });
  }
}

for (const [id, data] of Object.entries(GOOD)) {
  test(`${id} finds nothing where nothing is wrong`, () => {
    expect(judgeOf(id)(data)).toMatchObject({ verdict: "pass", findings: [] });
  });
}

test("what cannot be judged is neither passed nor failed", () => {
  const open = answer(200, [], "x", { remoteAddress: "127.0.0.1" });
  const cases: [string, Data, string, RegExp][] = [
    [
      "transport",
      changed("transport", { isHttps: false, isLoopback: true, certificate: null, plain: null }),
      "skip",
      /this very machine/,
    ],
    ["metrics", { answer: open }, "skip", /this very machine/],
    [
      "forwarded-for",
      changed("forwarded-for", {
        changing: times(8, wrong),
        chained: [...times(5, wrong), ...times(3, wait)],
      }),
      "skip",
      /TRUSTED_PROXIES itself/,
    ],
    ["forwarded-for", changed("forwarded-for", { changing: times(8, wait) }), "untried", /limited already/],
    ["limiter", changed("limiter", { wrong: times(18, wait) }), "untried", /try again in 60 s/],
    ["secrets", changed("secrets", { logIns: ["429 rate_limited"] }), "untried", /limited/],
    [
      "refresh-race",
      changed("refresh-race", { outcomes: times(12, "429 rate_limited") }),
      "untried",
      /limited/,
    ],
    ["refresh-reuse", { renewed: "429 rate_limited" }, "untried", /429/],
    ["logout", { ended: [loggedOut("jwt", { before: "401 credential_invalid" })] }, "untried", /jwt mode/],
    ["clock", { dates: [], tokens: [], roundTripSeconds: 0 }, "untried", /told the time/],
    ["cookies", { isHttps: true, session: [], jwt: [], cleared: [] }, "untried", /no cookie/],
    [
      "cross-site",
      { own: answer(503), foreign: [{ headers: { origin: "null" }, answer: answer(503) }] },
      "untried",
      /503/,
    ],
    ["streaming", { answer: problem(404, "not_found") }, "skip", /404 not_found/],
    ["streaming", { answer: answer(200, [], "{}", { arrivals: [90] }) }, "skip", /too soon/],
    ["next", { origin: ORIGIN, redirects: [{ target: "x", answer: answer(404) }] }, "skip", /redirect/],
  ];
  for (const [id, data, verdict, reason] of cases) {
    const judgement = judgeOf(id)(data);
    expect([id, judgement.verdict, judgement.findings]).toEqual([id, verdict, []]);
    expect(judgement.measured).toMatch(reason);
  }
});

test("plain http may be closed, refuse, or not be asked at all", () => {
  for (const plain of [null, undefined, html(404)])
    expect(judgeOf("transport")(changed("transport", { plain })).findings).toEqual([]);
});

test("instances are counted where they tell who they are", () => {
  const live = ["a", "b", "c", "a"].map((instance) => json({ status: "ok", instance }));
  expect(judgeOf("health")(changed("health", { live })).measured).toContain("3 instances seen");
  const silent = times(4, json({ status: "ok" }));
  expect(judgeOf("health")({ live: silent, ready: times(4, ready()) }).measured).toContain("cannot be told");
});

test("a clock's second is no skew: whole seconds and a slow way are allowed for", () => {
  expect(judgeOf("clock")({ dates: [], tokens: [0, 1.9], roundTripSeconds: 0 }).verdict).toBe("pass");
  expect(judgeOf("clock")({ dates: [], tokens: [0, 3.5], roundTripSeconds: 2 }).verdict).toBe("pass");
});

test("the exit code tells fine, wrong and not found out apart", () => {
  const of = (...verdicts: string[]) => verdicts.map((verdict) => ({ verdict }));
  expect(exitCodeOf(of("pass", "skip", "warn"), { strict: false })).toBe(0);
  expect(exitCodeOf(of("pass", "warn"), { strict: true })).toBe(1);
  expect(exitCodeOf(of("untried", "fail"), { strict: false })).toBe(1);
  expect(exitCodeOf(of("untried", "pass"), { strict: false })).toBe(2);
});

test("the table fits a terminal, and has colour only where it is wanted", () => {
  const results = Object.entries(FAULTS).map(([id, [first]]) => ({
    id,
    title: CHECKS.find((check) => check.id === id)!.title,
    ...judgeOf(id)(first!.data),
  }));
  const plain = [
    ...results.map((result) => row(result, { hasColour: false })),
    findingsText(results, { hasColour: false }),
    summary(results, 12_345),
  ].join("\n");
  const longWord = /\S{40,}/;
  for (const line of plain.split("\n"))
    if (!longWord.test(line)) expect(line.length, line).toBeLessThanOrEqual(100);
  expect(plain).not.toContain("\x1b");
  expect(plain).toContain("12.3 s");
  expect(row(results[0]!, { hasColour: true })).toContain("\x1b[31m");
});

test("arguments that make no sense are refused with a sentence", () => {
  for (const [args, reason] of [
    [[], /one address/],
    [["https://a.example", "https://b.example"], /one address/],
    [["my.host"], /no origin/],
    [["ftp://my.host"], /no origin/],
    [["https://my.host/app"], /without a path/],
    [["https://user:secret@my.host"], /no origin/],
    [["https://my.host", "--only", "nothing"], /no check "nothing"/],
    [["https://my.host", "--timeout", "soon"], /--timeout is "soon"/],
    [["https://my.host", "--connections", "0"], /from 2 to 1000/],
    [["https://my.host", "--colour"], /--colour/],
  ] as const)
    expect(() => readArguments([...args]), args.join(" ")).toThrow(reason);
  const { checks, timeoutMs } = readArguments([
    "https://my.host/",
    "--only",
    "logout,cors",
    "--timeout",
    "3",
  ]) as Data;
  expect(checks.map(({ id }: { id: string }) => id)).toEqual(["cors", "logout"]);
  expect(timeoutMs).toBe(3000);
});

test("docs/doctor.md lists every check as the doctor itself does", () => {
  const text = readFileSync(path.resolve(import.meta.dirname, "../../docs/doctor.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([\w-]+)`\s*\| (.*?)\s*\| (.*?)\s*\|$/gm)].map(
    ([, ...cells]) => cells,
  );
  expect(rows).toEqual(CHECKS.map(({ id, title, asks }) => [id, title, asks]));
});
