/** Where `next` may lead: to a path of this origin, whatever the trick. */
import { expect, test } from "@playwright/test";
import { safeNextPath } from "@/lib/core/next-path";

const HERE = "https://app.example.com";

const ELSEWHERE: unknown[] = [
  "//evil.example",
  "///evil.example",
  "////evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\\/evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n/evil.example",
  "\t//evil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/a/..//evil.example",
  "/./\\evil.example",
  "/%2e//evil.example",
  "/%2E%2e//evil.example",
  "https://evil.example",
  "https:evil.example",
  "HTTPS://app.example.com.evil.example",
  "http:/evil.example",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "data:text/html,x",
  "blob:https://app.example.com/x",
  "@evil.example",
  "dashboard",
  "?next=/x",
  "#x",
  "",
  " /settings",
  "//[",
  "/".repeat(5),
  `/${"a".repeat(2048)}`,
];

for (const value of ELSEWHERE) {
  test(`what could lead elsewhere leads to the dashboard: ${JSON.stringify(String(value).slice(0, 60))}`, () => {
    expect(safeNextPath(value)).toBe("/dashboard");
  });
}

for (const value of [
  undefined,
  null,
  5,
  true,
  {},
  ["/settings"],
  ["/settings", "/dashboard"],
  new String("/settings"),
  () => "/x",
]) {
  test(`what is not text leads to the dashboard: ${JSON.stringify(value) ?? typeof value}`, () => {
    expect(safeNextPath(value)).toBe("/dashboard");
  });
}

for (const value of [
  "/%2F/evil.example",
  "/%2F%2Fevil.example",
  "/%5Cevil.example",
  "/%09/evil.example",
  "/@evil.example",
  "/:80",
  "/a//evil.example",
  "/a/\\evil.example",
  "/settings?to=https://evil.example",
  "/settings#//evil.example",
  "/;@evil.example",
  "/javascript:alert(1)",
  "/\u2028/evil.example",
  "/\u3002/evil.example",
  "/\uFF0F/evil.example",
]) {
  test(`what looks dangerous but is a path stays on this origin, for every parser's eye: ${JSON.stringify(value)}`, () => {
    const path = safeNextPath(value);
    expect(path).toMatch(/^\/(?![/\\])/);
    expect(path).toMatch(/^[\x21-\x7e]+$/);
    expect(new URL(path, HERE).origin).toBe(HERE);
    // The result is followed again by some door: reading it twice must change nothing.
    expect(safeNextPath(path)).toBe(path);
  });
}

test("a path comes back as it was, with its query and fragment", () => {
  for (const path of [
    "/",
    "/settings",
    "/settings/devices",
    "/a?b=c&d=%2F",
    "/a?b#c",
    `/${"a".repeat(2047)}`,
  ]) {
    expect(safeNextPath(path)).toBe(path);
  }
});

test("a path that cannot be written as it is comes back encoded, never broken in two header lines", () => {
  expect(safeNextPath("/a b\r\nset-cookie: x=y")).toBe("/a%20bset-cookie:%20x=y");
  expect(safeNextPath("/ü")).toBe("/%C3%BC");
});
