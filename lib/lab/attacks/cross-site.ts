/** A change that another site makes the victim's browser send. */
import { env } from "@/lib/core/env";
import type { Bench } from "@/lib/lab/experiment";
import { attempt, outcomeOf, type Attempt, type Outcome } from "./attempt";

const HEADERS: [what: string, headers: () => Record<string, string>][] = [
  ["From evil.example", () => ({ origin: "https://evil.example" })],
  ["From a look-alike of this site", () => ({ origin: `${env().appUrl}.evil.example` })],
  ["From a page without an origin", () => ({ origin: "null" })],
  ["Said by the browser to be cross-site", () => ({ "sec-fetch-site": "cross-site" })],
  ["From a sibling host", () => ({ "sec-fetch-site": "same-site" })],
  [
    "Cross-site, with our own origin beside it",
    () => ({ "sec-fetch-site": "cross-site", origin: env().appUrl }),
  ],
];

export async function* crossSite(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity();
  const victim = await bench.signIn(identity, "session");
  const rename = (name: string, headers: Record<string, string>) =>
    bench.send({ method: "POST", path: "/api/me", form: { intent: "update", name }, headers }, victim);
  const nameNow = async () => {
    const { body } = await bench.send({ path: "/api/me" }, victim);
    return (JSON.parse(body) as { user: { name: string } }).user.name;
  };

  const attempts: Attempt[] = [];
  for (const [what, headers] of HEADERS) {
    const answer = await rename("Mallory", headers());
    const changed = (await nameNow()) === "Mallory";
    attempts.push(
      attempt(answer, {
        what,
        kind: "attack",
        holds: answer.status === 403 && !changed,
        shows: `${outcomeOf(answer)}; the name ${changed ? "was changed" : "is as it was"}`,
      }),
    );
  }
  const own = await rename("Renamed", { origin: env().appUrl });
  const worked = (await nameNow()) === "Renamed";
  attempts.push(
    attempt(own, {
      what: "The same form from our own page",
      kind: "control",
      holds: worked,
      shows: `${outcomeOf(own)}; the name ${worked ? "was changed" : "is as it was"}`,
    }),
  );
  yield { attempts };
}
