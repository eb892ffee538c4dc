/** How the result of each experiment is shown, loaded when one is run: no page carries the charts of them all. */
import type { ComponentType } from "react";

/** A view is a pure function of a result, with no hooks in it: the server draws kept results, the browser running ones. */
export type View<Result> = {
  default: ComponentType<{ result: Result }>;
  /** The result as Markdown, for an issue or a chat. */
  markdown: (result: Result) => string;
};

export const LOADERS = {
  revocation: () => import("../_views/revocation"),
  "token-bench": () => import("../_views/token-bench"),
  attacks: () => import("../_views/attacks"),
} as const;

export type ExperimentSlug = keyof typeof LOADERS;
