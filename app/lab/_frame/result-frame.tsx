import type { ReactNode } from "react";

import { CopyButton } from "./copy-button";

type Props = {
  children: ReactNode;
  /** Null while there is nothing final to take away. */
  markdown: string | null;
  runId: string | null;
  slug: string;
};

/** A result and the ways to take it along: as Markdown, and as a link. */
export function ResultFrame({ children, markdown, runId, slug }: Props) {
  return (
    <>
      <div className="mt-5">{children}</div>
      {markdown !== null && (
        <div className="mt-6 flex flex-wrap items-start gap-x-6 gap-y-3 text-[0.9375rem]">
          <details className="min-w-0 flex-1 basis-full">
            <summary className="link w-fit">As Markdown</summary>
            <pre
              className="code card bg-sunken mt-3 max-h-96 overflow-auto p-4 leading-relaxed"
              tabIndex={0}
              role="region"
              aria-label="Result as Markdown"
            >
              {markdown}
            </pre>
          </details>
          <CopyButton text={markdown} className="button button-plain button-small">
            Copy as Markdown
          </CopyButton>
          {runId && (
            <p className="text-soft self-center">
              <a className="link" href={`/lab/${slug}?run=${runId}#result`}>
                Link to this result
              </a>{" "}
              (kept for 30 days, open to whoever has the link)
            </p>
          )}
        </div>
      )}
    </>
  );
}
