/** Two samples of times on one axis, each value a mark, the medians drawn in, with the table of both and what it means. */
import { scaleLinear } from "@visx/scale";

import type { Timing } from "@/lib/lab/attacks/attempt";
import { median } from "@/lib/lab/permutation";

const NAMES = { known: "The account exists", unknown: "It does not" } as const;
const KINDS = ["known", "unknown"] as const;

export function TimingStrip({ timing }: { timing: Timing }) {
  const all = [...timing.known, ...timing.unknown];
  if (all.length === 0) return null;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = Math.max(1, (most - least) * 0.05);
  const x = scaleLinear({ domain: [Math.max(0, least - margin), most + margin], range: [0, 100] });
  return (
    <div className="space-y-4">
      <figure aria-label="How long each log-in took">
        <ol className="space-y-3">
          {KINDS.map((kind) => (
            <li key={kind}>
              <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
                <span>{NAMES[kind]}</span>
                {timing[kind].length > 0 && (
                  <span className="tabular-nums">median {milliseconds(median(timing[kind]))}</span>
                )}
              </p>
              <div className="bg-sunken relative mt-1 h-7 overflow-hidden rounded-sm" aria-hidden="true">
                {timing[kind].map((value, at) => (
                  <span
                    key={at}
                    className="bg-soft/50 absolute top-2 size-3 -translate-x-1/2 rounded-full"
                    style={{ left: `${x(value)}%` }}
                  />
                ))}
                {timing[kind].length > 0 && (
                  <span
                    className="border-ink absolute inset-y-0 border-s-2"
                    style={{ left: `${x(median(timing[kind]))}%` }}
                  />
                )}
              </div>
            </li>
          ))}
        </ol>
        <div className="border-line relative mt-2 h-6 border-t" aria-hidden="true">
          {x.ticks(5).map((at) => (
            <span
              key={at}
              className="text-soft absolute top-1 -translate-x-1/2 text-xs tabular-nums"
              style={{ left: `${x(at)}%` }}
            >
              {at} ms
            </span>
          ))}
        </div>
      </figure>
      <p className="max-w-[75ch] leading-relaxed">{meaning(timing)}</p>
      <Table timing={timing} />
    </div>
  );
}

function Table({ timing }: { timing: Timing }) {
  return (
    <div
      className="overflow-x-auto"
      tabIndex={0}
      role="region"
      aria-label="The times of both kinds of log-in"
    >
      <table className="lab-table">
        <thead>
          <tr>
            <th scope="col">Log-ins</th>
            <th scope="col">Number</th>
            <th scope="col">Fastest</th>
            <th scope="col">Middle half</th>
            <th scope="col">Median</th>
            <th scope="col">Slowest</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.filter((kind) => timing[kind].length > 0).map((kind) => {
            const values = timing[kind];
            const [low, high] = middleHalf(values);
            return (
              <tr key={kind}>
                <th scope="row">{NAMES[kind]}</th>
                <td>{values.length}</td>
                <td>{milliseconds(Math.min(...values))}</td>
                <td>
                  {low.toFixed(1)} to {milliseconds(high)}
                </td>
                <td>{milliseconds(median(values))}</td>
                <td>{milliseconds(Math.max(...values))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What may be concluded, and what may not. */
export function meaning({ known, unknown, difference, chance }: Timing): string {
  if (chance === null) return "Measuring…";
  const apart = `The medians are ${milliseconds(Math.abs(difference))} apart.`;
  const share = chance < 0.001 ? "fewer than 0.1 %" : `${(chance * 100).toFixed(chance < 0.01 ? 1 : 0)} %`;
  const shuffled = `With the labels shuffled, ${share} of all shuffles bring as large a difference`;
  if (chance < 0.001) return `${apart} ${shuffled}: that is no chance. The two can be told apart by time.`;
  return `${apart} ${shuffled}: nothing here tells the two from each other. With so few log-ins and this much noise, a difference below about ${milliseconds(unseen(known, unknown))} would not be seen.`;
}

/** Half the width of the interval in which the difference of two medians is expected, by chance alone, 95 times of 100. */
const unseen = (...samples: number[][]): number =>
  Math.max(
    ...samples.map((values) => {
      const [low, high] = middleHalf(values);
      return (1.57 * Math.SQRT2 * (high - low)) / Math.sqrt(values.length);
    }),
  );

function middleHalf(values: readonly number[]): [low: number, high: number] {
  const sorted = [...values].sort((one, other) => one - other);
  const half = Math.max(1, sorted.length >> 1);
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

const milliseconds = (value: number) => `${value.toFixed(1)} ms`;
