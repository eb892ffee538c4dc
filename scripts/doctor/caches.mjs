// Caches between the app and its visitors: what belongs to one person must never be kept, let alone handed to another.
import { cookiesOf, header, headerValues } from "./answers.mjs";
import { fault, judged, listed } from "./findings.mjs";
import { cookieHeader, keepCookies } from "./people.mjs";
import { many } from "./wire.mjs";

const HIT = [
  "x-cache",
  "x-cache-status",
  "x-proxy-cache",
  "cf-cache-status",
  "x-varnish-cache",
  "cache-status",
];

const DO_NOT_CACHE =
  "Have proxy and CDN keep nothing but /_next/static and /.well-known/jwks.json (nginx: no proxy_cache elsewhere, no proxy_ignore_headers Cache-Control Set-Cookie).";

/** What shows that an answer came out of a cache; null where nothing does. */
function cacheTrace(answer) {
  if (header(answer, "age") !== null) return `Age: ${header(answer, "age")}`;
  const name = HIT.find((each) => /\bhit\b/i.test(header(answer, each) ?? ""));
  return name ? `${name}: ${header(answer, name)}` : null;
}

export const caching = {
  id: "caching",
  title: "What belongs to one person is kept by no cache",
  asks: "Fetches, twice each, answers that set a cookie or depend on a credential, and reads `Cache-Control`, `Age` and the marks that caches leave.",
  async measure({ site, people }) {
    const [session, jwt] = [await people.who("session"), await people.who("jwt")];
    const cookie = cookieHeader(session.cookies);
    const refresh = cookieHeader(jwt.cookies, ["refresh"]);
    const asked = [
      ["GET /api/me", "/api/me", { cookie }],
      ["GET /api/auth/sessions", "/api/auth/sessions", { cookie }],
      ["GET /dashboard", "/dashboard", { cookie }],
      ["GET /dashboard (as the router asks)", "/dashboard", { cookie, rsc: "1" }],
      ["GET /settings", "/settings", { cookie }],
      ["GET /dashboard without a credential", "/dashboard", {}],
      ["GET /api/auth/refresh", "/api/auth/refresh?next=/dashboard", { cookie: refresh }],
    ];
    const fetched = await many(asked.length * 2, async (n) => {
      const [what, path, headers] = asked[Math.floor(n / 2)];
      const answer = await site.send("GET", path, { headers });
      // The next renewal must go on from here: by then this token may be too old to be pardoned.
      if (headers.cookie === refresh) keepCookies(jwt.cookies, answer);
      return { what, answer };
    });
    const stranger = await site.send("GET", "/api/auth/refresh?next=/dashboard");
    const signedUp = [session, jwt].map((person) => ({
      what: "POST /api/auth/signup",
      answer: person.signedUp,
    }));
    return { fetched: [...signedUp, ...fetched], stranger };
  },
  judge({ fetched, stranger }) {
    const open = fetched.filter(({ answer }) => {
      const rules = headerValues(answer, "cache-control")
        .join(",")
        .toLowerCase()
        .split(/\s*,\s*/);
      return !rules.includes("no-store") || !rules.includes("private") || rules.includes("public");
    });
    const kept = fetched.filter(({ answer }) => cacheTrace(answer) !== null);
    const handedOut = cookiesOf(stranger).filter(
      ({ plainName, value }) => ["access", "refresh", "session"].includes(plainName) && value !== "",
    );
    const withCookie = open.filter(({ answer }) => cookiesOf(answer).some(({ value }) => value !== ""));
    return judged(
      `${fetched.length - open.length} of ${fetched.length} answers say private, no-store${handedOut.length > 0 ? "; a stranger was given a credential" : ""}`,
      [
        handedOut.length > 0 &&
          fault(
            `A stranger who asked GET /api/auth/refresh was given somebody's ${listed(handedOut.map(({ plainName }) => plainName))}.`,
            "An answer that sets a credential is kept in a cache: the next visitor is signed in as the last one.",
            DO_NOT_CACHE,
          ),
        open.length > 0 &&
          fault(
            `Cache-Control is not "private, no-store" on ${listed(open.map(({ what }) => what))} (it is "${header(open[0].answer, "cache-control") ?? "missing"}").`,
            withCookie.length > 0
              ? "These answers set credentials: a cache may keep them and sign the next visitor in as the last one."
              : "A cache may keep one person's page and show it to the next.",
            `Let the proxy pass Cache-Control on as it comes (nginx: no expires, no add_header Cache-Control). ${DO_NOT_CACHE}`,
          ),
        kept.length > 0 &&
          fault(
            `Out of a cache came ${listed(kept.map(({ what }) => what))} (${cacheTrace(kept[0].answer)}).`,
            "Somebody else may be shown what was kept, and what has been revoked goes on being shown.",
            DO_NOT_CACHE,
          ),
      ],
    );
  },
};

export const mixing = {
  id: "mixing",
  title: "Nobody gets another person's answer",
  asks: "Two people and a stranger fetch the same addresses in turn and at once, on connections of their own.",
  needsAgreement: true,
  async measure({ site, people, connections }) {
    const [session, jwt] = [await people.who("session"), await people.who("jwt")];
    const visitors = [
      { email: session.email, cookie: cookieHeader(session.cookies) },
      { email: jwt.email, cookie: cookieHeader(jwt.cookies, ["access"]) },
      { email: null, cookie: "" },
    ];
    const emails = [session.email, jwt.email];
    const fetched = await many(connections * 2, async (n) => {
      const { email, cookie } = visitors[n % visitors.length];
      const path = n % 2 ? "/api/me" : "/settings";
      const answer = await site.send("GET", path, { headers: cookie ? { cookie } : {} });
      return {
        path,
        email,
        status: answer.status,
        holds: emails.filter((each) => answer.text.includes(each)),
      };
    });
    return { fetched };
  },
  judge({ fetched }) {
    const mixed = fetched.filter(({ email, holds }) => holds.some((each) => each !== email));
    const paths = listed(mixed.map(({ path }) => path));
    return judged(
      `${fetched.length} answers to two people and a stranger, ${mixed.length} of them somebody else's`,
      [
        mixed.length > 0 &&
          fault(
            `${mixed.length} of ${fetched.length} answers (${paths}) belonged to somebody else.`,
            "People see each other's accounts.",
            DO_NOT_CACHE,
          ),
      ],
    );
  },
};
