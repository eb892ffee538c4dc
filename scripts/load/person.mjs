// One simulated person: signs up, looks around with silent renewals, switches, logs out, comes back and leaves for good.
import { randomBytes } from "node:crypto";
import { codeOf, cookiesOf, jsonOf, outcome } from "../doctor/answers.mjs";
import { NoAnswer } from "../doctor/wire.mjs";

/** Reserved for names that never exist (RFC 2606): no mail can ever reach anybody. */
const DOMAIN = "load.invalid";

/** Contract: an ended credential is refused everywhere within one second. Watched for longer, so as to tell how late it is. */
const WATCH_MS = 5_000;
const REFUSALS_IN_A_ROW = 3;
const LONGEST_WAIT_SECONDS = 10;
const TRIES = 4;

/** This person cannot go on: what came was wrong, and is in the tally. */
class Lost extends Error {}

/**
 * Lives one life at `site` (doctor/wire.mjs) and notes all of it in `tally`. `pause(seconds)` waits, shorter once the test is ending;
 * `isEnding()` tells. Resolves with the email where the account could not be removed, else null.
 */
export async function live({ site, tally, pause, isEnding }, { mode, visits, thinkSeconds, renewSeconds }) {
  const email = `load-${randomBytes(8).toString("hex")}@${DOMAIN}`;
  const password = randomBytes(18).toString("base64url");
  const jar = new Map();
  let renewedAt = performance.now();
  let current = mode;

  async function ask(kind, method, path, { json, cookies = jar, expected = [200], check = () => true } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await sendOnce(kind, method, path, { json, cookies, expected, check });
      if (!isPutOff(answer) || attempt === TRIES) return answer;
      const seconds = Number(headerOf(answer, "retry-after") ?? 1);
      if (seconds > LONGEST_WAIT_SECONDS) return answer;
      await pause(seconds);
    }
  }

  async function sendOnce(kind, method, path, { json, cookies, expected, check }) {
    const sentAt = performance.now();
    let answer;
    try {
      answer = await site.send(method, path, { json, headers: cookieHeaders(cookies, path) });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      tally.add(kind, "wrong", performance.now() - sentAt, performance.now(), error.message);
      throw new Lost(error.message);
    }
    const isRight = expected.includes(answer.status) && check(answer);
    const verdict = isRight ? "fine" : putOffBy(answer);
    const words = expected.includes(answer.status) ? "not this person's answer" : outcome(answer);
    tally.add(kind, verdict, answer.receivedAt - answer.sentAt, performance.now(), words);
    if (cookies === jar) keep(jar, answer);
    return answer;
  }

  const must = (answer, ...expected) => {
    if (!expected.includes(answer.status)) throw new Lost(outcome(answer));
    return answer;
  };

  async function me() {
    const isOwn = (answer) => {
      if (answer.status !== 200) return true;
      const { user, session } = jsonOf(answer) ?? {};
      return user?.email === email && session?.mode === current;
    };
    const kind = `GET /api/me, ${current}`;
    const answer = await ask(kind, "GET", "/api/me", { expected: [200, 401], check: isOwn });
    if (answer.status === 200) return;
    // As our own pages do: an expired token is renewed once, and the request sent again.
    if (codeOf(answer) !== "token_expired") return wrong(kind, answer);
    await renew();
    must(await ask(kind, "GET", "/api/me", { check: isOwn }), 200);
  }

  function wrong(kind, answer) {
    tally.add(kind, "wrong", 0, performance.now(), outcome(answer));
    throw new Lost(outcome(answer));
  }

  async function renew() {
    renewedAt = performance.now();
    must(await ask("renew", "POST", "/api/auth/refresh", { json: {} }), 200);
  }

  async function page() {
    const showsSignedIn = (answer) => answer.status !== 200 || answer.text.includes(email);
    const answer = await ask(`page, ${current}`, "GET", "/dashboard", {
      expected: [200, 303, 307],
      check: showsSignedIn,
    });
    if (answer.status !== 200) await renew();
  }

  async function lookAround() {
    for (let n = 0; n < visits && !isEnding(); n += 1) {
      const isDue = performance.now() - renewedAt > renewSeconds * 1000;
      if (current === "jwt" && isDue) await renew();
      // A page, and what its scripts ask for.
      if (n % 3 === 0) await page();
      else await me();
      await pause(-Math.log(1 - Math.random()) * thinkSeconds);
    }
  }

  /** How long the credentials of `old` are accepted after the answer that ended them. */
  async function watchEnd(old) {
    const endedAt = performance.now();
    let lastAcceptedAt = endedAt;
    for (let refusals = 0; refusals < REFUSALS_IN_A_ROW;) {
      const answer = await ask("after the end", "GET", "/api/me", { cookies: old, expected: [200, 401] });
      if (isPutOff(answer)) break;
      refusals = answer.status === 401 ? refusals + 1 : 0;
      if (answer.status === 200) lastAcceptedAt = answer.receivedAt;
      if (performance.now() - endedAt > WATCH_MS) break;
    }
    tally.addRevocation(lastAcceptedAt - endedAt);
  }

  async function switchMode() {
    const old = new Map(jar);
    const next = current === "jwt" ? "session" : "jwt";
    must(await ask("switch", "POST", "/api/auth/mode", { json: { mode: next } }), 200);
    current = next;
    await watchEnd(old);
  }

  async function logOut() {
    const old = new Map(jar);
    must(await ask("log out", "POST", "/api/auth/logout", { json: {}, expected: [204] }), 204);
    await watchEnd(old);
  }

  async function logIn() {
    const json = { email, password, mode: current };
    must(await ask("log in", "POST", "/api/auth/login", { json }), 200);
    renewedAt = performance.now();
  }

  /** Gone for good, whatever happened before. */
  async function leave() {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        const answer = await ask("leave", "DELETE", "/api/me", { json: { password }, expected: [204, 401] });
        if (answer.status === 204) return null;
        await logIn();
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        await pause(1);
      }
    }
    return email;
  }

  try {
    const json = { email, password, name: "Load", mode };
    const signedUp = await ask("sign up", "POST", "/api/auth/signup", { json, expected: [201] });
    if (signedUp.status !== 201) return null;
    await lookAround();
    if (!isEnding()) await switchMode();
    await lookAround();
    if (!isEnding()) {
      await logOut();
      await logIn();
      await lookAround();
    }
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
  }
  return leave();
}

const headerOf = (answer, name) => answer.headers.find(([each]) => each === name)?.[1];

const isPutOff = (answer) => putOffBy(answer) !== "wrong";

function putOffBy(answer) {
  if (answer.status === 429) return "limited";
  return codeOf(answer) === "overloaded" ? "overloaded" : "wrong";
}

function keep(jar, answer) {
  for (const { name, plainName, value, attributes } of cookiesOf(answer)) {
    if (value === "") jar.delete(plainName);
    else jar.set(plainName, { name, value, path: attributes.path ?? "/" });
  }
}

function cookieHeaders(jar, path) {
  const carried = [...jar.values()].filter((cookie) => path.startsWith(cookie.path));
  return carried.length === 0
    ? {}
    : { cookie: carried.map(({ name, value }) => `${name}=${value}`).join("; ") };
}
