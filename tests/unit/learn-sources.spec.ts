/** Every place in the code that Learn points at exists, and nothing else can be shown. */
import { expect, test } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CITED, type CitedFile, isCited } from "@/app/learn/_sources/cited";
import { linesOf, parseRange, rangeOf } from "@/app/learn/_sources/lines";

const ROOT = path.resolve(import.meta.dirname, "../..");
const FILES = Object.keys(CITED) as CitedFile[];
const learn = readdirSync(path.join(ROOT, "app/learn"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("_sources"))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
  .join("\n");

for (const file of FILES) {
  test(`${file} stands, and what is cited of it is found in one place`, () => {
    const lines = linesOf(file);
    for (const symbol of CITED[file]) {
      const range = rangeOf(lines, symbol);
      expect(range, symbol).not.toBeNull();
      const { first, last } = range!;
      expect(lines[first - 1], symbol).toContain(symbol);
      expect(last, `${symbol} ends`).toBeGreaterThanOrEqual(first);
      expect(last - first, `${symbol} is a declaration, not the rest of the file`).toBeLessThan(80);
    }
  });

  test(`${file} is cited somewhere, and so is each name in it`, () => {
    expect(learn.includes(`file="${file}"`)).toBe(true);
    for (const symbol of CITED[file])
      expect(
        new RegExp(
          `file="${file.replaceAll(".", "\\.")}"\\s+symbol="${symbol.replaceAll(/[^\w\s]/g, "\\$&")}"`,
        ).test(learn),
        symbol,
      ).toBe(true);
  });
}

test("what is shown is source: nothing hidden, no secret, no data, no path that a glob or a URL would read otherwise", () => {
  for (const file of FILES) expect(file).toMatch(/^(?:[a-z][a-z-]*\/)*[a-z][a-z.-]*\.(?:tsx?|mjs|prisma)$/);
});

for (const stranger of [
  ".env",
  ".env.local",
  "data/halfstate.db",
  "package.json",
  "../middleware.ts",
  "lib/../.env",
  "lib/auth/../auth/authenticate.ts",
  "lib/auth",
  "/etc/passwd",
  "constructor",
  "__proto__",
  "",
])
  test(`not shown: ${stranger || "nothing"}`, () => expect(isCited(stranger)).toBe(false));

test("a declaration ends where its brackets close, whatever follows", () => {
  const lines = [
    "/** f is not here. */",
    "export async function f({",
    "  a,",
    "}: Shape): Promise<void> {",
    "  return g(a);",
    "}",
    "",
    "const g = (a: number) =>",
    "  a + 1;",
    "const h = 1;",
    "class K {",
    "  async #m(): Promise<void> {",
    "    await this.#n();",
    "  }",
    "}",
  ];
  expect(rangeOf(lines, "f")).toEqual({ first: 2, last: 6 });
  expect(rangeOf(lines, "g")).toEqual({ first: 8, last: 9 });
  expect(rangeOf(lines, "h")).toEqual({ first: 10, last: 10 });
  expect(rangeOf(lines, "m")).toEqual({ first: 12, last: 14 });
  expect(rangeOf(lines, "f is not here")).toEqual({ first: 1, last: 1 });
  expect(rangeOf(lines, "nowhere")).toBeNull();
  expect(rangeOf([...lines, "const h = 2;"], "h"), "two places are none").toBeNull();
});

test("a range of lines is what it says, and nothing that it cannot be", () => {
  expect(parseRange("12", 100)).toEqual({ first: 12, last: 12 });
  expect(parseRange("12-20", 100)).toEqual({ first: 12, last: 20 });
  expect(parseRange("12-200", 100)).toEqual({ first: 12, last: 100 });
  for (const garbage of [undefined, "", "0", "0-3", "20-12", "101", "1-", "-1", "1e3", "a", "1-2-3", "<b>"])
    expect(parseRange(garbage, 100), String(garbage)).toBeNull();
});
