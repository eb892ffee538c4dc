// Cookies as they arrive: what the app set, after everything in between.
import { cookiesOf } from "./answers.mjs";
import { fault, judged, listed, untried, warning } from "./findings.mjs";

/** http-contract: `refresh` goes to the renewal alone; the rest to every path. */
const OURS = {
  session: { path: "/", prefix: "__Host-" },
  access: { path: "/", prefix: "__Host-" },
  refresh: { path: "/api/auth", prefix: "__Secure-" },
  device: { path: "/", prefix: "__Host-" },
  flash: { path: "/", prefix: "__Host-" },
  renewed: { path: "/", prefix: "__Host-" },
};
const EXPECTED = { session: ["session", "device"], jwt: ["access", "refresh", "device"] };
/** Browsers keep none for longer (RFC 6265bis). */
const LONGEST_SECONDS = 400 * 24 * 60 * 60;

export const cookies = {
  id: "cookies",
  title: "Cookies as received",
  asks: "Signs up in both modes, logs out, and reads names, prefixes, flags, paths and ages of every cookie that came.",
  async measure({ site, people }) {
    const [session, jwt] = [await people.who("session"), await people.who("jwt")];
    // Without a credential: so nothing ends, and the clearing of cookies is answered all the same.
    const cleared = await site.send("POST", "/api/auth/logout");
    return {
      isHttps: site.isHttps,
      session: cookiesOf(session.signedUp),
      jwt: cookiesOf(jwt.signedUp),
      cleared: cookiesOf(cleared),
    };
  },
  judge({ isHttps, session, jwt, cleared }) {
    const all = [...session, ...jwt, ...cleared];
    const ours = all.filter(({ plainName }) => plainName in OURS);
    const foreign = all.filter(({ plainName }) => !(plainName in OURS));
    const issued = { session, jwt };
    if (ours.length === 0) return untried("no cookie was set");

    const missing = Object.entries(EXPECTED).flatMap(([mode, names]) =>
      names.filter((name) => !issued[mode].some(({ plainName, value }) => plainName === name && value)),
    );
    const twice = Object.values(issued).flatMap((set) =>
      set.filter((one) => set.some((other) => other !== one && other.plainName === one.plainName)),
    );
    const where = (test) => listed(ours.filter(test).map(({ plainName }) => plainName));
    const readable = where(({ attributes }) => !("httponly" in attributes));
    const insecure = isHttps && where(({ attributes }) => !("secure" in attributes));
    const unsendable = !isHttps && where(({ attributes }) => "secure" in attributes);
    const misnamed = where(
      ({ name, plainName }) => name !== (isHttps ? OURS[plainName].prefix : "") + plainName,
    );
    const crossSite = where(({ attributes }) => !/^(?:lax|strict)$/i.test(attributes.samesite ?? ""));
    const wide = where(({ attributes }) => "domain" in attributes);
    const misplaced = where(({ plainName, attributes }) => attributes.path !== OURS[plainName].path);
    const ageless = listed(
      [...session, ...jwt]
        .filter(({ plainName, value }) => plainName in OURS && value !== "")
        .filter(({ attributes }) => !(ageOf(attributes) > 0 && ageOf(attributes) <= LONGEST_SECONDS))
        .map(({ plainName }) => plainName),
    );
    const PROXY =
      "Look for what rewrites Set-Cookie on the way (nginx: proxy_cookie_flags, proxy_cookie_path, proxy_cookie_domain) and take it out.";

    return judged(`${ours.length} cookies in 3 answers, ${isHttps ? "https" : "http"}`, [
      missing.length > 0 &&
        fault(
          `Not received after signing up: ${listed(missing)}.`,
          "A browser is not signed in, or is forgotten sooner than it should be.",
          "Let the proxy pass every Set-Cookie header on; some keep only the first.",
        ),
      twice.length > 0 &&
        fault(
          `Received twice in one answer: ${listed(twice.map(({ plainName }) => plainName))}.`,
          "Which of the two a browser keeps is a matter of luck.",
          PROXY,
        ),
      readable &&
        fault(
          `HttpOnly is missing on ${readable}.`,
          "Any script in the page can read the credential and take it away.",
          PROXY,
        ),
      insecure &&
        fault(
          `Secure is missing on ${insecure}.`,
          "A browser sends it over plain http too, where it can be read.",
          `Set APP_URL=https://…, which adds it. ${PROXY}`,
        ),
      unsendable &&
        fault(
          `Secure is set on ${unsendable}, and this is plain http.`,
          "A browser throws the cookie away, so nobody can sign in here.",
          "Use the https address of APP_URL, or set APP_URL to the http address in use.",
        ),
      misnamed &&
        fault(
          `The names of ${misnamed} ${isHttps ? "lack the prefix __Host- or __Secure-" : "carry a prefix that plain http cannot keep"}.`,
          "Prefixes are how a browser refuses a cookie that another host or plain http has planted.",
          `Set APP_URL to the address in use, ${isHttps ? "https://…" : "http://…"}.`,
        ),
      crossSite &&
        fault(
          `SameSite is neither Lax nor Strict on ${crossSite}.`,
          "Other sites can have it sent along with their requests.",
          PROXY,
        ),
      wide &&
        fault(`Domain is set on ${wide}.`, "Every host below that domain receives the credential.", PROXY),
      misplaced &&
        fault(
          `The Path of ${misplaced} is not the one that was set.`,
          "With another path the cookie is not sent where it is needed, or is sent where it should not be; a __Host- cookie is thrown away.",
          PROXY,
        ),
      ageless &&
        fault(
          `Max-Age of ${ageless} is missing or not sensible.`,
          "It is forgotten at once, or when the browser closes, or is asked to be kept for longer than browsers do.",
          PROXY,
        ),
      foreign.length > 0 &&
        warning(
          `Something in front sets cookies of its own: ${listed(foreign.map(({ name }) => name))}.`,
          "If they tie a visitor to one instance, they are not needed here: any instance can answer anybody.",
          "Turn stickiness off in the balancer.",
        ),
    ]);
  },
};

const ageOf = ({ "max-age": maxAge, expires }) =>
  maxAge !== undefined ? Number(maxAge) : (Date.parse(expires ?? "") - Date.now()) / 1000;
