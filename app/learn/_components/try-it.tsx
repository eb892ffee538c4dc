/** The way from what was read to seeing it happen: the one place where Learn meets the Lab. */
import type { ReactNode } from "react";

import { PageLink } from "../../_components/page-link";

export type LabSlug =
  "flight-recorder" | "token-bench" | "revocation" | "refresh" | "cost" | "outage" | "attacks" | "staleness";

/** `children` is a sentence on what to watch for. */
export function TryIt({ slug, children }: { slug: LabSlug; children: ReactNode }) {
  return (
    <section aria-labelledby="try-it-title" className="card mt-12 max-w-[68ch] p-5 sm:p-6">
      <h2 id="try-it-title" className="text-lg font-semibold">
        See it happen
      </h2>
      <p className="text-soft mt-2 leading-relaxed">{children}</p>
      <PageLink href={`/lab/${slug}`} className="button button-primary mt-5">
        Open “{slug.replace("-", " ")}” in the Lab
      </PageLink>
    </section>
  );
}
