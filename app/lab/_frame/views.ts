/** How the result of each experiment is shown, loaded when one is run: no page carries the charts of them all. */
import type { ComponentType } from "react";

/** `runId`: the result is complete, and can be found by it. */
export type ViewProps<Result> = { result: Result; runId: string | null };

/** A view is a pure function of a result, with no hooks in it: the server draws kept results, the browser running ones. */
export type View<Result> = {
  default: ComponentType<ViewProps<Result>>;
  /** The result as Markdown, for an issue or a chat. */
  markdown: (result: Result) => string;
};

export const LOADERS = {
  "flight-recorder": () => import("../_views/flight-recorder"),
  "token-bench": () => import("../_views/token-bench"),
  revocation: () => import("../_views/revocation"),
  refresh: () => import("../_views/refresh"),
  cost: () => import("../_views/cost"),
  outage: () => import("../_views/outage"),
  attacks: () => import("../_views/attacks"),
  staleness: () => import("../_views/staleness"),
} as const;

export type ExperimentSlug = keyof typeof LOADERS;
