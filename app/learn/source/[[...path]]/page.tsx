import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { PageLink } from "../../../_components/page-link";
import { lastOf } from "../../../_components/query";
import { LearnPage } from "../../_components/learn-page";
import { CITED, isCited } from "../../_sources/cited";
import { linesOf, parseRange } from "../../_sources/lines";

type Props = PageProps<"/learn/source/[[...path]]">;

const pathOf = async ({ params }: Props) => ((await params).path ?? []).join("/");

export async function generateMetadata(props: Props): Promise<Metadata> {
  const path = await pathOf(props);
  return { title: isCited(path) ? path : "Sources" };
}

/** Without a path, the list of what can be shown. Any other path than those of the list is no page. */
export default async function SourcePage(props: Props) {
  const file = await pathOf(props);
  if (file === "") return <SourceList />;
  if (!isCited(file)) notFound();

  const lines = linesOf(file);
  const range = parseRange(lastOf((await props.searchParams).lines), lines.length);
  return (
    <LearnPage title={<span className="code text-[0.8em] wrap-anywhere">{file}</span>}>
      <p className="text-soft mt-2 text-[0.9375rem]">
        {lines.length} lines, as they are in this build.{" "}
        {range && (
          <>
            {range.first === range.last
              ? `Line ${range.first} is`
              : `Lines ${range.first} to ${range.last} are`}{" "}
            what was pointed at.{" "}
          </>
        )}
        <PageLink href="/learn/source" className="link text-ink">
          Other files
        </PageLink>
      </p>
      <div
        role="region"
        aria-label={`Source of ${file}`}
        tabIndex={0}
        className="card mt-6 overflow-x-auto py-3"
      >
        <ol className="source-lines">
          {lines.map((line, index) => (
            <li
              key={index}
              id={`L${index + 1}`}
              data-cited={(range && range.first <= index + 1 && index + 1 <= range.last) || undefined}
            >
              <code>{line || " "}</code>
            </li>
          ))}
        </ol>
      </div>
    </LearnPage>
  );
}

function SourceList() {
  return (
    <LearnPage
      title="Sources"
      intro="The files that the lessons cite, shown as they are in the build that serves you."
    >
      <ul className="mt-8 space-y-1">
        {Object.keys(CITED).map((file) => (
          <li key={file}>
            <PageLink
              href={`/learn/source/${file}`}
              className="code link inline-flex min-h-7 items-center wrap-anywhere"
            >
              {file}
            </PageLink>
          </li>
        ))}
      </ul>
    </LearnPage>
  );
}
