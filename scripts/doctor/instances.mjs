// Whether all instances are one deployment: the same secrets, keys, database and time.
import { createPublicKey, verify } from "node:crypto";
import { header, jsonOf, outcome, readToken, tally } from "./answers.mjs";
import { fault, judged, listed, untried, warning } from "./findings.mjs";
import { cookieHeader, keepCookies } from "./people.mjs";
import { many } from "./wire.mjs";

/** So many renewals with one and the same refresh token at once; shared by the checks that look at what came of it. */
export function renewalsAtOnce({ site, people, once }) {
  return once("renewals at once", async () => {
    const person = await people.who("jwt");
    const cookie = cookieHeader(person.cookies, ["refresh"]);
    const before = person.cookies.get("refresh")?.value ?? null;
    const answers = await many(12, () => site.send("POST", "/api/auth/refresh", { headers: { cookie } }), 12);
    const successors = answers.map((answer) => keepCookies(new Map(), answer));
    for (const answer of answers) if (answer.status === 200) keepCookies(person.cookies, answer);
    return {
      before,
      answers,
      refreshTokens: successors.map((cookies) => cookies.get("refresh")?.value ?? null),
      accessTokens: successors.map((cookies) => cookies.get("access")?.value ?? null),
    };
  });
}

export const secrets = {
  id: "secrets",
  title: "What one instance issues, all accept",
  asks: "Signs in once in each mode and then, on many connections, asks who that is, renews, and logs in with the right password.",
  async measure(visit) {
    const { site, people, connections } = visit;
    const [session, jwt] = [await people.who("session"), await people.who("jwt")];
    const me = (cookie) =>
      many(connections, async () => outcome(await site.send("GET", "/api/me", { headers: { cookie } })));
    const [inSession, inJwt] = [
      await me(cookieHeader(session.cookies)),
      await me(cookieHeader(jwt.cookies, ["access"])),
    ];
    const { email, password } = session;
    const headers = { cookie: cookieHeader(session.cookies, ["device"]) };
    const logIns = [];
    // Wrong answers count as wrong passwords: two are enough to know.
    while (logIns.length < 6 && logIns.filter((each) => each !== "200").length < 2)
      logIns.push(
        outcome(await site.send("POST", "/api/auth/login", { json: { email, password }, headers })),
      );
    const renewals = (await renewalsAtOnce(visit)).answers.map(outcome);
    return { inSession, inJwt, renewals, logIns };
  },
  judge({ inSession, inJwt, renewals, logIns }) {
    const all = [...inSession, ...inJwt, ...renewals, ...logIns];
    const has = (outcomes, code) => outcomes.includes(`401 ${code}`);
    const isLimited = all.some((each) => each.startsWith("429"));
    const count = (outcomes) => `${outcomes.filter((each) => each !== "200").length} of ${outcomes.length}`;
    // A session that an instance does not find was written to another database; then nothing else can agree.
    const isSplit = has(inSession, "session_ended");
    const known = new Set([
      "200",
      "401 credential_invalid",
      "401 session_ended",
      "401 refresh_invalid",
      "401 invalid_credentials",
    ]);
    const other = all.filter((each) => !known.has(each) && !each.startsWith("429"));
    const measured = `session ${accepted(inSession)}, JWT ${accepted(inJwt)}, renewal ${accepted(renewals)}, log-in ${accepted(logIns)}`;
    const SAME = "Give every instance the same value and restart them, one after the other if you like.";
    const findings = [
      isSplit &&
        fault(
          `A fresh session was unknown on ${count(inSession)} connections.`,
          "The instances keep their data in different databases: people are signed out at random, and limits and revocations do not hold.",
          "Give every instance the same DATABASE_URL. With SQLite there can be only one instance: use PostgreSQL for more.",
        ),
      has(inSession, "credential_invalid") &&
        fault(
          `A fresh session cookie was not accepted on ${count(inSession)} connections.`,
          "SESSION_SECRET differs between the instances, or a proxy changes the cookie: people are signed out at random.",
          `Check SESSION_SECRET. ${SAME}`,
        ),
      has(inJwt, "credential_invalid") &&
        fault(
          `A fresh access token was not accepted on ${count(inJwt)} connections.`,
          "ACCESS_TOKEN_KEYS (or TOKEN_ISSUER, TOKEN_AUDIENCE, APP_URL) differs between the instances: JWT mode fails at random.",
          `Check ACCESS_TOKEN_KEYS, TOKEN_ISSUER, TOKEN_AUDIENCE and APP_URL. ${SAME} To change keys use \`npm run keys -- rotate --in 24\`.`,
        ),
      has(inJwt, "session_ended") &&
        fault(
          `A fresh access token counted as revoked on ${count(inJwt)} connections.`,
          "An instance knows of revocations that did not happen.",
          "Give every instance the same DATABASE_URL, and set the clocks of all machines by NTP.",
        ),
      !isSplit &&
        has(renewals, "refresh_invalid") &&
        fault(
          `A fresh refresh token was not accepted on ${count(renewals)} connections.`,
          "REFRESH_TOKEN_SECRET differs between the instances: JWT mode ends at random after a quarter of an hour.",
          `Check REFRESH_TOKEN_SECRET. ${SAME}`,
        ),
      !isSplit &&
        has(logIns, "invalid_credentials") &&
        fault(
          `The right password was not accepted in ${count(logIns)} log-ins.`,
          "PASSWORD_PEPPER differs between the instances: whether people can log in depends on which one they meet.",
          `Check PASSWORD_PEPPER. ${SAME} Keep the value under which accounts were opened.`,
        ),
      other.length > 0 &&
        fault(
          `Answered otherwise: ${tally(other)}.`,
          "A credential that is good was lost on the way, or an instance is not well.",
          "Let the proxy pass the whole Cookie header on (nginx: large_client_header_buffers 4 16k), and see the log of the app.",
        ),
    ].filter(Boolean);
    if (findings.length === 0 && isLimited) return untried(`limited: ${measured}`);
    return judged(measured, findings);
  },
};

const accepted = (outcomes) => `${outcomes.filter((each) => each === "200").length}/${outcomes.length}`;

export const keys = {
  id: "keys",
  title: "All instances publish and use the same keys",
  asks: "Fetches the JWKS on many connections, compares, and verifies with it every token that was issued meanwhile.",
  async measure(visit) {
    const { site, people, connections } = visit;
    const fetched = await many(connections, async () => {
      const answer = await site.send("GET", "/.well-known/jwks.json");
      const set = jsonOf(answer)?.keys;
      return {
        outcome: outcome(answer),
        keys: Array.isArray(set) ? set : [],
        cacheControl: header(answer, "cache-control"),
      };
    });
    // Without an account there are no tokens, and the keys can still be compared.
    const person = await people.who("jwt").catch(() => null);
    const tokens = person
      ? [person.firstCookies.get("access")?.value, ...(await renewalsAtOnce(visit)).accessTokens]
      : [];
    return { fetched, tokens: tokens.filter(Boolean) };
  },
  judge({ fetched, tokens }) {
    const failed = fetched.filter((one) => one.outcome !== "200" || one.keys.length === 0);
    const sets = new Map(
      fetched.filter((one) => !failed.includes(one)).map(({ keys: each }) => [idsOf(each), each]),
    );
    const published = new Map([...sets.values()].flat().map((key) => [key.kid, key]));
    const unpublished = listed(
      tokens.map((token) => readToken(token)?.head.kid ?? "none").filter((kid) => !published.has(kid)),
    );
    const forged = tokens.filter((token) => {
      const key = published.get(readToken(token)?.head.kid);
      return key && !isSignedBy(token, key);
    }).length;
    const isPrivate = [...published.values()].some((key) => "d" in key);
    const rules = fetched.map(({ cacheControl }) => cacheControl ?? "");
    const stale = rules.some((rule) => Number(/max-age=(\d+)/.exec(rule)?.[1] ?? 0) > 86_400);
    return judged(
      `${published.size === 1 ? "1 key" : `${published.size} keys`}, ${sets.size === 1 ? "the same" : `in ${sets.size} sets`} on ${fetched.length} connections; ${tokens.length - forged} tokens verified`,
      [
        isPrivate &&
          fault(
            "The published keys hold their private part.",
            "Anybody can sign tokens as this deployment.",
            "Rotate ACCESS_TOKEN_KEYS at once (`npm run keys -- new`), and find out what publishes them: the app leaves the private part out.",
          ),
        failed.length > 0 &&
          fault(
            `/.well-known/jwks.json answered ${tally(failed.map((one) => one.outcome))} on ${failed.length} of ${fetched.length} connections.`,
            "Other services cannot verify tokens of this deployment.",
            "Let the proxy pass /.well-known/jwks.json on to the app.",
          ),
        sets.size > 1 &&
          fault(
            `${sets.size} different sets of keys are published: ${[...sets.keys()].join(" and ")}.`,
            "Tokens of one instance are refused by another, and by services that fetched the other's keys. Right after `npm run keys -- rotate` it may pass.",
            "Give every instance the same ACCESS_TOKEN_KEYS and restart them.",
          ),
        unpublished &&
          fault(
            `Tokens are signed with a key that nobody publishes: ${unpublished}.`,
            "No service can verify them.",
            "Give every instance the same ACCESS_TOKEN_KEYS, and let no cache keep the JWKS for longer than it says.",
          ),
        forged > 0 &&
          fault(
            `${forged} of ${tokens.length} tokens do not verify with the key they name.`,
            "Two keys share one kid.",
            "Give every instance the same ACCESS_TOKEN_KEYS; make new ones with `npm run keys -- new` rather than by hand.",
          ),
        stale &&
          warning(
            `The JWKS may be kept for longer than a day (${listed(rules)}).`,
            "After a rotation services would refuse good tokens.",
            "Let the proxy pass its Cache-Control on as it comes.",
          ),
      ],
    );
  },
};

const idsOf = (set) =>
  set
    .map(({ kid }) => kid)
    .sort()
    .join("+");

function isSignedBy(token, jwk) {
  const [head, claims, signature] = token.split(".");
  const algorithms = { EdDSA: null, ES256: "sha256" };
  if (!(jwk.alg in algorithms)) return false;
  try {
    const { kty, crv, x, y } = jwk;
    const key = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
    return verify(
      algorithms[jwk.alg],
      Buffer.from(`${head}.${claims}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
  } catch {
    return false;
  }
}

/** Halfstate's own tolerance for the times in a token. */
const TOLERANCE_SECONDS = 5;

export const clock = {
  id: "clock",
  title: "The clocks agree",
  asks: "Compares the `Date` of answers and the `iat` of tokens with this machine's clock, corrected by the time of the way, and with each other.",
  async measure(visit) {
    const dates = await many(visit.connections, () => visit.site.send("GET", "/api/health/live"));
    const person = await visit.people.who("jwt").catch(() => null);
    const renewals = person ? await renewalsAtOnce(visit) : { answers: [], accessTokens: [] };
    // Whole seconds, cut off: half a second is the best guess at the rest.
    return {
      dates: dates
        .filter((answer) => header(answer, "date"))
        .map((answer) => Date.parse(header(answer, "date")) / 1000 + 0.5 - answer.clock / 1000),
      tokens: renewals.answers.flatMap((answer, n) => {
        const claims = readToken(renewals.accessTokens[n] ?? "")?.claims;
        return claims ? [claims.iat + 0.5 - answer.clock / 1000] : [];
      }),
      roundTripSeconds: Math.max(0, ...dates.map((answer) => (answer.receivedAt - answer.sentAt) / 1000)),
    };
  },
  judge({ dates, tokens, roundTripSeconds }) {
    const all = [...dates, ...tokens];
    if (all.length === 0) return untried("no answer told the time");
    const spread = Math.max(spreadOf(dates), spreadOf(tokens));
    // Each is known to half a second, and to half the way there and back.
    const certain = Math.max(0, spread - 1 - roundTripSeconds);
    const offset = median(tokens.length > 0 ? tokens : dates);
    return judged(
      `${Math.abs(offset).toFixed(1)} s ${offset < 0 ? "behind" : "ahead of"} this machine; instances within ${spread.toFixed(1)} s (known to 1 s)`,
      [
        certain > TOLERANCE_SECONDS &&
          fault(
            `The instances' clocks are ${spread.toFixed(0)} s apart.`,
            "Tokens end too soon or too late, the grace of a refresh does not hold, and waits are of the wrong length.",
            "Set the clocks of all machines by NTP (chrony, systemd-timesyncd).",
          ),
        certain > 1 &&
          certain <= TOLERANCE_SECONDS &&
          warning(
            `The instances' clocks are ${spread.toFixed(0)} s apart.`,
            `Up to ${TOLERANCE_SECONDS} s are tolerated; this uses much of it up.`,
            "Set the clocks of all machines by NTP (chrony, systemd-timesyncd).",
          ),
        Math.abs(offset) > 30 &&
          warning(
            `Server and this machine are ${Math.abs(offset).toFixed(0)} s apart.`,
            "One of the two clocks is wrong; other services judge the server's tokens by their own.",
            "Set both by NTP.",
          ),
      ],
    );
  },
};

const spreadOf = (values) => (values.length === 0 ? 0 : Math.max(...values) - Math.min(...values));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
