import type { ReactNode } from "react";

import type { Mode } from "./mode-facts";

/** One place a request comes by; quiet when it was not visited. */
export type Station = { place: string; runtime?: string; quiet?: boolean; said: ReactNode };

/** The way of one request, left to right. Where it did not go, the line stays quiet: that silence is the lesson. */
export function RequestLanes({ mode, label, stations }: { mode: Mode; label: string; stations: Station[] }) {
  return (
    <div className="@container">
      <ol className="lanes" data-mode={mode} aria-label={label}>
        {stations.map(({ place, runtime, quiet, said }) => (
          <li key={place} className="station" data-quiet={quiet || undefined}>
            <p className={`text-sm font-medium ${quiet ? "text-soft" : ""}`}>
              {place} {runtime && <span className="text-soft font-normal">({runtime})</span>}
            </p>
            <div className="text-soft mt-1 space-y-0.5 text-sm leading-normal">{said}</div>
          </li>
        ))}
      </ol>
    </div>
  );
}
