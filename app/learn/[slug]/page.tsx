import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { PageLink } from "../../_components/page-link";
import { LearnPage } from "../_components/learn-page";
import { TryIt } from "../_components/try-it";
import { minutesOf } from "../_content/lesson";
import { LESSONS } from "../_content/lessons";

const numberOf = (slug: string): number => LESSONS.findIndex((lesson) => lesson.slug === slug);

export async function generateMetadata({ params }: PageProps<"/learn/[slug]">): Promise<Metadata> {
  const { title, summary } = LESSONS[numberOf((await params).slug)] ?? {};
  return { title, description: summary };
}

export default async function LessonPage({ params }: PageProps<"/learn/[slug]">) {
  const at = numberOf((await params).slug);
  const lesson = LESSONS[at];
  if (!lesson) notFound();
  const previous = LESSONS[at - 1];
  const next = LESSONS[at + 1];
  return (
    <LearnPage title={lesson.title} intro={lesson.summary}>
      <p className="text-soft mt-3 text-sm">
        Lesson {at + 1} of {LESSONS.length}, about {minutesOf(lesson)} minutes
      </p>
      <div className="mt-8 gap-12 lg:grid lg:grid-cols-[1fr_13rem]">
        <div className="min-w-0">
          <article className="prose">{lesson.body}</article>
          <TryIt slug={lesson.lab}>{lesson.watch}</TryIt>
          <nav
            aria-label="Lessons before and after"
            className="mt-8 flex max-w-[68ch] flex-wrap justify-between gap-3"
          >
            {previous && (
              <PageLink href={`/learn/${previous.slug}`} rel="prev" className="button button-plain">
                ← {previous.title}
              </PageLink>
            )}
            <PageLink
              href={next ? `/learn/${next.slug}` : "/learn/check"}
              rel="next"
              className="button button-plain ms-auto"
            >
              {next ? next.title : "Check what you know"} →
            </PageLink>
          </nav>
        </div>
        <nav aria-label="All lessons" className="hidden lg:block">
          <ol className="border-line sticky top-20 space-y-1 border-s text-sm">
            {LESSONS.map(({ slug, title }, index) => (
              <li key={slug}>
                <PageLink
                  href={`/learn/${slug}`}
                  aria-current={index === at ? "page" : undefined}
                  className="text-soft hover:text-ink aria-[current]:border-ink aria-[current]:text-ink -ms-px flex min-h-8 items-center border-s border-transparent py-1 ps-4 aria-[current]:font-medium"
                >
                  {title}
                </PageLink>
              </li>
            ))}
          </ol>
        </nav>
      </div>
    </LearnPage>
  );
}
