import type { Metadata } from "next";

import { allEvents, type AuditRow } from "@/lib/accounts/activity";
import { requireCaller } from "@/lib/http/caller";

import { AdminFrame, ForAdministrators } from "../../_components/admin-frame";
import type { Cast } from "../../_components/event-words";
import { PageLink } from "../../_components/page-link";
import { lastOf } from "../../_components/query";
import { Timeline, TimelinePages } from "../../_components/timeline";
import { whenAvailable } from "../../_components/when-available";

export const metadata: Metadata = { title: "Everybody's activity" };

export default whenAvailable(AllActivityPage);

async function AllActivityPage({ searchParams }: PageProps<"/admin/activity">) {
  const caller = await requireCaller("/admin/activity");
  const before = lastOf((await searchParams).before);
  const found = await allEvents(caller, before);
  if (!found.ok) return <ForAdministrators email={caller.user.email} path="/admin/activity" />;
  const { events, next, emails } = found.value;

  return (
    <AdminFrame
      current="/admin/activity"
      aside={
        <PageLink href="/api/admin/events" className="button button-small button-plain">
          Download all (JSON lines)
        </PageLink>
      }
    >
      {events.length === 0 ? (
        <p className="text-soft">
          {before === undefined ? "Nothing has happened yet." : "Nothing is older than this."}
        </p>
      ) : (
        <Timeline events={events} castOf={castOf(emails)} />
      )}
      <TimelinePages path="/admin/activity" next={next} before={before} />
    </AdminFrame>
  );
}

function castOf(emails: Map<string, string>) {
  const named = (id: string) => {
    const email = emails.get(id);
    if (email === undefined) return null;
    return (
      <PageLink href={`/admin/users/${id}`} className="link wrap-anywhere">
        {email}
      </PageLink>
    );
  };
  return ({ actorId, subjectId }: AuditRow): Cast => {
    const subject = subjectId === null ? null : named(subjectId);
    return {
      actor: actorId === null ? "The operator of this server" : (named(actorId) ?? "A former administrator"),
      Subject: subject ?? "Somebody",
      subject: subjectId === actorId ? "themselves" : (subject ?? "somebody"),
      whose: "their",
      account: subject && <>the account of {subject}</>,
    };
  };
}
