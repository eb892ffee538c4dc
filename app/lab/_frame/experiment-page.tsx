import { notFound } from "next/navigation";
import type { ComponentType, ReactNode } from "react";

import { FlashNote } from "@/app/_components/flash-note";
import { readFlash } from "@/lib/http/flash";
import { labIsOpen, keptRun } from "@/lib/http/lab-pages";
import { CodeBlock } from "@/app/_components/code-block";
import { Crumb } from "@/app/_components/crumb";
import { Moment } from "@/app/_components/moment";

import { CATALOGUE, entryOf } from "./catalogue";
import { ExperimentForm } from "./experiment-form";
import { ResultFrame } from "./result-frame";
import type { ExperimentSlug, ViewProps } from "./views";

type Props<Result> = {
  slug: ExperimentSlug;
  run: string | string[] | undefined;
  View: ComponentType<ViewProps<Result>>;
  markdown: (result: Result) => string;
  /** The fields, and a submit button. */
  children: ReactNode;
  /** How it is done, in prose. */
  method: ReactNode;
  /** The same by hand, for a terminal. */
  curl: string;
  /** What else can be tried here, below the experiment. */
  more?: ReactNode;
};

/** The frame of every experiment: what it asks, how to run it, what came out, how it is done, and how to do it by hand. */
export async function ExperimentPage<Result>({
  slug,
  run,
  View,
  markdown,
  children,
  method,
  curl,
  more,
}: Props<Result>) {
  if (!labIsOpen()) notFound();
  const { title, question, shows, seconds } = entryOf(slug);
  const [flash, kept] = await Promise.all([readFlash(`/lab/${slug}`), keptRun(slug, run)]);
  const result = kept === null ? null : (kept.result as Result);
  return (
    <main id="content" className="page w-full pt-8 pb-20">
      <Crumb href="/lab">The Lab</Crumb>
      <h1 className="text-3xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-3 max-w-[60ch] text-lg leading-relaxed">{question}</p>
      <p className="text-soft mt-2 max-w-[70ch] leading-relaxed">
        {shows} Takes about {seconds === 1 ? "a second" : `${seconds} seconds`}.
      </p>
      <div className="mt-6">
        <FlashNote form={slug} flash={flash} />
        <ExperimentForm
          slug={slug}
          result={
            result && kept ? (
              <section aria-label="Result" data-testid="experiment" data-ended="done">
                <p className="text-soft text-[0.9375rem]">
                  Measured on this server, <Moment at={kept.createdAt} />.
                </p>
                <ResultFrame markdown={markdown(result)} runId={kept.id} slug={slug}>
                  <View result={result} runId={kept.id} />
                </ResultFrame>
              </section>
            ) : run ? (
              <p className="text-soft">This result is no longer kept. Run the experiment again.</p>
            ) : null
          }
        >
          {children}
        </ExperimentForm>
      </div>
      {more}
      <section aria-labelledby="method" className="mt-16 max-w-[70ch]">
        <h2 id="method" className="text-xl font-semibold">
          How it is done
        </h2>
        <div className="text-soft mt-3 space-y-3 leading-relaxed">{method}</div>
      </section>
      <section aria-labelledby="by-hand" className="mt-12">
        <h2 id="by-hand" className="text-xl font-semibold">
          By hand
        </h2>
        <p className="text-soft mt-3 max-w-[70ch] leading-relaxed">
          The same with curl, against this server. The first line makes a throw-away account that is gone in
          half an hour.
        </p>
        <CodeBlock label={`${title} with curl`}>{curl}</CodeBlock>
      </section>
      <Neighbours slug={slug} />
    </main>
  );
}

function Neighbours({ slug }: { slug: ExperimentSlug }) {
  const at = CATALOGUE.findIndex((entry) => entry.slug === slug);
  const next = CATALOGUE[at + 1];
  return next ? (
    <p className="mt-12">
      Next:{" "}
      <a className="link" href={`/lab/${next.slug}`}>
        {next.title}
      </a>
    </p>
  ) : null;
}
