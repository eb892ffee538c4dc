/** From what was read to seeing it happen: an experiment of the Lab, opened in place. */
import type { ReactNode } from "react";

import { labIsOpen } from "@/lib/http/lab-pages";

import { PageLink } from "../../_components/page-link";
import { FIELDS } from "../../lab/_fields/fields";
import { entryOf } from "../../lab/_frame/catalogue";
import { ExperimentForm } from "../../lab/_frame/experiment-form";
import type { ExperimentSlug } from "../../lab/_frame/views";

/** `children` is a sentence on what to watch for. */
export function TryIt({ slug, children }: { slug: ExperimentSlug; children: ReactNode }) {
  if (!labIsOpen()) return null;
  const { title, seconds } = entryOf(slug);
  const Fields = FIELDS[slug];
  return (
    <section aria-labelledby="try-it-title" className="card mt-12 p-5 sm:p-6">
      <h2 id="try-it-title" className="text-lg font-semibold">
        See it happen: {title.toLowerCase()}
      </h2>
      <p className="text-soft mt-2 max-w-[68ch] leading-relaxed">{children}</p>
      <details className="mt-4" data-testid="try-it">
        <summary className="link w-fit font-medium">Run it here (about {seconds} s)</summary>
        <div className="mt-5">
          <ExperimentForm slug={slug} result={null}>
            <Fields />
          </ExperimentForm>
        </div>
      </details>
      <p className="mt-4 text-[0.9375rem]">
        <PageLink href={`/lab/${slug}`} className="link">
          Open it in the Lab
        </PageLink>
        , with how it is done and the same by hand.
      </p>
    </section>
  );
}
