/** Which way of staying logged in suits whom: the questions, and the rules that turn answers into advice with its reasons. */

export type Choice = "sessions" | "hybrid" | "both";

/** What an answer speaks for. `bearer`: somebody cannot use a cookie. `neither`: it decides nothing by itself. */
type Side = "sessions" | "hybrid" | "bearer" | "neither";

type Option = {
  says: string;
  speaksFor: Side;
  /** How much; an answer of weight 0 is a reason that never tips the scale. */
  weight: 0 | 1 | 2;
  /** The answer as a reason, in a full sentence. */
  because: string;
};

type Question = { asks: string; hint?: string; options: Record<string, Option> };

export const QUESTIONS = {
  who: {
    asks: "Who calls your server?",
    options: {
      browser: {
        says: "Browsers only, on my own site",
        speaksFor: "sessions",
        weight: 1,
        because: "Only browsers on your own site call you, and a cookie is made for exactly that.",
      },
      apps: {
        says: "Browsers, and also phone apps, scripts or pages on other domains",
        speaksFor: "bearer",
        weight: 1,
        because:
          "Phone apps, scripts and pages on other domains cannot rely on your cookies; they need a token to send.",
      },
      services: {
        says: "Other programs only, no browser",
        speaksFor: "bearer",
        weight: 2,
        because: "No browser calls you, so there is nobody whom a cookie would help.",
      },
    },
  },
  ending: {
    asks: "Somebody logs out or is blocked. How soon must that be felt everywhere?",
    options: {
      next: {
        says: "With the very next request, whatever it costs",
        speaksFor: "sessions",
        weight: 2,
        because:
          "An ending must be felt by the very next request, on any server, and only looking it up each time promises that.",
      },
      second: {
        says: "Within about a second",
        speaksFor: "neither",
        weight: 0,
        because: "A second is within reach of both: the session looks it up, the hybrid hears of it.",
      },
      minutes: {
        says: "Some minutes later is fine",
        speaksFor: "hybrid",
        weight: 0,
        because: "If an ending may take minutes, a short-lived token needs nothing more than its expiry.",
      },
    },
  },
  servers: {
    asks: "Where do your servers stand, seen from their database?",
    options: {
      near: {
        says: "One or a few, right beside it",
        speaksFor: "sessions",
        weight: 1,
        because:
          "Your database is close by, so looking a session up takes about as long as anything in it can.",
      },
      many: {
        says: "Many, in the same region",
        speaksFor: "neither",
        weight: 0,
        because: "Many servers can share one database near them; that alone needs no tokens.",
      },
      far: {
        says: "In several regions, or at the edge: far from it for some users",
        speaksFor: "hybrid",
        weight: 2,
        because:
          "Where the database is far away, every look-up costs a journey; a signature is checked on the spot.",
      },
    },
  },
  reads: {
    asks: "What would one more small query for each request mean?",
    hint: "If you have not measured it, it is probably the first.",
    options: {
      little: {
        says: "Nothing one would notice",
        speaksFor: "sessions",
        weight: 1,
        because: "One small query a request would not be noticed.",
      },
      much: {
        says: "Trouble: reads are many, and the database is what limits us",
        speaksFor: "hybrid",
        weight: 1,
        because: "Your database is already what limits you, and the hybrid leaves it alone on most requests.",
      },
    },
  },
  foreign: {
    asks: "Must services that you do not run check the credential by themselves?",
    options: {
      no: {
        says: "No",
        speaksFor: "neither",
        weight: 0,
        because: "Nobody but you has to understand the credential.",
      },
      yes: {
        says: "Yes",
        speaksFor: "bearer",
        weight: 1,
        because:
          "A service that you do not run cannot read your session table, but it can check a signature with a public key.",
      },
    },
  },
  power: {
    asks: "What can somebody do with a stolen sign-in?",
    options: {
      ordinary: {
        says: "What an ordinary user can",
        speaksFor: "neither",
        weight: 0,
        because: "A stolen sign-in reaches one ordinary account.",
      },
      grave: {
        says: "Great harm: money, health records, other people’s accounts",
        speaksFor: "sessions",
        weight: 1,
        because: "Where much is at stake, each act should be judged by the facts of this moment.",
      },
    },
  },
  outage: {
    asks: "While the database is away, must signed-in people still get anything done?",
    options: {
      no: {
        says: "No, without it there is nothing to do anyway",
        speaksFor: "sessions",
        weight: 0,
        because: "Without its database your app has nothing to offer, so knowing who calls would not help.",
      },
      yes: {
        says: "Yes, part of the app works without it",
        speaksFor: "hybrid",
        weight: 1,
        because: "Part of your app works without the database, and a token still says who is calling then.",
      },
    },
  },
  keys: {
    asks: "Who would look after signing keys: make them, spread them, change them?",
    options: {
      nobody: {
        says: "Nobody, if it can be avoided",
        speaksFor: "sessions",
        weight: 1,
        because:
          "Nobody wants to look after signing keys, and sessions need one secret that hardly ever changes.",
      },
      gladly: {
        says: "We do such things already",
        speaksFor: "hybrid",
        weight: 0,
        because: "You already look after keys, so signing tokens adds little work.",
      },
    },
  },
} as const satisfies Record<string, Question>;

export type QuestionName = keyof typeof QUESTIONS;
export type Answers = { [Name in QuestionName]?: keyof (typeof QUESTIONS)[Name]["options"] };

export const QUESTION_NAMES = Object.keys(QUESTIONS) as QuestionName[];

export const optionsOf = (name: QuestionName): [string, Option][] => Object.entries(QUESTIONS[name].options);

export const hintOf = (name: QuestionName): string | undefined => (QUESTIONS[name] as Question).hint;

/** What a query answers; names and values that are none of ours are passed over. */
export function readAnswers(read: (name: string) => string | undefined): Answers {
  const given = QUESTION_NAMES.flatMap((name) => {
    const value = read(name);
    return value !== undefined && Object.hasOwn(QUESTIONS[name].options, value) ? [[name, value]] : [];
  });
  return Object.fromEntries(given) as Answers;
}

export type Advice = {
  choice: Choice;
  reasonsFor: string[];
  reasonsAgainst: string[];
  /** Wishes that cannot both be had, and what to do about it. */
  conflicts: string[];
  unanswered: QuestionName[];
  /** Of those, the ones that could change the choice by themselves. */
  undecided: QuestionName[];
};

/** Null when nothing was answered. */
export function advise(answers: Answers): Advice | null {
  const given = givenOptions(answers);
  if (given.length === 0) return null;
  const choice = choose(answers);
  const unanswered = QUESTION_NAMES.filter((name) => answers[name] === undefined);
  const couldChange = (name: QuestionName) =>
    optionsOf(name).some(([value]) => choose({ ...answers, [name]: value }) !== choice);
  const sides = SUPPORTED_BY[choice];
  return {
    choice,
    reasonsFor: given.filter(({ speaksFor }) => sides.includes(speaksFor)).map(({ because }) => because),
    reasonsAgainst: given
      .filter(({ speaksFor }) => speaksFor !== "neither" && !sides.includes(speaksFor))
      .map(({ because }) => because),
    conflicts: CONFLICTS.filter(({ between }) => isSubset(between, answers)).map(({ says }) => says),
    unanswered,
    undecided: unanswered.filter(couldChange),
  };
}

const SUPPORTED_BY: Record<Choice, Side[]> = {
  sessions: ["sessions"],
  hybrid: ["hybrid", "bearer"],
  both: ["sessions", "bearer"],
};

/** How much more must speak for tokens than for sessions before browsers, too, should carry them. */
const WORTH_THE_TROUBLE = 2;

function choose(answers: Answers): Choice {
  if (answers.who === "services") return "hybrid";
  const given = givenOptions(answers);
  const total = (side: Side) =>
    given.filter(({ speaksFor }) => speaksFor === side).reduce((sum, { weight }) => sum + weight, 0);
  if (total("hybrid") - total("sessions") >= WORTH_THE_TROUBLE) return "hybrid";
  return total("bearer") > 0 ? "both" : "sessions";
}

const givenOptions = (answers: Answers): Option[] =>
  QUESTION_NAMES.flatMap((name) =>
    optionsOf(name).flatMap(([value, option]) => (answers[name] === value ? [option] : [])),
  );

const isSubset = (part: Answers, whole: Answers) =>
  QUESTION_NAMES.every((name) => part[name] === undefined || part[name] === whole[name]);

const CONFLICTS: { between: Answers; says: string }[] = [
  {
    between: { ending: "next", outage: "yes" },
    says: "An ending felt by the very next request, and work that goes on without the database, exclude each other: what cannot be asked cannot refuse. Decide which one yields.",
  },
  {
    between: { ending: "next", foreign: "yes" },
    says: "A service that checks the credential by itself does not hear of an ending. For it, an ending is felt when the token expires; make that time short, or let it ask you.",
  },
  {
    between: { ending: "second", foreign: "yes" },
    says: "A service that checks the credential by itself does not hear of an ending within a second, but when the token expires. Make that time short, or let it ask you.",
  },
  {
    between: { ending: "next", servers: "far" },
    says: "If the very next request must feel an ending, every request pays the journey to your distant database. If a second is soon enough, it need not.",
  },
  {
    between: { ending: "next", who: "services" },
    says: "For the very next request to feel it, look a random key up each time: a session without a cookie. This app has no such mode, but its session mode shows how it is done.",
  },
  {
    between: { ending: "next", who: "apps" },
    says: "Browsers with a session feel an ending with their very next request, clients with a token within about a second. Where that second is too long, let the act itself ask the database, as administration does here.",
  },
  {
    between: { servers: "near", reads: "much" },
    says: "A database close by that cannot bear one more look-up by primary key is worth a second look before the credential is blamed.",
  },
  {
    between: { servers: "far", reads: "little" },
    says: "You say that the database is far and that a query would not be noticed. Measure one from the farthest server; that number decides.",
  },
  {
    between: { power: "grave", outage: "yes" },
    says: "A token that is honoured while the database is away cannot be taken back meanwhile. Keep the grave acts out of what works then.",
  },
  {
    between: { keys: "nobody", foreign: "yes" },
    says: "Services that check signatures need your public keys, and somebody has to make and change the private ones. That work cannot be avoided here.",
  },
];
