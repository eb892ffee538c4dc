/** One of the three ways that are compared, in the colour of its mode; hollow where this app does not go it. */
import type { ReactNode } from "react";

import type { Mode } from "../../_components/mode-facts";

export function WayBadge({ way, hollow, children }: { way: Mode; hollow?: boolean; children: ReactNode }) {
  return (
    <span
      data-mode={way}
      className="text-mode inline-flex items-center gap-2 font-semibold whitespace-nowrap"
    >
      <span
        className={`size-2.5 rounded-full ${hollow ? "border-mode-fill border-2" : "bg-mode-fill"}`}
        aria-hidden="true"
      />
      {children}
    </span>
  );
}
