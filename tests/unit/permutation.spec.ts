/** Two samples are called different only where chance hardly explains it. */
import { expect, test } from "@playwright/test";
import { chanceOfDifference, difference, median } from "@/lib/lab/permutation";
import { numbersFrom } from "../support/rounds";

/** The same in every run. */
const sample = (seed: number, shift: number) => {
  const next = numbersFrom(seed);
  return Array.from({ length: 20 }, () => 60 + next() * 10 + shift);
};

test("the median of an even and an odd number", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(difference([5, 5], [1, 2])).toBe(3.5);
});

test("samples of one kind are hardly ever told apart", () => {
  const chances = Array.from({ length: 100 }, (_, at) =>
    chanceOfDifference(sample(at + 1, 0), sample(at + 1_000, 0), 300, numbersFrom(at)),
  );
  expect(chances.filter((chance) => chance < 0.05).length).toBeLessThan(12);
  expect(chances.filter((chance) => chance < 0.005).length).toBeLessThan(4);
});

test("a difference as wide as the noise is seen, whichever is slower", () => {
  for (const shift of [10, -10])
    expect(chanceOfDifference(sample(1, shift), sample(2, 0), 4_000, numbersFrom(3))).toBeLessThan(0.001);
});
