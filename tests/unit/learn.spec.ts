/** The lessons: complete, short, in order. */
import { expect, test } from "@playwright/test";
import { countWords, minutesOf } from "@/app/learn/_content/lesson";
import { LESSONS } from "@/app/learn/_content/lessons";

test("ten lessons, each at an address of its own", () => {
  expect(LESSONS.length).toBe(10);
  expect(new Set(LESSONS.map(({ slug }) => slug)).size).toBe(10);
  for (const { slug } of LESSONS) {
    expect(slug).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(["choose", "compare", "check", "source"]).not.toContain(slug);
  }
});

for (const { slug, summary, body, watch } of LESSONS)
  test(`${slug} is short and says what to watch for`, () => {
    const words = countWords(body);
    expect(words).toBeGreaterThanOrEqual(300);
    expect(words).toBeLessThanOrEqual(600);
    expect(minutesOf({ summary, body })).toBeGreaterThanOrEqual(2);
    expect(countWords(summary)).toBeGreaterThan(5);
    expect(countWords(watch)).toBeGreaterThan(8);
  });

test("words are counted wherever they stand", () => {
  expect(countWords("one, two – three")).toBe(3);
  expect(
    countWords({
      props: {
        className: "not read",
        children: ["one ", { props: { rows: [{ name: "two", cells: ["three four"] }] } }, null, 5],
      },
    }),
  ).toBe(4);
});
