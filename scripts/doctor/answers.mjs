// Reading what was received (wire.mjs): headers, cookies, problems, tokens. Nothing here sends.

/** All values of a header, in the order they came. */
export const headerValues = (answer, name) =>
  answer.headers.filter(([each]) => each === name).map(([, value]) => value);

/** One text, as HTTP joins several; null where there is none. */
export const header = (answer, name) => {
  const values = headerValues(answer, name);
  return values.length === 0 ? null : values.join(", ");
};

/** `{ name, plainName, value, attributes }`; `plainName` is without its prefix, attribute names are in lower case. */
export const cookiesOf = (answer) => headerValues(answer, "set-cookie").map(readCookie);

function readCookie(text) {
  const [pair = "", ...attributes] = text.split(/;\s*/);
  const cut = pair.indexOf("=");
  const name = pair.slice(0, cut);
  return {
    name,
    plainName: name.replace(/^__(?:Host|Secure)-/, ""),
    value: pair.slice(cut + 1),
    attributes: Object.fromEntries(
      attributes.map((attribute) => {
        const [key = "", ...value] = attribute.split("=");
        return [key.toLowerCase(), value.join("=")];
      }),
    ),
  };
}

/** The body as JSON; null where it is none. */
export function jsonOf(answer) {
  try {
    return JSON.parse(answer.text);
  } catch {
    return null;
  }
}

/** The stable code of a refusal that came in the form all refusals have (RFC 9457); null otherwise. */
export function codeOf(answer) {
  const isProblem = /^application\/problem\+json\b/.test(header(answer, "content-type") ?? "");
  const code = isProblem ? jsonOf(answer)?.code : null;
  return typeof code === "string" ? code : null;
}

/** `200`, or `401 session_ended`. */
export const outcome = (answer) => [answer.status, codeOf(answer)].filter(Boolean).join(" ");

/** How often each outcome came: `24 x 200, 3 x 401 session_ended`. */
export function tally(outcomes) {
  const counts = new Map();
  for (const each of outcomes) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([each, count]) => `${count} x ${each}`).join(", ");
}

/** Where a redirect leads, from `origin`; null where it is none or cannot be read. */
export function leadsTo(answer, origin) {
  const location = header(answer, "location");
  return location !== null && URL.canParse(location, origin) ? new URL(location, origin) : null;
}

export const isLoopback = (address) => /^(?:::ffff:)?127\.|^::1$/.test(address);

/** Header and claims of a JWT, unverified; null where it is none. */
export function readToken(token) {
  try {
    const [head, claims] = token
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url")));
    return { head, claims };
  } catch {
    return null;
  }
}
