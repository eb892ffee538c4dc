/** The experiments in the reader's order: what each asks, and what one is about to see. */
import type { ExperimentSlug } from "./views";

export type CatalogueEntry = {
  slug: ExperimentSlug;
  title: string;
  /** What the reader wants to know. */
  question: string;
  /** What one will see, in a sentence or two. */
  shows: string;
  seconds: number;
};

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    slug: "flight-recorder",
    title: "Flight recorder",
    question: "What happens to one request on its way, and what does each step cost?",
    shows:
      "The same request in session mode and in JWT mode, side by side: what it carried, who checked it, which queries ran, and how many microseconds each step took.",
    seconds: 2,
  },
  {
    slug: "token-bench",
    title: "Token bench",
    question: "Change a token as an attacker could. Who notices, and by which rule?",
    shows:
      "A genuine token of a throw-away account is taken apart, changed, signed without the server’s key, and sent to GET /api/me. You see the answer, and each rule that the server asked until one refused. Any token of your own can be inspected too.",
    seconds: 1,
  },
  {
    slug: "revocation",
    title: "Revocation stopwatch",
    question: "After “sign out everywhere”, how long does each credential still work?",
    shows:
      "Three devices of one throw-away account poll the server. All are signed out at once, and one time axis shows when each is first refused: session mode, JWT mode, and a JWT on a server that keeps no list of what was revoked.",
    seconds: 7,
  },
  {
    slug: "refresh",
    title: "Refresh race and theft",
    question: "Ten tabs renew at once: who is signed out? And if one of them was a thief?",
    shows:
      "Parallel refreshes with one token on the real endpoint, with grace or without; the family tree of what came of them; then an old token is played back, and the whole family dies.",
    seconds: 2,
  },
  {
    slug: "cost",
    title: "Latency and cost",
    question: "What does authentication add to a request, and to the bill of a fleet of servers?",
    shows:
      "The same server asked in four ways: without authentication, with a JWT in a cookie, with a JWT in a header, and with a session cookie. You see how long each takes, what it carries, queries and computes, and what that comes to for any number of requests and servers.",
    seconds: 5,
  },
  {
    slug: "outage",
    title: "The database goes away",
    question: "Who is still let in while the database is away, and does everybody come back by themselves?",
    shows:
      "Devices in both modes poll the server while their database is taken away and given back. One time axis shows every request: who goes on, who has to wait, and that nobody has to sign in again.",
    seconds: 9,
  },
  {
    slug: "attacks",
    title: "Attack lab",
    question: "Ten attacks on a sign-in, made against this very server. Does any get through?",
    shows:
      "Each is one click: the request as it was sent, the answer, and the line of defence with the file that holds it. The verdict is computed from the answers, and where something gets through the page says so.",
    seconds: 25,
  },
  {
    slug: "staleness",
    title: "Staleness meter",
    question: "A role and a name change in the database. When does each credential say so?",
    shows:
      "Three devices of one throw-away account ask who they are, while its role and then its name are changed. One time axis shows how long each went on with what was no longer true, and each token’s claims stand beside the row.",
    seconds: 8,
  },
];

export const entryOf = (slug: ExperimentSlug): CatalogueEntry =>
  CATALOGUE.find((entry) => entry.slug === slug)!;
