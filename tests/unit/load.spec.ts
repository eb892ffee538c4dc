/** What a load test makes of what it saw (scripts/load): its counts, its table, its exit code. Nothing is sent. */
import { expect, test } from "@playwright/test";
import { exitCodeOf, readArguments, summaryText } from "../../scripts/load.mjs";
import { newTally, quantile } from "../../scripts/load/tally.mjs";

test("arguments that make no test are refused with the reason", () => {
  const refusals: [string[], RegExp][] = [
    [[], /Give one address/],
    [["http://a", "http://b"], /Give one address/],
    [["my.host"], /is no origin/],
    [["https://my.host/app"], /is no origin/],
    [["https://me:secret@my.host"], /is no origin/],
    [["ftp://my.host"], /is no origin/],
    [["http://a", "--rate", "0"], /--rate is "0": give a number from 0.01 to 1000/],
    [["http://a", "--seconds", ""], /--seconds/],
    [["http://a", "--think", "long"], /--think/],
    [["http://a", "--modes", "jwt,cookies"], /--modes/],
    [["http://a", "--fast"], /--fast/],
  ];
  for (const [args, reason] of refusals) expect(() => readArguments(args), args.join(" ")).toThrow(reason);
});

test("arguments say what to do", () => {
  expect(readArguments(["http://localhost:3000/", "--rate", "2", "--modes", "session"])).toMatchObject({
    rate: 2,
    seconds: 60,
    modes: ["session"],
    timeoutMs: 15_000,
  });
});

test("a quantile is a value that was seen", () => {
  expect(quantile([], 0.5)).toBeNull();
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([3, 1, 2], 1)).toBe(3);
});

test("only answers that were as they should be lend their times", () => {
  const tally = newTally();
  tally.add("log in", "fine", 100, 0);
  tally.add("log in", "limited", 1, 0);
  tally.add("log in", "overloaded", 1, 0);
  tally.add("log in", "wrong", 1, 0, "500 internal_error");
  tally.add("log in", "wrong", 1, 0, "500 internal_error");
  const { rows, wrongs, requests, fine, wrong } = tally.summary();
  expect(rows).toEqual([
    {
      kind: "log in",
      fine: 1,
      limited: 1,
      overloaded: 1,
      wrong: 2,
      p50: 100,
      p95: 100,
      p99: 100,
      slowest: 100,
    },
  ]);
  expect(wrongs).toEqual([{ what: "log in: 500 internal_error", count: 2 }]);
  expect({ requests, fine, wrong }).toEqual({ requests: 5, fine: 1, wrong: 2 });
});

test("the live figures are of the last five seconds", () => {
  const tally = newTally();
  tally.add("page", "fine", 900, 0);
  tally.add("page", "fine", 10, 6_000);
  expect(tally.lately(7_000)).toEqual({ perSecond: 0.2, p99: 10 });
});

test("a wrong answer, or a credential that lives on for over a second, ends with 1", () => {
  const run = (wrong: number, slowest: number | null, fine = 5) =>
    exitCodeOf({ fine, wrong, revocations: { slowest } });
  expect(run(1, 0)).toBe(1);
  expect(run(0, 1_001)).toBe(1);
  expect(run(0, 1_000)).toBe(0);
  expect(run(0, null)).toBe(0);
  expect(run(0, null, 0)).toBe(2);
});

test("the summary names what was wrong, and what a limit means", () => {
  const tally = newTally();
  tally.add("sign up", "limited", 3, 0);
  tally.add("renew", "wrong", 3, 0, "401 refresh_reused");
  tally.addRevocation(12);
  const text = summaryText({ people: 2, elapsedSeconds: 4, ...tally.summary() });
  expect(text).toContain("wrong: 1 x renew: 401 refresh_reused");
  expect(text).toContain("LIMIT_SIGNUPS=100000");
  expect(text).toContain("refused everywhere after 12 ms (p50)");
  expect(text).not.toContain("Overloaded:");
});
