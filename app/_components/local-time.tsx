"use client";
/** A moment, first in UTC as the server wrote it, then in the reader's own locale and time zone. */
import { useSyncExternalStore } from "react";

const never = () => () => {};
const useHydrated = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** With `short`, that text (such as "5 minutes ago") is shown and the exact time stands in the tooltip. */
export function LocalTime({ iso, utc, short }: { iso: string; utc: string; short?: string }) {
  const hydrated = useHydrated();
  const at = new Date(iso);
  const exact = hydrated ? at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" }) : utc;
  const text = hydrated ? at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : utc;
  return (
    <time dateTime={iso} title={exact}>
      {short ?? text}
    </time>
  );
}
