// The throw-away accounts of one run: opened when a check first needs them, removed at its end, whatever happened.
import { randomBytes } from "node:crypto";
import { codeOf, cookiesOf, header, outcome } from "./answers.mjs";
import { Untried } from "./findings.mjs";
import { NoAnswer } from "./wire.mjs";

/** Reserved for names that never exist (RFC 2606): no mail can ever reach anybody. */
const DOMAIN = "doctor.invalid";
const REMOVAL_TRIES = 12;

export const inventedEmail = () => `doctor-${randomBytes(8).toString("hex")}@${DOMAIN}`;
const inventedPassword = () => randomBytes(24).toString("base64url");

/** `Cookie` for the cookies whose plain names are given, or for all. */
export const cookieHeader = (cookies, names = [...cookies.keys()]) =>
  names
    .filter((name) => cookies.has(name))
    .map((name) => `${cookies.get(name).name}=${cookies.get(name).value}`)
    .join("; ");

/** Keeps what an answer set, by plain name, and drops what it cleared. */
export function keepCookies(cookies, answer) {
  for (const cookie of cookiesOf(answer)) {
    if (cookie.value === "") cookies.delete(cookie.plainName);
    else cookies.set(cookie.plainName, cookie);
  }
  return cookies;
}

export function peopleOf(site) {
  const everybody = [];
  const opened = new Map();

  async function signUp(mode) {
    const person = { email: inventedEmail(), password: inventedPassword(), mode, cookies: new Map() };
    // Before it is sent: an account whose answer was lost must be removed too.
    everybody.push(person);
    const { email, password } = person;
    const json = { email, password, name: "Doctor", mode };
    person.signedUp = await site.send("POST", "/api/auth/signup", { json });
    if (person.signedUp.status !== 201) {
      // After a fault of the proxy there may be an account all the same.
      if (person.signedUp.status < 500) everybody.splice(everybody.indexOf(person), 1);
      throw new Untried(`no account could be opened: ${whyRefused(person.signedUp)}`);
    }
    keepCookies(person.cookies, person.signedUp);
    // For the removal: checks end device sessions and renew cookies, but never this copy.
    person.firstCookies = new Map(person.cookies);
    return person;
  }

  return {
    /** The person who signed up in this mode. */
    who(mode) {
      if (!opened.has(mode)) opened.set(mode, signUp(mode));
      return opened.get(mode);
    },

    /**
     * One more device of a person: `{ cookies, answer }`. The cookie `device` goes along, so that it has a count of wrong passwords of
     * its own. Throws Untried where it is refused.
     */
    async logIn(person, mode, headers = {}) {
      const { email, password } = person;
      const cookie = cookieHeader(person.cookies, ["device"]);
      const json = { email, password, mode };
      const answer = await site.send("POST", "/api/auth/login", { json, headers: { cookie, ...headers } });
      if (answer.status !== 200) throw new Untried(`signing in was refused: ${whyRefused(answer)}`);
      return { cookies: keepCookies(new Map(), answer), answer };
    },

    /** Removes all accounts; resolves with a sentence for each that is left. */
    async removeAll() {
      // One whose sign-up is still on its way would come after its removal.
      await Promise.allSettled(opened.values());
      const left = [];
      for (const person of everybody) {
        const reason = await remove(person);
        if (reason) left.push(`${person.email} could not be removed (${reason}).`);
      }
      return left;
    },
  };

  /** Null when the account is gone, else why not. Tried more than once: where instances disagree, only some know the account. */
  async function remove(person) {
    let last = "";
    let unanswered = 0;
    for (let round = 0; round < REMOVAL_TRIES && unanswered < 3; round += 1) {
      try {
        const answer = await removeOnce(person, round >= REMOVAL_TRIES / 2);
        if (answer === null || answer.status === 204) return null;
        last = whyRefused(answer);
        if (answer.status === 429) break;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        last = error.message;
        unanswered += 1;
      }
    }
    return last;
  }

  /** Null where there is no such account. With `anew` it signs in first, in case its cookies are no longer good. */
  async function removeOnce(person, anew) {
    const { email, password } = person;
    let cookies = person.firstCookies ?? new Map();
    if (cookies.size === 0 || anew) {
      const headers = { cookie: cookieHeader(cookies, ["device"]) };
      const json = { email, password, mode: "session" };
      const answer = await site.send("POST", "/api/auth/login", { json, headers });
      // The answer to the sign-up was lost, and so was the sign-up.
      if (!person.firstCookies && codeOf(answer) === "invalid_credentials") return null;
      if (answer.status === 200) cookies = keepCookies(new Map(cookies), answer);
    }
    const headers = { cookie: cookieHeader(cookies) };
    return site.send("DELETE", "/api/me", { json: { password }, headers });
  }
}

/** In words: what was answered, and for a limit how long it lasts. */
export function whyRefused(answer) {
  if (answer.status !== 429) return `it answered ${outcome(answer)}`;
  const seconds = Number(header(answer, "retry-after"));
  const wait = seconds >= 120 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`;
  return `this address is limited; try again in ${Number.isFinite(seconds) ? wait : "a while"}`;
}
