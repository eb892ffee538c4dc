/** The decision helper: what it advises, and that it says why. */
import { expect, test } from "@playwright/test";
import {
  advise,
  type Answers,
  type Choice,
  optionsOf,
  QUESTION_NAMES,
  QUESTIONS,
  readAnswers,
} from "@/app/learn/_content/choose";

const CASES: [situation: string, answers: Answers, choice: Choice][] = [
  [
    "a browser-only app beside its database",
    {
      who: "browser",
      ending: "second",
      servers: "near",
      reads: "little",
      foreign: "no",
      power: "ordinary",
      outage: "no",
      keys: "nobody",
    },
    "sessions",
  ],
  [
    "many servers, browsers only: that alone needs no tokens",
    { who: "browser", servers: "many" },
    "sessions",
  ],
  [
    "a bank: grave acts, endings at once, even with distant servers",
    { who: "browser", ending: "next", servers: "far", power: "grave" },
    "sessions",
  ],
  [
    "a team that does keys gladly and has no other reason",
    { who: "browser", ending: "minutes", keys: "gladly" },
    "sessions",
  ],
  [
    "browsers and a phone app, one database near",
    { who: "apps", ending: "second", servers: "near", reads: "little", foreign: "no", keys: "gladly" },
    "both",
  ],
  ["browsers only, but a partner checks the credential", { who: "browser", foreign: "yes" }, "both"],
  [
    "several regions, read-heavy, with phone apps",
    { who: "apps", ending: "second", servers: "far", reads: "much", outage: "yes", keys: "gladly" },
    "hybrid",
  ],
  [
    "browsers only, several regions, read-heavy",
    { who: "browser", ending: "second", servers: "far", reads: "much", outage: "no" },
    "hybrid",
  ],
  ["programs only", { who: "services", servers: "near", keys: "nobody" }, "hybrid"],
];

for (const [situation, answers, choice] of CASES)
  test(`${situation}: ${choice}`, () => {
    const advice = advise(answers)!;
    expect(advice.choice).toBe(choice);
    expect(advice.reasonsFor.length, "it says why").toBeGreaterThan(0);
  });

test("no answer, no advice", () => expect(advise({})).toBeNull());

test("what speaks against the advice is said too, and nothing is said on both sides", () => {
  const { choice, reasonsFor, reasonsAgainst } = advise({ who: "browser", servers: "far", ending: "next" })!;
  expect(choice).toBe("sessions");
  expect(reasonsFor).toEqual([QUESTIONS.who.options.browser.because, QUESTIONS.ending.options.next.because]);
  expect(reasonsAgainst).toEqual([QUESTIONS.servers.options.far.because]);
});

test("wishes that exclude each other are named, and only when both were made", () => {
  const wishes: Answers = { ending: "next", outage: "yes" };
  expect(advise(wishes)!.conflicts).toEqual([expect.stringContaining("exclude each other")]);
  expect(advise({ ending: "next" })!.conflicts).toEqual([]);
  expect(advise({ ending: "next", outage: "no" })!.conflicts).toEqual([]);
});

test("of what was left open, it names what could change the advice", () => {
  const partial = advise({ who: "browser", servers: "near", reads: "little" })!;
  expect(partial.unanswered).toEqual(["ending", "foreign", "power", "outage", "keys"]);
  expect(partial.undecided, "a partner who checks it would").toEqual(["foreign"]);
  const { who, ...rest } = CASES[6]![1];
  expect(who).toBe("apps");
  expect(advise(rest)!.undecided, "whoever calls, the rest decides").toEqual([]);
});

test("every advice the rules can give is given to somebody, and sessions to most browser-only apps", () => {
  const all = everyCompletion();
  const given = (answers: Answers[]) => answers.map((one) => advise(one)!.choice);
  expect([...new Set(given(all))].sort()).toEqual(["both", "hybrid", "sessions"]);
  const browserOnly = all.filter(({ who, foreign }) => who === "browser" && foreign === "no");
  const forThem = given(browserOnly);
  expect(forThem.filter((choice) => choice === "sessions").length / forThem.length).toBeGreaterThan(0.75);
  expect(forThem).not.toContain("both");
});

test("a query is read for what it answers; what is not ours is passed over", () => {
  const query: Record<string, string> = {
    who: "apps",
    ending: "never",
    servers: "",
    reads: "constructor",
    keys: "toString",
    utm_source: "x",
  };
  expect(readAnswers((name) => query[name])).toEqual({ who: "apps" });
});

test("each question has two to four answers, each with a reason in full sentences", () => {
  expect(QUESTION_NAMES.length).toBeGreaterThanOrEqual(6);
  expect(QUESTION_NAMES.length).toBeLessThanOrEqual(8);
  const reasons = QUESTION_NAMES.flatMap((name) => optionsOf(name).map(([, { because }]) => because));
  for (const name of QUESTION_NAMES) {
    expect(optionsOf(name).length).toBeGreaterThanOrEqual(2);
    expect(optionsOf(name).length).toBeLessThanOrEqual(4);
  }
  for (const because of reasons) expect(because).toMatch(/^[A-Z].+\.$/);
  expect(new Set(reasons).size).toBe(reasons.length);
});

function everyCompletion(): Answers[] {
  return QUESTION_NAMES.reduce<Answers[]>(
    (all, name) => all.flatMap((one) => optionsOf(name).map(([value]) => ({ ...one, [name]: value }))),
    [{}],
  );
}
