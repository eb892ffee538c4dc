/** What is mended of a request before Next sees it. */
import { expect, test } from "@playwright/test";
import { cookiesWithLiteralPercents, isRouterState, urlWithLiteralPercents } from "@/lib/http/wire";

const sent = (tree: unknown) => encodeURIComponent(JSON.stringify(tree));

test("a router state as Next's client sends it passes", () => {
  const page = ["__PAGE__", {}, null, null];
  for (const tree of [
    ["", { children: page }],
    ["", { children: ["settings", { children: page }] }, null, null, true],
    ["", { children: ["users", { children: [["id", "a", "d"], { children: page }] }] }],
  ]) {
    expect(isRouterState(sent(tree)), JSON.stringify(tree)).toBe(true);
  }
});

test("anything else in its place is dropped, because Next would answer 500 to it", () => {
  for (const header of [
    undefined,
    "",
    "garbage",
    "%",
    sent(null),
    sent({}),
    sent([]),
    sent([1, {}]),
    sent(["", null]),
    sent(["", { children: 1 }]),
    sent(["", { children: ["a", { children: [] }] }]),
  ]) {
    expect(isRouterState(header), String(header)).toBe(false);
  }
});

test("percent signs that encode nothing stand for themselves, and the query is left alone", () => {
  expect(urlWithLiteralPercents("/a/%")).toBe("/a/%25");
  expect(urlWithLiteralPercents("/a/%ff?b=%")).toBe("/a/%25ff?b=%");
  expect(urlWithLiteralPercents("/a%20b?c=%20")).toBe("/a%20b?c=%20");
});

test("a cookie whose percent signs encode nothing stands for itself, and leaves the others alone", () => {
  expect(cookiesWithLiteralPercents("session=%")).toBe("session=%25");
  expect(cookiesWithLiteralPercents("a=%20; session=%zz%20?; b=1;c")).toBe(
    "a=%20; session=%25zz%2520?; b=1;c",
  );
});
