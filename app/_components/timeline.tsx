import type { ReactNode } from "react";

import type { AuditRow } from "@/lib/accounts/activity";
import { describeUserAgent } from "@/lib/core/user-agent";

import { DayGroups } from "./day-groups";
import { type Cast, detailOf, tell } from "./event-words";
import { ModeBadge } from "./mode-badge";
import { Moment } from "./moment";
import { PageLink } from "./page-link";

type TimelineProps = {
  events: AuditRow[];
  castOf: (event: AuditRow) => Cast;
  /** False: where it came from is not the reader's to know. */
  showsOrigin?: (event: AuditRow) => boolean;
};

/** Security events, newest first; what happened to several devices in one act is one entry. */
export function Timeline({ events, castOf, showsOrigin = () => true }: TimelineProps) {
  const items = inActs(events).map(([event, times]) => ({
    id: event.id,
    iso: event.at.toISOString(),
    body: <Event event={event} times={times} cast={castOf(event)} showsOrigin={showsOrigin(event)} />,
  }));
  return <DayGroups items={items} />;
}

function inActs(events: AuditRow[]): [AuditRow, number][] {
  const acts = new Map<string, [AuditRow, number]>();
  for (const event of events) {
    const { type, at, actorId, subjectId, detail, id } = event;
    const act = type === "session_ended" ? JSON.stringify([at, actorId, subjectId, detail]) : id;
    acts.set(act, [acts.get(act)?.[0] ?? event, (acts.get(act)?.[1] ?? 0) + 1]);
  }
  return [...acts.values()];
}

function Event(props: { event: AuditRow; times: number; cast: Cast; showsOrigin: boolean }) {
  const { event, times, cast, showsOrigin } = props;
  const { sentence, note, mode, wary } = tell(event, times, cast);
  return (
    <>
      <span
        aria-hidden="true"
        className={`absolute -start-[0.3125rem] top-2 size-2.5 rounded-full border-2 ${wary ? "border-danger bg-danger" : "border-edge bg-paper"}`}
      />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className={wary ? "text-danger min-w-0 font-medium" : "min-w-0"}>
          {wary && <span aria-hidden="true">! </span>}
          {sentence}
        </span>
        {mode && <ModeBadge mode={mode} />}
      </p>
      <p className="text-soft mt-0.5 text-sm">
        <Moment at={event.at} timeOfDay />
        {showsOrigin && <Origin event={event} />}
      </p>
      {note && <p className="text-soft mt-1 max-w-[60ch] text-sm leading-normal">{note}</p>}
    </>
  );
}

function Origin({ event }: { event: AuditRow }): ReactNode {
  const { ip, userAgent } = event;
  if (ip === "") return userAgent === "" ? null : ", from the server's command line";
  const client = detailOf(event).transport === "bearer" ? " (API client)" : "";
  return (
    <>
      , {describeUserAgent(userAgent)}
      {client} at <span className="break-all">{ip}</span>
    </>
  );
}

/** The way to older events, and back to the newest. */
export function TimelinePages(props: { path: string; next: string | null; before?: string }) {
  const { path, next, before } = props;
  if (!next && before === undefined) return null;
  return (
    <nav aria-label="Pages" className="mt-8 flex flex-wrap gap-3">
      {before !== undefined && (
        <PageLink href={path} className="button button-small button-plain">
          Newest
        </PageLink>
      )}
      {next && (
        <PageLink
          href={`${path}?before=${encodeURIComponent(next)}`}
          rel="next"
          className="button button-small button-plain"
        >
          Older
        </PageLink>
      )}
    </nav>
  );
}
