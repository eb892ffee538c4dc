/** Log-ins to an account that exists and to one that does not, timed: can they be told apart? */
import { randomBytes } from "node:crypto";
import { HashQueueFull } from "@/lib/auth/password/pool";
import type { Delivered } from "@/lib/lab/courier";
import type { Bench } from "@/lib/lab/experiment";
import { chanceOfDifference, difference } from "@/lib/lab/permutation";
import { attempt, outcomeOf, refusedWith, type Attempt, type Outcome, type Timing } from "./attempt";

/** Of each kind, as many as fit in the time. More would tell smaller differences, and keep the hashing workers from others for longer. */
const MOST_LOG_INS = 20;
const TIME_MILLISECONDS = 15_000;
/** With fewer even the greatest difference could be chance. */
const LEAST_LOG_INS = 8;
const SHOW_EVERY_MILLISECONDS = 500;
const SHUFFLES = 4_000;
/** Below this, chance is no explanation any more. */
const NO_CHANCE = 0.001;

export async function* timing(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity({ withPassword: true });
  const emails = {
    known: identity.user.email,
    unknown: `lab-${randomBytes(8).toString("hex")}@lab.invalid`,
  };
  const logIn = (kind: keyof typeof emails) => {
    const json = { email: emails[kind], password: randomBytes(12).toString("base64url") };
    // From an address of its own: five failures from one would make the sixth wait, for either account.
    return bench.send({ method: "POST", path: "/api/auth/login", json }, identity, { freshAddress: true });
  };
  // The first of each opens connections and warms caches.
  const samples = { known: await logIn("known"), unknown: await logIn("unknown") };
  const measured: Timing = { known: [], unknown: [], difference: 0, chance: null };

  const startedAt = performance.now();
  let shownAt = startedAt;
  const isOver = (done: number) =>
    done >= MOST_LOG_INS || (done >= LEAST_LOG_INS && performance.now() - startedAt > TIME_MILLISECONDS);
  while (!isOver(measured.known.length)) {
    // In turns, and each goes first by chance: whatever else the server does falls on both alike.
    const order = Math.random() < 0.5 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
    for (const kind of order) {
      const answer = await logIn(kind);
      if (answer.code === "overloaded") throw new HashQueueFull();
      if (!isWrong(answer))
        throw new Error(`A log-in of the timing attack was answered ${outcomeOf(answer)}.`);
      measured[kind].push(answer.milliseconds);
    }
    measured.difference = difference(measured.known, measured.unknown);
    if (performance.now() - shownAt < SHOW_EVERY_MILLISECONDS) continue;
    shownAt = performance.now();
    yield { attempts: attemptsOf(samples, measured), timing: { ...measured } };
  }
  measured.chance = chanceOfDifference(measured.known, measured.unknown, SHUFFLES, Math.random);
  yield { attempts: attemptsOf(samples, measured), timing: measured };
}

const isWrong = refusedWith("invalid_credentials");

function attemptsOf(samples: Record<"known" | "unknown", Delivered>, { chance }: Timing): Attempt[] {
  const { known, unknown } = samples;
  const isAlike = known.status === unknown.status && known.body === unknown.body;
  const isTold = chance !== null && chance < NO_CHANCE;
  return [
    attempt(known, {
      what: "An account that exists, with a wrong password",
      kind: "control",
      holds: isWrong(known),
      shows: outcomeOf(known),
    }),
    attempt(unknown, {
      what: "An account that does not exist",
      kind: "attack",
      holds: isAlike && !isTold,
      shows: `${outcomeOf(unknown)}; the answer is ${isAlike ? "the same to the letter" : "another one"}${isTold ? ", but its time tells" : ""}`,
    }),
  ];
}
