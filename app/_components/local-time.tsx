"use client";
/** A moment, first in UTC as the server wrote it, then in the reader's own locale and time zone. */
import { useSyncExternalStore } from "react";

const never = () => () => {};
export const useHydrated = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

type LocalTimeProps = {
  iso: string;
  utc: string;
  /** Shown in place of date and time, such as "5 minutes ago"; the exact time stands in the tooltip. */
  short?: string;
  /** Only the time of day, where the day is said elsewhere. */
  timeOfDay?: boolean;
};

export function LocalTime({ iso, utc, short, timeOfDay }: LocalTimeProps) {
  const hydrated = useHydrated();
  const at = new Date(iso);
  const exact = hydrated ? at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" }) : utc;
  const dateStyle = timeOfDay ? undefined : "medium";
  const text = hydrated ? at.toLocaleString(undefined, { dateStyle, timeStyle: "short" }) : utc;
  return (
    <time dateTime={iso} title={exact}>
      {short ?? text}
    </time>
  );
}
