/** Steps as bars on one scale: how long each took, and when. */
import { scaleLinear } from "@visx/scale";

import type { Mode } from "@/app/_components/mode-facts";

import { duration } from "./duration";

/** Times in milliseconds. A `whole` is drawn as the frame that the other bars stand in. */
export type Bar = {
  name: string;
  startedAt: number;
  milliseconds: number;
  look: "whole" | "plain" | "hatched";
};

export function Waterfall({ mode, bars, end }: { mode: Mode; bars: Bar[]; end: number }) {
  const x = scaleLinear({ domain: [0, end], range: [0, 100] });
  return (
    <ol className="waterfall" data-mode={mode}>
      {bars.map(({ name, startedAt, milliseconds, look }, at) => (
        <li key={at}>
          <span className={look === "whole" ? "font-medium" : "text-soft"}>{name}</span>
          <span className="waterfall-track" aria-hidden="true">
            <span
              className={LOOKS[look]}
              style={{ left: `${x(startedAt)}%`, width: `max(2px, ${x(milliseconds)}%)` }}
            />
          </span>
          <span className="waterfall-time">{duration(milliseconds)}</span>
        </li>
      ))}
    </ol>
  );
}

const LOOKS: Record<Bar["look"], string> = {
  whole: "border-mode-line bg-mode-tint border",
  plain: "bg-mode-fill",
  hatched: "bg-mode-fill lab-hatched",
};
