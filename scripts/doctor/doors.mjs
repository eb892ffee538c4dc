// Ways around the front door: headers that once skipped the middleware, odd paths, spoofed hosts, foreign origins.
import { cookiesOf, header, leadsTo, outcome, readToken } from "./answers.mjs";
import { fault, judged, listed, skipped, untried } from "./findings.mjs";
import { cookieHeader } from "./people.mjs";
import { isHangUp, many } from "./wire.mjs";

/** Reserved (RFC 2606): nobody can own it. */
const EVIL = "evil.example";

const repeated = (word) => Array(5).fill(word).join(":");

/** CVE-2025-29927 in the forms of each Next version, and the headers by which Next's parts talk to each other. */
const BYPASS_HEADERS = [
  ...["middleware", "src/middleware", "pages/_middleware", "pages/dashboard/_middleware"].flatMap((name) => [
    { "x-middleware-subrequest": name },
    { "x-middleware-subrequest": repeated(name) },
  ]),
  { "x-middleware-subrequest-id": "0" },
  { "x-middleware-next": "1" },
  { "x-middleware-invoke": "1" },
  { "x-middleware-skip": "1" },
  { "x-middleware-prefetch": "1" },
  { "x-middleware-rewrite": "/dashboard" },
  { "x-middleware-override-headers": "cookie", "x-middleware-request-cookie": "session=x; access=x" },
  { "x-middleware-set-cookie": "session=x" },
  { "x-invoke-path": "/dashboard", "x-invoke-status": "200" },
  { "x-matched-path": "/dashboard" },
  { "x-nextjs-data": "1" },
  { rsc: "1" },
  { rsc: "1", "next-router-prefetch": "1" },
  { "next-action": "0".repeat(40) },
  { "x-original-url": "/dashboard" },
  { "x-rewrite-url": "/dashboard" },
  { "x-http-method-override": "POST" },
];

const CLOSED = ["/dashboard", "/settings", "/admin", "/api/me", "/api/auth/sessions"];

/** Asked without a credential, a closed address opens when it answers 2xx with something: Next has an empty `{}` for some headers. */
const opens = ({ answer }) =>
  answer.status >= 200 && answer.status < 300 && !/^\s*(?:\{\})?\s*$/.test(answer.text);
const breaks = ({ answer }) => answer.status >= 500;

export const bypass = {
  id: "bypass",
  title: "No header opens what is closed",
  asks: "Asks for closed pages and API answers without a credential, with each header that has ever skipped a middleware (CVE-2025-29927 and its kin).",
  async measure({ site }) {
    const tries = BYPASS_HEADERS.flatMap((headers) => CLOSED.map((path) => ({ path, headers })));
    const tried = await many(tries.length, async (n) => {
      const { path, headers } = tries[n];
      const answer = await site.send("GET", path, { headers });
      return { what: `${path} with ${Object.keys(headers)[0]}`, answer };
    });
    return { tried };
  },
  judge: ({ tried }) =>
    judged(`${tried.length} requests, ${tried.filter(opens).length} let in`, [
      tried.some(opens) &&
        fault(
          `Open to anybody: ${listed(tried.filter(opens).map(({ what }) => what))}.`,
          "Whoever sends the header sees what needs a sign-in.",
          "Update the app, and have the proxy drop every x-middleware-* header that comes from outside.",
        ),
      tried.some(breaks) &&
        fault(
          `Answered with a fault: ${listed(tried.filter(breaks).map(({ what, answer }) => `${what} (${answer.status})`))}.`,
          "A header from outside reaches something that it should not.",
          "Have the proxy drop every x-middleware-* header that comes from outside.",
        ),
    ]),
};

const ODD_PATHS = [
  "//dashboard",
  "///dashboard",
  "/./dashboard",
  "/%2e/dashboard",
  "/login/../dashboard",
  "/login/%2e%2e/dashboard",
  "/dashboard/",
  "/dashboard/.",
  "/dashboard//",
  "/dashboard%2f",
  "/dashboard%00",
  "/dashboard;x=1",
  "/dashboard.json",
  "/dashboard.rsc",
  "/%64ashboard",
  "/%2564ashboard",
  "/DASHBOARD",
  "/Dashboard",
  "/%5cdashboard",
  "/_next/static/../../dashboard",
  "/_next/static/%2e%2e/%2e%2e/dashboard",
  "/_next/data/build/dashboard.json",
  "//api/me",
  "/api//me",
  "/api/me/",
  "/api/%6de",
  "/API/me",
  "/api/health/../me",
  "/api/health/live/..%2f..%2fme",
];

export const paths = {
  id: "paths",
  title: "No way of writing a path opens it",
  asks: "Asks for closed addresses without a credential, written with doubled, encoded and upper-case characters, where proxy and app may disagree.",
  async measure({ site }) {
    const tried = await many(ODD_PATHS.length, async (n) => ({
      what: ODD_PATHS[n],
      answer: await site.send("GET", ODD_PATHS[n]),
    }));
    return { origin: site.origin, tried };
  },
  judge({ origin, tried }) {
    const away = tried.filter(({ answer }) => {
      const target = leadsTo(answer, origin);
      return target !== null && target.origin !== origin;
    });
    return judged(`${tried.length} paths, ${tried.filter(opens).length} let in`, [
      tried.some(opens) &&
        fault(
          `Open to anybody: ${listed(tried.filter(opens).map(({ what }) => what))}.`,
          "Whoever writes the path so sees what needs a sign-in.",
          "Let the proxy pass paths on as they come (nginx: proxy_pass without a path behind the address).",
        ),
      tried.some(breaks) &&
        fault(
          `Answered with a fault: ${listed(tried.filter(breaks).map(({ what, answer }) => `${what} (${answer.status})`))}.`,
          "An odd path should be refused, not break something.",
          "See the logs of proxy and app for that path.",
        ),
      away.length > 0 &&
        fault(
          `Led to another origin: ${listed(away.map(({ what, answer }) => `${what} to ${header(answer, "location")}`))}.`,
          "A link to this address can take people somewhere else.",
          `Let the proxy leave Location as it is, and set APP_URL=${origin}.`,
        ),
    ]);
  },
};

const SPOOFS = [
  { host: EVIL },
  { "x-forwarded-host": EVIL },
  { "x-host": EVIL },
  { "x-forwarded-server": EVIL },
  { forwarded: `host=${EVIL};proto=https` },
  { "x-forwarded-host": EVIL, "x-forwarded-proto": "https", "x-forwarded-port": "443" },
  { "x-forwarded-proto": "http" },
  { "x-forwarded-proto": "https" },
];

/** What is received from whoever hangs up. */
const HUNG_UP = { status: null, headers: [], text: "" };

export const hostSpoofing = {
  id: "host",
  title: "Nothing follows a spoofed host",
  asks: "Sends foreign `Host`, `X-Forwarded-Host`, `X-Forwarded-Proto` and `Forwarded`, and looks for them in redirects, links, tokens and cookies, and in what an honest visitor gets afterwards.",
  async measure({ site, people }) {
    const person = await people.who("session");
    const send = (method, path, headers) =>
      site.send(method, path, { headers }).catch((error) => {
        if (headers.host && isHangUp(error)) return HUNG_UP;
        throw error;
      });
    const asked = ["/dashboard", "/dashboard/", "/login", "/api/openapi.json"];
    const spoofed = await many(SPOOFS.length * asked.length, async (n) => {
      const headers = SPOOFS[Math.floor(n / asked.length)];
      const path = asked[n % asked.length];
      return { headers, path, answer: await send("GET", path, headers) };
    });
    const afterwards = await many(asked.length, async (n) => ({
      headers: null,
      path: asked[n],
      answer: await send("GET", asked[n], {}),
    }));
    // Clears cookies, so it shows how they are named and flagged; ends nothing, having no credential.
    const cleared = (headers) => send("POST", "/api/auth/logout", headers);
    const cookies = [];
    for (const headers of SPOOFS) cookies.push({ headers, answer: await cleared(headers) });
    const signedIn = await people
      .logIn(person, "jwt", { host: EVIL, "x-forwarded-host": EVIL })
      .catch(() => null);
    return {
      origin: site.origin,
      spoofed: [...spoofed, ...afterwards],
      honest: await cleared({}),
      cookies,
      issuer: signedIn && (readToken(signedIn.cookies.get("access")?.value ?? "")?.claims.iss ?? null),
    };
  },
  judge({ origin, spoofed, honest, cookies, issuer }) {
    const followed = spoofed.filter(({ headers, answer }) => {
      const target = leadsTo(answer, origin);
      const isOurs = target === null || target.origin === origin;
      const saysEvil = answer.headers.some(([, value]) => value.includes(EVIL)) || answer.text.includes(EVIL);
      // A proxy that knows no such host refuses it, and may repeat it in saying so.
      const isRefusal = headers?.host && (answer.status === null || answer.status >= 400);
      return !isRefusal && (saysEvil || !isOurs);
    });
    const flagsOf = (answer) =>
      listed(
        cookiesOf(answer)
          .map(
            ({ name, attributes }) =>
              `${name}${"secure" in attributes ? " Secure" : ""}${attributes.domain ?? ""}`,
          )
          .sort(),
      );
    const expected = flagsOf(honest);
    const otherCookies = cookies.filter(
      ({ answer }) => answer.status === 204 && flagsOf(answer) !== expected,
    );
    const kept = followed.filter(({ headers }) => headers === null);
    return judged(`${spoofed.length} requests, ${followed.length} followed the spoof`, [
      kept.length > 0 &&
        fault(
          `Afterwards an honest visitor is led elsewhere at ${listed(kept.map(({ path }) => path))}.`,
          "One forged request has poisoned a cache for everybody.",
          "Have the cache count Host and X-Forwarded-Host into its key, or do not cache pages.",
        ),
      followed.length > kept.length &&
        fault(
          `Redirects or links follow ${listed(followed.filter(({ headers }) => headers).map(({ headers, path }) => `${Object.keys(headers)[0]} at ${path}`))}.`,
          "With a cache or a mail in between, people can be led to somebody else's copy of this site.",
          "Let the proxy set Host and X-Forwarded-* itself, over what clients send, and rewrite no Location by them (nginx: proxy_set_header X-Forwarded-Host $host; a default server that refuses other hosts).",
        ),
      otherCookies.length > 0 &&
        fault(
          `Cookies are named or flagged by ${listed(otherCookies.map(({ headers }) => Object.keys(headers)[0]))}.`,
          "A forged header can take Secure from a cookie.",
          "Take out what rewrites Set-Cookie by X-Forwarded-Proto; the app goes by APP_URL.",
        ),
      issuer?.includes(EVIL) &&
        fault(
          `A token names ${issuer} as its issuer.`,
          "Services that trust the issuer would fetch its keys from somebody else.",
          `Set APP_URL=${origin}.`,
        ),
    ]);
  },
};

export const cors = {
  id: "cors",
  title: "No foreign script may read an answer",
  asks: "Asks, signed in and as a preflight, from foreign origins, `null` and look-alikes of this one.",
  async measure({ site, people }) {
    const person = await people.who("session");
    const cookie = cookieHeader(person.cookies);
    const scheme = site.isHttps ? "https" : "http";
    const origins = [
      `https://${EVIL}`,
      "null",
      `${site.origin}.${EVIL}`,
      `${scheme}://${EVIL}/${site.host}`,
      `${scheme}://x.${site.host}`,
      `${scheme}://x${site.host}`,
      site.isHttps ? `http://${site.host}` : `https://${site.host}`,
    ];
    const asked = await many(origins.length * 3, async (n) => {
      const origin = origins[Math.floor(n / 3)];
      const how = ["GET /api/me", "preflight of /api/me", "GET /login"][n % 3];
      const answer =
        n % 3 === 0
          ? await site.send("GET", "/api/me", { headers: { origin, cookie } })
          : n % 3 === 1
            ? await site.send("OPTIONS", "/api/me", {
                headers: {
                  origin,
                  "access-control-request-method": "PATCH",
                  "access-control-request-headers": "content-type",
                },
              })
            : await site.send("GET", "/login", { headers: { origin } });
      return { origin, how, answer };
    });
    return { asked };
  },
  judge({ asked }) {
    const open = asked.filter(({ answer }) => header(answer, "access-control-allow-origin") !== null);
    const withCookies = open.filter(({ answer }) =>
      /true/i.test(header(answer, "access-control-allow-credentials") ?? ""),
    );
    const told = (list) => listed(list.map(({ origin, how }) => `${origin} (${how})`));
    return judged(`${asked.length} requests from foreign origins, ${open.length} of them allowed to read`, [
      withCookies.length > 0 &&
        fault(
          `May read answers, with the visitor's cookies: ${told(withCookies)}.`,
          "Any page that a signed-in person opens can read their account.",
          "Take Access-Control-* out of the proxy. The app opens itself to CORS_ORIGINS alone, and never with cookies.",
        ),
      open.length > withCookies.length &&
        fault(
          `May read answers: ${told(open.filter((one) => !withCookies.includes(one)))}.`,
          "Scripts of other sites can use this API from their visitors' browsers.",
          "Take Access-Control-* out of the proxy, and check CORS_ORIGINS.",
        ),
    ]);
  },
};

export const crossSite = {
  id: "cross-site",
  title: "Requests from other sites change nothing",
  asks: "Sends a change with a signed-in person's cookies as a foreign page would (`Origin`, `Sec-Fetch-Site`), and one as our own pages do.",
  needsAgreement: true,
  async measure({ site, people }) {
    const person = await people.who("session");
    const cookie = cookieHeader(person.cookies);
    const rename = (headers) =>
      site.send("PATCH", "/api/me", { json: { name: "Doctor" }, headers: { cookie, ...headers } });
    const foreign = [
      { origin: `https://${EVIL}` },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: `https://${EVIL}`, "sec-fetch-site": "cross-site" },
    ];
    return {
      own: await rename({ origin: site.origin, "sec-fetch-site": "same-origin" }),
      foreign: await many(foreign.length, async (n) => ({
        headers: foreign[n],
        answer: await rename(foreign[n]),
      })),
    };
  },
  judge({ own, foreign }) {
    const through = foreign.filter(({ answer }) => answer.status < 400);
    const lost = listed(through.flatMap(({ headers }) => Object.keys(headers)));
    if (
      own.status >= 400 &&
      through.length === 0 &&
      foreign.every(({ answer }) => outcome(answer) === outcome(own)) &&
      own.status !== 403
    )
      return untried(`every change was answered with ${outcome(own)}`);
    return judged(
      `${foreign.length - through.length} of ${foreign.length} refused; our own page is answered ${outcome(own)}`,
      [
        through.length > 0 &&
          fault(
            `Done at a foreign page's request, with ${lost}.`,
            "Any page that a signed-in person opens can change their account.",
            `Let the proxy pass Origin and Sec-Fetch-Site on: it drops or rewrites ${lost}.`,
          ),
        own.status !== 200 &&
          fault(
            `Our own page was refused: ${outcome(own)}.`,
            "Nothing can be changed with a browser.",
            "Set APP_URL to the address in use, and let the proxy pass Origin and Sec-Fetch-Site on as they come.",
          ),
      ],
    );
  },
};

const FOREIGN_TARGETS = [
  `https://${EVIL}/`,
  `//${EVIL}/`,
  `/\\${EVIL}/`,
  `/\t/${EVIL}/`,
  `/%09/${EVIL}/`,
  `/..//${EVIL}/`,
  `https:${EVIL}`,
  "javascript:alert(1)",
];

export const next = {
  id: "next",
  title: "After signing in people stay here",
  asks: "Renews and logs in with foreign addresses as `next`, and looks where the redirect leads.",
  needsAgreement: true,
  async measure({ site, people }) {
    const [session, jwt] = [await people.who("session"), await people.who("jwt")];
    const device = await people.logIn(jwt, "jwt");
    const refresh = cookieHeader(device.cookies, ["refresh"]);
    const redirects = await many(FOREIGN_TARGETS.length * 2, async (n) => {
      const target = FOREIGN_TARGETS[Math.floor(n / 2)];
      const query = `next=${encodeURIComponent(target)}`;
      const [path, cookie] =
        n % 2 ? [`/login?${query}`, cookieHeader(session.cookies)] : [`/api/auth/refresh?${query}`, refresh];
      return { target, answer: await site.send("GET", path, { headers: { cookie } }) };
    });
    const { email, password } = session;
    const form = await site.send("POST", "/api/auth/login", {
      body: new URLSearchParams({ email, password, next: `//${EVIL}/` }).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        cookie: cookieHeader(session.cookies, ["device"]),
        origin: site.origin,
      },
    });
    return { origin: site.origin, redirects: [...redirects, { target: `//${EVIL}/`, answer: form }] };
  },
  judge({ origin, redirects }) {
    const followed = redirects.filter(({ answer }) => answer.status >= 300 && answer.status < 400);
    const away = followed.filter(({ answer }) => leadsTo(answer, origin)?.origin !== origin);
    if (followed.length === 0) return skipped("nothing was answered with a redirect");
    return judged(`${followed.length} redirects, ${away.length} of them to another origin`, [
      away.length > 0 &&
        fault(
          `Led away by ${listed(away.map(({ target, answer }) => `next=${target} (to ${header(answer, "location")})`))}.`,
          "A link to this log-in page can hand people to somebody else's copy of it.",
          `Let the proxy leave Location as it is, and set APP_URL=${origin}.`,
        ),
    ]);
  },
};
