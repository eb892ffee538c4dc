import type { Metadata } from "next";

import { type AuditRow, ownEvents } from "@/lib/accounts/activity";
import { requireCaller } from "@/lib/http/caller";

import { Crumb } from "../../_components/crumb";
import type { Cast } from "../../_components/event-words";
import { PageLink } from "../../_components/page-link";
import { lastOf } from "../../_components/query";
import { Timeline, TimelinePages } from "../../_components/timeline";
import { whenAvailable } from "../../_components/when-available";

export const metadata: Metadata = { title: "Security activity" };

export default whenAvailable(ActivityPage);

async function ActivityPage({ searchParams }: PageProps<"/settings/activity">) {
  const caller = await requireCaller("/settings/activity");
  const before = lastOf((await searchParams).before);
  const { events, next } = await ownEvents(caller, before);
  const isMine = ({ actorId }: AuditRow) => actorId === null || actorId === caller.user.id;

  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <Crumb href="/settings#activity">Settings</Crumb>
      <h1 className="text-2xl font-semibold sm:text-3xl">Security activity</h1>
      <div className="mt-3 mb-9 flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <p className="text-soft max-w-[60ch] leading-relaxed">
          What happened to your account, newest first. If something here was not you,{" "}
          <PageLink href="/settings#password" className="link text-ink">
            change your password
          </PageLink>
          : that signs out every other device.
        </p>
        <PageLink href="/api/me/events" className="button button-small button-plain">
          Download all (JSON lines)
        </PageLink>
      </div>
      {events.length === 0 ? (
        <p className="text-soft">
          {before === undefined ? "Nothing has happened yet." : "Nothing is older than this."}
        </p>
      ) : (
        <Timeline events={events} castOf={castOf(caller.user.id)} showsOrigin={isMine} />
      )}
      <TimelinePages path="/settings/activity" next={next} before={before} />
    </main>
  );
}

const castOf =
  (me: string) =>
  ({ actorId }: AuditRow): Cast => ({
    actor: actorId === me ? "You" : actorId === null ? "The operator of this server" : "An administrator",
    Subject: "You",
    subject: actorId === me ? "yourself" : "you",
    whose: "your",
    account: "your account",
  });
