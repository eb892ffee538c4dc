/** Whether something got through: in words first, in colour second. */
import type { ReactNode } from "react";

export const Verdict = ({ refused, children }: { refused: boolean; children: ReactNode }) => (
  <span
    data-testid="verdict"
    className={`inline-flex items-baseline gap-1.5 rounded-full border px-2.5 py-0.5 text-[0.8125rem] leading-5 font-medium whitespace-nowrap ${
      refused
        ? "border-success-line bg-success-tint text-success"
        : "border-danger-line bg-danger-tint text-danger"
    }`}
  >
    <span aria-hidden="true">{refused ? "✓" : "✗"}</span>
    {children}
  </span>
);
