/** Two samples are called different only where chance hardly explains it. */
import { expect, test } from "@playwright/test";
import { chanceOfDifference, difference, median } from "@/lib/lab/permutation";

/** The same numbers in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sample = (seed: number, shift: number) => {
  const next = random(seed);
  return Array.from({ length: 20 }, () => 60 + next() * 10 + shift);
};

test("the median of an even and an odd number", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(difference([5, 5], [1, 2])).toBe(3.5);
});

test("samples of one kind are hardly ever told apart", () => {
  const chances = Array.from({ length: 100 }, (_, at) =>
    chanceOfDifference(sample(at + 1, 0), sample(at + 1_000, 0), 300, random(at)),
  );
  expect(chances.filter((chance) => chance < 0.05).length).toBeLessThan(12);
  expect(chances.filter((chance) => chance < 0.005).length).toBeLessThan(4);
});

test("a difference as wide as the noise is seen, whichever is slower", () => {
  for (const shift of [10, -10])
    expect(chanceOfDifference(sample(1, shift), sample(2, 0), 4_000, random(3))).toBeLessThan(0.001);
});
