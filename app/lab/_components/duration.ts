/** Measured times as the Lab writes them: three digits that mean something, down to the microsecond. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)}\u00a0µs`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0)}\u00a0ms`;
}
