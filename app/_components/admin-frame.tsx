import type { ReactNode } from "react";

import { answerWithStatus } from "@/lib/http/page-status";

import { Message } from "./message";
import { NoticeArea } from "./notices";
import { PageLink } from "./page-link";

const PAGES = [
  ["/admin", "People"],
  ["/admin/activity", "Activity"],
] as const;

type AdminFrameProps = {
  current: (typeof PAGES)[number][0];
  /** What was just done. */
  notice?: string;
  /** What stands at the end of the title's line. */
  aside?: ReactNode;
  children: ReactNode;
};

/** The administration's own frame: what it is, and the way between its pages. */
export function AdminFrame({ current, notice, aside, children }: AdminFrameProps) {
  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <NoticeArea notice={notice} arrival />
      <div className="flex flex-wrap items-center justify-between gap-x-8 gap-y-3">
        <h1 className="text-2xl font-semibold sm:text-3xl">Administration</h1>
        {aside}
      </div>
      <nav aria-label="Administration" className="border-line mt-5 mb-7 flex gap-6 border-b text-[0.9375rem]">
        {PAGES.map(([href, title]) => (
          <PageLink
            key={href}
            href={href}
            aria-current={href === current ? "page" : undefined}
            className="text-soft hover:text-ink aria-[current]:border-ink aria-[current]:text-ink -mb-px flex min-h-10 items-center border-b-2 border-transparent font-medium"
          >
            {title}
          </PageLink>
        ))}
      </nav>
      {children}
    </main>
  );
}

/** Stands in for a page of the administration, with a 403, where the database says that the caller is no administrator. */
export function ForAdministrators({ email, path }: { email: string; path: string }) {
  answerWithStatus(403);
  return (
    <Message
      title="This page is for administrators"
      text={`You are logged in as ${email}, which is not an administrator's account. An administrator can make it one.`}
    >
      <PageLink href="/dashboard" className="button button-primary">
        Dashboard
      </PageLink>
      <PageLink href={`/login?next=${encodeURIComponent(path)}`} className="button button-plain">
        Log in as somebody else
      </PageLink>
    </Message>
  );
}
