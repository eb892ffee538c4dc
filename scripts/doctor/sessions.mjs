// The life of a device session over all instances: what has ended is over everywhere, and renewing loses nobody.
import { header, outcome, tally } from "./answers.mjs";
import { fault, judged, untried, warning } from "./findings.mjs";
import { renewalsAtOnce } from "./instances.mjs";
import { cookieHeader, keepCookies } from "./people.mjs";

/** What the app promises: refused by every instance after so long. */
const PROMISE_MS = 1000;
const GIVE_UP_MS = 8000;

/**
 * Asks `/api/me` on connections of its own until it was refused `stays` times in a row. `lastServedMs` is when the last request was
 * sent that was still served, counted from `since`; null when none was. `isOver` is false where it was served to the end.
 */
async function untilRefused(site, cookie, { since, stays }) {
  let lastServedMs = null;
  let inARow = 0;
  const outcomes = [];
  const worker = async () => {
    while (inARow < stays && performance.now() - since < GIVE_UP_MS) {
      const answer = await site.send("GET", "/api/me", { headers: { cookie } });
      outcomes.push(outcome(answer));
      if (answer.status === 200) {
        lastServedMs = Math.max(lastServedMs ?? 0, answer.sentAt - since);
        inARow = 0;
      } else inARow += 1;
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return { lastServedMs, isOver: inARow >= stays, outcomes: tally(outcomes) };
}

const tooLate = ({ isOver, lastServedMs }) => !isOver || (lastServedMs ?? 0) > PROMISE_MS;

const howSoon = ({ isOver, lastServedMs }) => {
  if (!isOver) return `never refused (asked for ${GIVE_UP_MS / 1000} s)`;
  return lastServedMs === null ? "refused at once" : `refused after ${Math.round(lastServedMs)} ms`;
};

const REVOCATION_REMEDY =
  "Give every instance the same DATABASE_URL (and REDIS_URL where it is used), see `revocationFeed` in /api/health/ready of each, and let no cache keep API answers.";

export const logout = {
  id: "logout",
  title: "Logging out ends it everywhere",
  asks: "Logs out in both modes with a copy of the cookies kept, and asks with the copy on many connections until all refuse: within a second, and for good.",
  needsAgreement: true,
  async measure({ site, people, connections }) {
    const person = await people.who("session");
    const ended = [];
    for (const mode of ["session", "jwt"]) {
      const { cookies } = await people.logIn(person, mode);
      const cookie = cookieHeader(cookies, ["session", "access", "refresh"]);
      const before = outcome(await site.send("GET", "/api/me", { headers: { cookie } }));
      const answer = await site.send("POST", "/api/auth/logout", { headers: { cookie } });
      const refusal = await untilRefused(site, cookie, { since: answer.receivedAt, stays: connections });
      const renewal =
        mode === "jwt"
          ? await site.send("POST", "/api/auth/refresh", {
              headers: { cookie: cookieHeader(cookies, ["refresh"]) },
            })
          : null;
      ended.push({ mode, before, answer, ...refusal, renewal: renewal && outcome(renewal) });
    }
    return { ended };
  },
  judge({ ended }) {
    const unable = ended.find(({ before }) => before !== "200");
    if (unable) return untried(`a fresh sign-in in ${unable.mode} mode answers ${unable.before}`);
    return judged(
      ended.map((one) => `${one.mode} ${howSoon(one)}`).join(", "),
      ended.flatMap((one) => [
        one.answer.status !== 204 &&
          fault(
            `Logging out in ${one.mode} mode answered ${outcome(one.answer)}.`,
            "People believe that they are signed out, and are not.",
            "Let the proxy pass POST /api/auth/logout on.",
          ),
        tooLate(one) &&
          fault(
            `After logging out in ${one.mode} mode a copy of the cookies was still served: ${one.isOver ? `until ${Math.round(one.lastServedMs)} ms later` : `${GIVE_UP_MS / 1000} s later (${one.outcomes})`}.`,
            "Whoever has stolen them stays in. The promise is one second.",
            REVOCATION_REMEDY,
          ),
        one.renewal !== null &&
          !one.renewal.startsWith("401") &&
          fault(
            `After logging out the refresh token was answered ${one.renewal}.`,
            "Whoever has stolen it gets new tokens for a month.",
            REVOCATION_REMEDY,
          ),
        !/"cache"/.test(header(one.answer, "clear-site-data") ?? "") &&
          warning(
            `Clear-Site-Data is missing on the answer to logging out (${one.mode}).`,
            "What the browser has kept of the account stays in it.",
            "Let the proxy pass Clear-Site-Data on.",
          ),
      ]),
    );
  },
};

export const modeSwitch = {
  id: "mode-switch",
  title: "Switching the mode ends the old credential",
  asks: "Switches from sessions to JWT and back, and asks on many connections with the old and the new cookies.",
  needsAgreement: true,
  async measure({ site, people, connections }) {
    const person = await people.who("session");
    let { cookies } = await people.logIn(person, "session");
    const switched = [];
    for (const mode of ["jwt", "session"]) {
      const old = cookieHeader(cookies, ["session", "access"]);
      const headers = { cookie: cookieHeader(cookies) };
      const answer = await site.send("POST", "/api/auth/mode", { json: { mode }, headers });
      if (answer.status !== 200) return { switched: [...switched, { mode, answer: outcome(answer) }] };
      cookies = keepCookies(new Map(cookies), answer);
      const fresh = cookieHeader(cookies, ["session", "access"]);
      const refusal = await untilRefused(site, old, { since: answer.receivedAt, stays: connections });
      const now = outcome(await site.send("GET", "/api/me", { headers: { cookie: fresh } }));
      switched.push({ mode, answer: "200", now, ...refusal });
    }
    return { switched };
  },
  judge({ switched }) {
    const refused = switched.find(({ answer }) => answer !== "200");
    if (refused)
      return judged(`switching to ${refused.mode} answers ${refused.answer}`, [
        fault(
          `Switching to ${refused.mode} mode answers ${refused.answer}.`,
          "People cannot choose how they are kept signed in.",
          "Let the proxy pass POST /api/auth/mode with its cookies on, and see the log of the app.",
        ),
      ]);
    return judged(
      switched.map((one) => `to ${one.mode}: the old one ${howSoon(one)}`).join(", "),
      switched.flatMap((one) => [
        tooLate(one) &&
          fault(
            `The credential before the switch to ${one.mode} mode was still served ${one.isOver ? `until ${Math.round(one.lastServedMs)} ms later` : `${GIVE_UP_MS / 1000} s later`}.`,
            "A person has two live credentials where there should be one.",
            REVOCATION_REMEDY,
          ),
        one.now !== "200" &&
          fault(
            `The new credential in ${one.mode} mode is answered ${one.now}.`,
            "Switching signs people out.",
            "Let the proxy pass every Set-Cookie header on; some keep only the first.",
          ),
      ]),
    );
  },
};

export const refreshRace = {
  id: "refresh-race",
  title: "Renewing at once in many tabs loses nobody",
  asks: "Renews twelve times at once with one refresh token: all must succeed, with one and the same successor.",
  needsAgreement: true,
  async measure(visit) {
    const { before, answers, refreshTokens } = await renewalsAtOnce(visit);
    return { before, outcomes: answers.map(outcome), refreshTokens };
  },
  judge({ before, outcomes, refreshTokens }) {
    const refused = outcomes.filter((each) => each !== "200");
    if (refused.some((each) => each.startsWith("429"))) return untried("renewals are limited just now");
    const successors = new Set(refreshTokens.filter(Boolean));
    return judged(
      `${outcomes.length - refused.length} of ${outcomes.length} succeeded, with ${successors.size} successor${successors.size === 1 ? "" : "s"}`,
      [
        refused.length > 0 &&
          fault(
            `${refused.length} of ${outcomes.length} renewals at once were refused: ${tally(refused)}.`,
            "People with several tabs are signed out at random.",
            "Set REFRESH_GRACE_SECONDS to 10 (0 pardons no race), and give every instance the same DATABASE_URL and REFRESH_TOKEN_SECRET.",
          ),
        successors.size > 1 &&
          fault(
            `One refresh token got ${successors.size} different successors.`,
            "The tabs that keep the wrong one are taken for thieves and signed out.",
            "Give every instance the same REFRESH_TOKEN_SECRET and DATABASE_URL.",
          ),
        successors.has(before) &&
          fault(
            "A renewal handed the old refresh token back.",
            "A stolen token works for as long as the device session lasts.",
            "Let no cache keep answers to POST /api/auth/refresh.",
          ),
      ],
    );
  },
};

export const refreshReuse = {
  id: "refresh-reuse",
  title: "A stolen refresh token ends the device session",
  asks: "Renews twice and then plays the thief with the first token: that must be refused as reuse, and end what came of it.",
  needsAgreement: true,
  async measure({ site, people, connections }) {
    const person = await people.who("session");
    const first = (await people.logIn(person, "jwt")).cookies;
    const renew = (cookies) =>
      site.send("POST", "/api/auth/refresh", { headers: { cookie: cookieHeader(cookies, ["refresh"]) } });
    let latest = first;
    for (let round = 0; round < 2; round += 1) {
      const answer = await renew(latest);
      if (answer.status !== 200) return { renewed: outcome(answer) };
      latest = keepCookies(new Map(latest), answer);
    }
    const theft = await renew(first);
    const access = cookieHeader(latest, ["access"]);
    const refusal = await untilRefused(site, access, { since: theft.receivedAt, stays: connections });
    return { renewed: "200", theft: outcome(theft), owner: outcome(await renew(latest)), ...refusal };
  },
  judge({ renewed, theft, owner, ...refusal }) {
    if (renewed !== "200") return untried(`a fresh refresh token is answered ${renewed}`);
    return judged(`the old token is answered ${theft}, its device session ${howSoon(refusal)}`, [
      theft !== "401 refresh_reused" &&
        fault(
          `A refresh token from two renewals ago was answered ${theft}, not 401 refresh_reused.`,
          "A thief one step behind is not noticed.",
          "Let no cache keep answers to POST /api/auth/refresh, and give every instance the same DATABASE_URL and REFRESH_TOKEN_SECRET.",
        ),
      !owner.startsWith("401") &&
        fault(
          `After the reuse the newest refresh token was still answered ${owner}.`,
          "Of thief and owner, whoever has the newest stays in.",
          REVOCATION_REMEDY,
        ),
      tooLate(refusal) &&
        fault(
          `After the reuse the newest access token was still served (${refusal.outcomes}).`,
          "A thief goes on until it expires.",
          REVOCATION_REMEDY,
        ),
    ]);
  },
};
