/** What a concept page is made of, and how long it takes to read. */
import type { ReactNode } from "react";

import type { ExperimentSlug } from "../../lab/_frame/views";

export type Lesson = {
  slug: string;
  title: string;
  /** One line for the index, and the first sentence of the page. */
  summary: string;
  body: ReactNode;
  /** The experiment that shows it, and what to watch for there. */
  lab: ExperimentSlug;
  watch: string;
};

/** An unhurried reader of technical prose. */
const WORDS_A_MINUTE = 200;

/** Words of the text as it is written, tables and captions included; what components add of themselves is not counted. */
export function countWords(content: unknown): number {
  if (typeof content === "string") return content.split(/\s+/).filter((word) => /\w/.test(word)).length;
  if (typeof content !== "object" || content === null) return 0;
  return parts(content).reduce<number>((sum, part) => sum + countWords(part), 0);
}

/** Of an element its children, and what else is more than a setting; of anything else all it holds. */
function parts(content: object): unknown[] {
  if (!("props" in content)) return Object.values(content);
  return Object.entries(content.props as object)
    .filter(([name, value]) => name === "children" || typeof value === "object")
    .map(([, value]) => value as unknown);
}

export const minutesOf = ({ summary, body }: Pick<Lesson, "summary" | "body">): number =>
  Math.max(1, Math.round((countWords(summary) + countWords(body)) / WORDS_A_MINUTE));
