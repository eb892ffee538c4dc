/** One series of times as bars, with its percentiles marked; positions are percentages, so that words stay legible at every width. */
import { duration } from "./numbers";

/** From a time to a percentage of the width. */
export type TimeScale = { (milliseconds: number): number };

type Props = {
  x: TimeScale;
  edges: number[];
  counts: number[];
  marks: [name: string, milliseconds: number][];
  hatched?: boolean;
};

export function Histogram({ x, edges, counts, marks, hatched = false }: Props) {
  const most = Math.max(...counts);
  return (
    <div className="relative h-28" aria-hidden="true">
      <div className="border-line absolute inset-x-0 bottom-0 h-16 border-b">
        {counts.map((count, at) =>
          count === 0 ? null : (
            <span
              key={at}
              className={`absolute bottom-0 rounded-t-[1px] ${hatched ? "lab-hatched" : ""} bg-[var(--mode-fill,var(--color-edge))]`}
              style={{
                left: `${x(edges[at]!)}%`,
                // A hair's breadth between two bars; a single request is still seen.
                width: `calc(${x(edges[at + 1]!) - x(edges[at]!)}% - 1px)`,
                height: `max(2px, ${(100 * count) / most}%)`,
              }}
            />
          ),
        )}
      </div>
      {marks.map(([name, milliseconds], at) => (
        <Mark key={name} name={name} milliseconds={milliseconds} at={x(milliseconds)} row={at} />
      ))}
    </div>
  );
}

/** One below the other, because they may be closer than their words are wide. */
function Mark(props: { name: string; milliseconds: number; at: number; row: number }) {
  const { name, milliseconds, at, row } = props;
  const side = at > 65 ? "right-full pe-1.5" : "left-full ps-1.5";
  return (
    <span className="border-ink absolute bottom-0 border-s" style={{ left: `${at}%`, top: `${row}rem` }}>
      <span className={`absolute top-0 text-xs leading-4 whitespace-nowrap tabular-nums ${side}`}>
        <span className="text-soft">{name}</span> {duration(milliseconds)}
      </span>
    </span>
  );
}
