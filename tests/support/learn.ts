/** The pages of Learn, each once, and those with answers in their address too. */
import { LESSONS } from "@/app/learn/_content/lessons";
import { fieldOf, QUIZ } from "@/app/learn/_content/quiz";

/** Two answered, the first of them rightly. */
const CHECKED = `/learn/check?${fieldOf(0)}=${QUIZ[0]!.right}&${fieldOf(1)}=${QUIZ[1]!.right === "a" ? "b" : "a"}`;
const ADVISED = "/learn/choose?who=apps&ending=next&outage=yes&keys=nobody";

export const LEARN_PATHS: readonly string[] = [
  "/learn",
  ...LESSONS.map(({ slug }) => `/learn/${slug}`),
  "/learn/choose",
  ADVISED,
  "/learn/compare",
  "/learn/check",
  CHECKED,
  "/learn/source",
  "/learn/source/lib/auth/strategies/jwt/store.ts?lines=57-70",
];
