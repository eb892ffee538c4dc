/** Whether two samples differ by more than chance: how often shuffled labels bring as large a difference of medians. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const difference = (one: readonly number[], other: readonly number[]): number =>
  median(one) - median(other);

/** From 0 to 1; small means that chance hardly explains what was measured. `random` as Math.random. */
export function chanceOfDifference(
  one: readonly number[],
  other: readonly number[],
  rounds: number,
  random: () => number,
): number {
  const measured = Math.abs(difference(one, other));
  const all = [...one, ...other];
  let atLeast = 0;
  for (let round = 0; round < rounds; round += 1) {
    shuffle(all, random);
    if (Math.abs(difference(all.slice(0, one.length), all.slice(one.length))) >= measured) atLeast += 1;
  }
  // The labels as they were are one of the shuffles, so that the answer is never quite 0.
  return (atLeast + 1) / (rounds + 1);
}

function shuffle(values: number[], random: () => number): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const at = Math.floor(random() * (last + 1));
    [values[last], values[at]] = [values[at]!, values[last]!];
  }
}
