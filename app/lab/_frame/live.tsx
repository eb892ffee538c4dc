"use client";
/** An experiment while it runs: reads its stream line by line, shows the latest state, and can stop it. */
import { useEffect, useState, type ComponentType } from "react";

import { ResultFrame } from "./result-frame";
import { LOADERS, type ExperimentSlug, type View, type ViewProps } from "./views";

type Props = { slug: ExperimentSlug; fields: Record<string, FormDataEntryValue> };
type Refusal = { detail?: string; code?: string; errors?: Record<string, string[]> };
type Line =
  { progress: number; says: string; result: unknown } | { runId: string | null } | { problem: Refusal };
type State = {
  view: View<unknown> | null;
  shown: { result: unknown; says: string; progress: number } | null;
  ended: "done" | "stopped" | "refused" | null;
  says?: string;
  runId: string | null;
};

export default function Live({ slug, fields }: Props) {
  const [state, setState] = useState<State>({ view: null, shown: null, ended: null, runId: null });
  const [stop] = useState(() => new AbortController());

  useEffect(() => {
    const change = (part: Partial<State>) => setState((before) => ({ ...before, ...part }));
    const leaving = new AbortController();
    const signal = AbortSignal.any([stop.signal, leaving.signal]);

    async function run() {
      const view = (await LOADERS[slug]()) as unknown as View<unknown>;
      change({ view });
      for await (const line of linesOf(slug, fields, signal)) {
        if ("problem" in line) return change({ ended: "refused", says: sentenceOf(line.problem) });
        if ("runId" in line) {
          // Learn shows experiments too; only the experiment's own page can show a kept result.
          if (line.runId && !leaving.signal.aborted && location.pathname === `/lab/${slug}`)
            history.replaceState(history.state, "", `?run=${line.runId}#result`);
          return change({ ended: "done", runId: line.runId });
        }
        change({ shown: line });
      }
      change({
        ended: "refused",
        says: "The connection broke off before the experiment was over. Run it again.",
      });
    }
    run().catch((error: unknown) => {
      if (leaving.signal.aborted) return;
      if (stop.signal.aborted) return change({ ended: "stopped" });
      change({ ended: "refused", says: "The server did not answer. Check your connection and try again." });
      if (!(error instanceof TypeError)) throw error;
    });
    return () => leaving.abort();
  }, [slug, fields, stop]);

  const { view, shown, ended, says, runId } = state;
  const ViewOf = view?.default as ComponentType<ViewProps<unknown>> | undefined;
  return (
    <section
      aria-label="Result"
      aria-busy={ended === null}
      data-testid="experiment"
      data-ended={ended ?? undefined}
    >
      <div className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-2">
        <p role="status" className="text-soft text-[0.9375rem] tabular-nums">
          {ended === null ? (shown?.says ?? "Starting…") : WORDS[ended](says)}
        </p>
        {ended === null && (
          <button type="button" className="button button-plain button-small" onClick={() => stop.abort()}>
            Stop
          </button>
        )}
      </div>
      <progress
        className="lab-progress mt-1"
        max={1}
        value={ended === "done" ? 1 : (shown?.progress ?? 0)}
        aria-label="Progress"
        data-ended={ended ?? undefined}
      />
      {ViewOf && shown && (
        <ResultFrame
          markdown={ended === "done" ? view!.markdown(shown.result) : null}
          runId={runId}
          slug={slug}
        >
          <ViewOf result={shown.result} runId={runId} />
        </ResultFrame>
      )}
    </section>
  );
}

const WORDS = {
  done: () => "Done. Every number below was measured just now, on this server.",
  stopped: () => "Stopped. What was measured until then stays below.",
  refused: (says?: string) => says ?? "The experiment was refused.",
} as const;

const sentenceOf = ({ detail, errors }: Refusal): string =>
  Object.values(errors ?? {})
    .flat()
    .join(" ") ||
  detail ||
  "The server could not run this experiment. Try again in a moment.";

async function* linesOf(
  slug: string,
  fields: Record<string, FormDataEntryValue>,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const response = await fetch(`/api/lab/${slug}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
    signal,
  });
  if (!response.ok || !response.body) {
    yield { problem: (await response.json()) as Refusal };
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield JSON.parse(part) as Line;
  }
}
