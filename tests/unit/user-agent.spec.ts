/** Devices in words that their owner recognises. */
import { expect, test } from "@playwright/test";
import { describeUserAgent } from "@/lib/core/user-agent";

for (const userAgent of ["", " ", "()", "!!!", "<script>alert(1)</script>", "🤖", "\u0000", "/8.5.0", "5"]) {
  test(`a user agent that says nothing is an unknown client: ${JSON.stringify(userAgent)}`, () => {
    expect(describeUserAgent(userAgent)).toBe("Unknown client");
  });
}

for (const [userAgent, words] of [
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Chrome on Linux",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Safari on macOS",
  ],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  ["curl/8.5.0", "curl"],
  ["node", "node"],
  ["python-requests/2.32.3", "python-requests"],
] as const) {
  test(`a person recognises ${words}`, () => {
    expect(describeUserAgent(userAgent)).toBe(words);
  });
}

test("a user agent of any length is described in a short line, quickly", () => {
  const startedAt = performance.now();
  for (const userAgent of [
    "A".repeat(10_000),
    `Mozilla/5.0 (${"X".repeat(10_000)}`,
    `${"Chrome/1 ".repeat(1000)}`,
    `${" ".repeat(10_000)}x`,
  ]) {
    expect(describeUserAgent(userAgent).length).toBeLessThan(60);
  }
  expect(performance.now() - startedAt).toBeLessThan(500);
});
