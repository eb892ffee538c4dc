/** The lessons: complete, short, in order. */
import { expect, test } from "@playwright/test";
import { sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { signAccessToken } from "@/lib/auth/strategies/jwt/access-token.edge";
import { randomId } from "@/lib/core/identifiers";
import { useEnvironment } from "./environment";
import { countWords, minutesOf } from "@/app/learn/_content/lesson";
import { LESSONS } from "@/app/learn/_content/lessons";
import { COMPARISON } from "@/app/learn/_content/comparison";
import { LETTERS, mark, QUIZ, type QuizQuestion } from "@/app/learn/_content/quiz";

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

test("fifteen questions, each with four different answers of which one is right, explained, and in a lesson", () => {
  expect(QUIZ.length).toBe(15);
  expect(new Set(QUIZ.map(({ asks }) => asks)).size).toBe(15);
  for (const { asks, options, right, because, lesson } of QUIZ) {
    expect(asks).toMatch(/[?]$/);
    expect(Object.keys(options)).toEqual([...LETTERS]);
    expect(new Set(Object.values(options)).size, asks).toBe(4);
    expect(LETTERS).toContain(right);
    expect(countWords(because), asks).toBeGreaterThan(20);
    expect(
      LESSONS.map(({ slug }) => slug),
      asks,
    ).toContain(lesson);
  }
});

test("neither its place nor its length gives the right answer away", () => {
  for (const letter of LETTERS)
    expect(QUIZ.filter(({ right }) => right === letter).length, letter).toBeGreaterThanOrEqual(3);
  const longest = ({ options }: QuizQuestion) =>
    Math.max(...Object.values(options).map(({ length }) => length));
  const revealing = QUIZ.filter((question) => question.options[question.right].length === longest(question));
  expect(revealing.length).toBeLessThanOrEqual(5);
});

test("answers are counted, those left out are not wrong ones, and garbage is passed over", () => {
  const all = (field: string) => QUIZ[Number(field.slice(1)) - 1]?.right;
  expect(mark(all)).toMatchObject({ right: 15, answered: 15 });
  const query: Record<string, string> = { q1: QUIZ[0]!.right, q2: "a", q3: "e", q4: "", q16: "a", q: "b" };
  expect(QUIZ[1]!.right).not.toBe("a");
  const marks = mark((field) => query[field])!;
  expect(marks).toMatchObject({ right: 1, answered: 2 });
  expect(marks.chosen.slice(0, 4)).toEqual([QUIZ[0]!.right, "a", undefined, undefined]);
  expect(mark((field) => ({ q3: "<script>" })[field])).toBeNull();
});

test("what is compared is compared in full", () => {
  const points = COMPARISON.flatMap((group) => group.points);
  expect(points.length).toBeGreaterThanOrEqual(14);
  for (const { asks, sessions, jwtAlone, hybrid } of points) {
    expect(asks).toMatch(/[?]$/);
    for (const says of [sessions, jwtAlone, hybrid]) expect(says, asks).toMatch(/^[A-Z].+\.$/);
  }
});

test("the bytes that the pages name are those of real credentials", async () => {
  useEnvironment({ APP_URL: "https://app.example.com" });
  const now = new Date();
  const id = randomId();
  const ada = { id: randomId(), email: "ada@example.com", name: "Ada Lovelace", role: "member" as const };
  const { token } = await signAccessToken(ada, { id, expiresAt: new Date(now.getTime() + 86_400_000) }, now);
  expect(Math.abs((await sealSessionId(id)).length - 300)).toBeLessThan(30);
  expect(Math.abs(token.length - 550)).toBeLessThan(30);
});
