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
    slug: "revocation",
    title: "Revocation stopwatch",
    question: "After “sign out everywhere”, how long does each credential still work?",
    shows:
      "Three devices of one throw-away account poll the server. All are signed out at once, and one time axis shows when each is first refused: session mode, JWT mode, and a JWT on a server that keeps no list of what was revoked.",
    seconds: 9,
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
    slug: "attacks",
    title: "Attack lab",
    question: "Ten attacks on a sign-in, made against this very server. Does any get through?",
    shows:
      "Each is one click: the request as it was sent, the answer, and the line of defence with the file that holds it. The verdict is computed from the answers, and where something gets through the page says so.",
    seconds: 25,
  },
];

export const entryOf = (slug: ExperimentSlug): CatalogueEntry =>
  CATALOGUE.find((entry) => entry.slug === slug)!;
