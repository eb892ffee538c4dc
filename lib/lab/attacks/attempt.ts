/** One request of an attack and what came of it, judged by its answer alone; credentials are shortened before anything is kept. */
import type { Delivered } from "@/lib/lab/courier";

export type Attempt = {
  /** What is tried, in a few words. */
  what: string;
  /** A control must work: otherwise the refusals beside it would prove nothing. */
  kind: "attack" | "control";
  /** An attack: it came to nothing. A control: it worked. */
  holds: boolean;
  /** What the answer shows. */
  shows: string;
  request: string;
  answer: string;
};

/** Milliseconds of each log-in, in the order in which they were made. */
export type Timing = {
  known: number[];
  unknown: number[];
  /** Median of the known account's minus median of the unknown one's. */
  difference: number;
  /** The share of random relabellings whose difference is at least as large; null until it is known. */
  chance: number | null;
};

export type Outcome = { attempts: Attempt[]; timing?: Timing };

type Judged = Pick<Attempt, "what" | "kind" | "holds" | "shows">;

export const attempt = (delivered: Delivered, judged: Judged): Attempt => ({
  ...judged,
  request: requestText(delivered),
  answer: answerText(delivered),
});

/** `401 session_ended` and the like. */
export const outcomeOf = ({ status, code }: Delivered): string =>
  code ? `${status} ${code}` : String(status);

/** Refused with one of these codes, and nothing else will do. */
export const refusedWith =
  (...codes: string[]) =>
  (delivered: Delivered): boolean =>
    delivered.code !== null && codes.includes(delivered.code);

export const header = ({ headers }: Delivered, wanted: string): string | null =>
  headers.find(([name]) => name === wanted)?.[1] ?? null;

/** Who GET /api/me says is calling; null where it says nobody. */
export function calledAs({ status, body }: Delivered): { userId: string; sessionId: string } | null {
  if (status !== 200) return null;
  const { user, session } = JSON.parse(body) as { user: { id: string }; session: { id: string } };
  return { userId: user.id, sessionId: session.id };
}

const UNSAID = ["host", "content-length", "x-halfstate-lab"];
const SAID = ["location", "set-cookie", "www-authenticate", "server-timing"];

function requestText({ method, path, sent }: Delivered): string {
  const headers = sent.headers
    .filter(([name]) => !UNSAID.includes(name))
    .map(([name, value]) => `${name}: ${shortened(name, value)}`);
  return [`${method} ${path}`, ...headers, ...(sent.body ? ["", shortenedBody(sent.body)] : [])].join("\n");
}

function answerText(delivered: Delivered): string {
  const headers = delivered.headers
    .filter(([name]) => SAID.includes(name))
    .map(([name, value]) => `${name}: ${shortened(name, value)}`);
  return [outcomeOf(delivered), ...headers].join("\n");
}

const KEPT_CHARACTERS = 8;
const cut = (secret: string) =>
  secret.length > KEPT_CHARACTERS + 4 ? `${secret.slice(0, KEPT_CHARACTERS)}…` : secret;

function shortened(name: string, value: string): string {
  switch (name) {
    case "authorization":
      return value.replace(/\S+$/, cut);
    case "cookie":
    case "set-cookie":
      return value.replace(
        /((?:^|; )[\w-]*(?:session|access|refresh|device|flash|renewed)=)([^;]*)/g,
        (_, pair, secret) => `${pair}${cut(secret as string)}`,
      );
    default:
      return value;
  }
}

const shortenedBody = (body: string): string =>
  body
    .replace(/("\w*(?:[pP]assword|Token)":")([^"]*)/g, (_, name, secret) => `${name}${cut(secret as string)}`)
    .replace(/((?:^|&)\w*password=)([^&]*)/gi, (_, name, secret) => `${name}${cut(secret as string)}`);
