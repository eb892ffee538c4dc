/** What a series of times looks like: its percentiles, and bins that several series share so that their shapes can be compared. */

/** `edges` are one more than there are bins; a value on an edge belongs to the bin that begins there. */
export type Bins = { scale: "linear" | "log"; edges: number[] };

const BIN_COUNT = 40;
/** From this ratio of the largest value to the smallest on, equal steps would press most values into one bin. */
const LOG_FROM_RATIO = 8;

/** Nearest rank: the smallest value that is not exceeded by the share `q` of them all. NaN of none. */
export function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? NaN;
}

/** Bins between round numbers that hold all of `values`, which must be positive and at least one. */
export function binsFor(values: readonly number[], count = BIN_COUNT): Bins {
  // Not by spreading: a call takes only so many arguments.
  const min = values.reduce((least, value) => Math.min(least, value));
  const max = values.reduce((most, value) => Math.max(most, value));
  const scale = max / min >= LOG_FROM_RATIO ? "log" : "linear";
  const at = (share: number, from: number, to: number) =>
    scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
  const [from, to] = scale === "log" ? [roundDown(min), roundUp(max)] : linearEnds(min, max);
  return { scale, edges: Array.from({ length: count + 1 }, (_, n) => at(n / count, from, to)) };
}

/** A value beyond the bins counts in the nearest. */
export function countIn({ edges }: Bins, values: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length - 1 }, () => 0);
  for (const value of values) {
    const beyond = edges.findIndex((edge) => edge > value);
    // The last bin holds its upper end too.
    const bin = beyond < 0 ? counts.length - 1 : Math.max(0, beyond - 1);
    counts[bin]! += 1;
  }
  return counts;
}

const STEPS = [1, 2, 5, 10];

const decadeOf = (value: number) => 10 ** Math.floor(Math.log10(value));
const roundDown = (value: number) =>
  decadeOf(value) * STEPS.findLast((step) => step * decadeOf(value) <= value)!;
const roundUp = (value: number) => decadeOf(value) * STEPS.find((step) => step * decadeOf(value) >= value)!;

function linearEnds(min: number, max: number): [number, number] {
  const step = roundUp((max - min || max) / 5);
  return [Math.floor(min / step) * step, (Math.floor(max / step) + 1) * step];
}
