import type { Metadata } from "next";

import { PageLink } from "../_components/page-link";
import { LearnPage } from "./_components/learn-page";
import { minutesOf } from "./_content/lesson";
import { LESSONS } from "./_content/lessons";

export const metadata: Metadata = {
  title: "Learn",
  description: "Sessions, tokens and the hybrid of the two, explained from the code that runs them.",
};

const TOOLS = [
  {
    href: "/learn/choose",
    title: "Which one should I use?",
    says: "Eight questions, and an answer with its reasons.",
  },
  {
    href: "/learn/compare",
    title: "Side by side",
    says: "Sessions, JWT alone and the hybrid, point by point.",
  },
  {
    href: "/learn/check",
    title: "Check what you know",
    says: "Fifteen questions, each with an explanation.",
  },
];

export default function LearnIndexPage() {
  const minutes = LESSONS.map(minutesOf);
  const total = minutes.reduce((sum, each) => sum + each, 0);
  return (
    <LearnPage
      top
      title="Learn"
      intro="Ten short lessons on how a server knows who is calling. Each is about the code that serves this very page, and links to it."
    >
      <div className="mt-10 gap-12 lg:grid lg:grid-cols-[1fr_19rem]">
        <section aria-labelledby="lessons-title">
          <h2 id="lessons-title" className="text-lg font-semibold">
            In order
          </h2>
          <p className="text-soft mt-1 text-sm">About {total} minutes in all. Each also stands on its own.</p>
          <ol className="border-line divide-line mt-4 divide-y border-y">
            {LESSONS.map(({ slug, title, summary }, index) => (
              <li key={slug} className="grid grid-cols-[1.75rem_1fr_auto] items-baseline gap-x-3 py-4">
                <span className="text-soft text-sm tabular-nums">{index + 1}</span>
                <div>
                  <PageLink href={`/learn/${slug}`} className="link font-medium">
                    {title}
                  </PageLink>
                  <p className="text-soft mt-1 text-[0.9375rem] leading-normal">{summary}</p>
                </div>
                <span className="text-soft text-sm whitespace-nowrap tabular-nums">{minutes[index]} min</span>
              </li>
            ))}
          </ol>
        </section>
        <section aria-labelledby="tools-title" className="mt-12 lg:mt-0">
          <h2 id="tools-title" className="text-lg font-semibold">
            To use
          </h2>
          <ul className="mt-4 space-y-3">
            {TOOLS.map(({ href, title, says }) => (
              <li key={href} className="card p-4">
                <PageLink href={href} className="link font-medium">
                  {title}
                </PageLink>
                <p className="text-soft mt-1 text-[0.9375rem] leading-normal">{says}</p>
              </li>
            ))}
          </ul>
          <p className="text-soft mt-4 text-sm">
            All the files that the lessons cite:{" "}
            <PageLink href="/learn/source" className="link text-ink">
              sources
            </PageLink>
            .
          </p>
        </section>
      </div>
    </LearnPage>
  );
}
