/** Percentiles and bins of the Lab's charts. */
import { expect, test } from "@playwright/test";
import { binsFor, countIn, percentile } from "@/lib/lab/histogram";

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test("a percentile is a value that was measured, the smallest that the share does not exceed", () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.2, 0.5, 0.95, 1].map((q) => percentile(values, q))).toEqual([1, 1, 3, 5, 5]);
  expect(percentile(upTo(100), 0.99)).toBe(99);
  expect(values, "the series itself is left as it is").toEqual([5, 1, 4, 2, 3]);
  expect(percentile([], 0.5)).toBeNaN();
});

test("times close together get equal steps, times far apart a logarithmic axis, both between round numbers", () => {
  const close = binsFor([2, 3, 4.5]);
  expect(close.scale).toBe("linear");
  expect([close.edges[0], close.edges.at(-1)]).toEqual([2, 5]);
  const apart = binsFor([0.7, 3, 42]);
  expect(apart.scale).toBe("log");
  expect(apart.edges[0]).toBeCloseTo(0.5);
  expect(apart.edges.at(-1)).toBeCloseTo(50);
  const ratios = apart.edges.slice(1).map((edge, at) => edge / apart.edges[at]!);
  for (const ratio of ratios) expect(ratio).toBeCloseTo(ratios[0]!);
});

for (const values of [[3], [2, 2, 2], [1, 10], [0.001, 1000], upTo(500), [0.3, 0.30001]])
  test(`no value of ${values.slice(0, 3).join(", ")} … is lost, and none counted twice`, () => {
    const bins = binsFor(values);
    expect(bins.edges).toHaveLength(41);
    expect(bins.edges[0]!).toBeLessThanOrEqual(values[0]! * 1.000001);
    const counts = countIn(bins, values);
    expect(counts).toHaveLength(40);
    expect(counts.reduce((sum, count) => sum + count)).toBe(values.length);
  });

test("a value on an edge belongs to the bin that begins there, what lies beyond to the nearest", () => {
  const bins = { scale: "linear" as const, edges: [0, 1, 2, 3] };
  expect(countIn(bins, [-1, 0, 0.9, 1, 2.5, 3, 70])).toEqual([3, 1, 3]);
});
