"use client";

import { lazy, Suspense, useEffect, useRef, useState, type ReactNode, type SubmitEvent } from "react";

import type { ExperimentSlug } from "./views";

// Loaded when the first experiment is run: with charts it is heavier than the page around it.
const Live = lazy(() => import("./live"));

type Props = {
  slug: ExperimentSlug;
  /** The fields, and a submit button. */
  children: ReactNode;
  /** What stands below the form until something is run. */
  result: ReactNode;
};

/** Starts an experiment and shows it live; with JavaScript off the form is sent and the page of its result comes back. */
export function ExperimentForm({ slug, children, result }: Props) {
  const [started, setStarted] = useState<{ at: number; fields: Record<string, FormDataEntryValue> } | null>(
    null,
  );
  const runs = useRef(0);
  const place = useRef<HTMLDivElement>(null);

  // Below a long form the reader would not see that anything happened.
  useEffect(() => {
    const { current } = place;
    if (started && current && current.getBoundingClientRect().top > innerHeight / 2) current.scrollIntoView();
  }, [started]);

  function start(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const { submitter } = event.nativeEvent as unknown as { submitter: HTMLElement | null };
    const fields = Object.fromEntries(new FormData(event.currentTarget, submitter));
    setStarted({ at: (runs.current += 1), fields });
  }

  return (
    <>
      <form method="post" action={`/api/lab/${slug}`} onSubmit={start}>
        {children}
      </form>
      <div id="result" ref={place} className="mt-8 scroll-mt-20">
        {started ? (
          <Suspense fallback={<p className="text-soft">Starting…</p>}>
            <Live key={started.at} slug={slug} fields={started.fields} />
          </Suspense>
        ) : (
          result
        )}
      </div>
    </>
  );
}
