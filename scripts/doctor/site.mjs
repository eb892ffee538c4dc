// The deployment that a command was given: its address, and whether a Halfstate answers there.
import { parseArgs } from "node:util";
import { jsonOf } from "./answers.mjs";
import { NoAnswer } from "./wire.mjs";

/** The arguments cannot be followed; the message says why. */
export class UsageError extends Error {}

/** `{ values, positionals }` of a command line (node:util). Throws a UsageError. */
export function parsedArguments(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** The one address among the arguments, as a URL that is an origin. Throws a UsageError. */
export function givenOrigin(positionals) {
  if (positionals.length !== 1) throw new UsageError("Give one address, such as https://my.host.");
  const [text] = positionals;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin =
    url &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === "/" &&
    !(url.search || url.hash || url.username || url.password);
  if (isOrigin) return url;
  throw new UsageError(`"${text}" is no origin: give an address such as https://my.host, without a path.`);
}

/** Null when a Halfstate answers there; else a sentence. */
export async function whyNotHalfstate(site) {
  try {
    const answer = await site.send("GET", "/api/openapi.json");
    if (jsonOf(answer)?.info?.title === "Halfstate") return null;
    return `${site.origin} answers, but not as a Halfstate: GET /api/openapi.json gave ${answer.status}.`;
  } catch (error) {
    if (error instanceof NoAnswer) return `${site.origin} cannot be reached: ${error.message}.`;
    throw error;
  }
}
