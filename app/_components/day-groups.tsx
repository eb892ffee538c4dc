"use client";
/** A list in time, newest first, under the days it falls on: in UTC as the server wrote it, then in the reader's own days. */
import type { ReactNode } from "react";

import { useHydrated } from "./local-time";

export type Dated = { id: string; iso: string; body: ReactNode };

export function DayGroups({ items }: { items: Dated[] }) {
  const hydrated = useHydrated();
  const dayOf = (at: Date) =>
    hydrated
      ? at.toLocaleDateString(undefined, { dateStyle: "full" })
      : `${at.toLocaleDateString("en-GB", { dateStyle: "full", timeZone: "UTC" })} (UTC)`;

  const days = new Map<string, Dated[]>();
  for (const item of items) {
    const day = dayOf(new Date(item.iso));
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days].map(([day, ofDay]) => (
    <section key={day} className="mt-8 first:mt-0" aria-label={day}>
      <h2 className="text-soft mb-3 text-sm font-medium">
        {day}
        {hydrated && nearness(day, dayOf)}
      </h2>
      <ol className="border-line ms-1 border-s">
        {ofDay.map(({ id, body }) => (
          <li key={id} className="relative ps-6 pb-5 last:pb-1" data-testid="event">
            {body}
          </li>
        ))}
      </ol>
    </section>
  ));
}

const DAY_IN_MILLISECONDS = 86_400_000;

function nearness(day: string, dayOf: (at: Date) => string): string {
  const now = Date.now();
  if (day === dayOf(new Date(now))) return ", today";
  return day === dayOf(new Date(now - DAY_IN_MILLISECONDS)) ? ", yesterday" : "";
}
