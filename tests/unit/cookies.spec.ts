/** Names, paths and attributes of our cookies (RFC 6265bis). */
import { expect, test } from "@playwright/test";
import type { CookieName } from "@/lib/core/cookie-names";
import { setCookieHeader } from "@/lib/http/cookies";
import { useEnvironment } from "./environment";

const NOW = new Date("2026-03-01T12:00:00.400Z");
const NAMES: CookieName[] = ["session", "access", "refresh", "flash", "renewed", "device"];

/** `HttpOnly` and the like come out as `{ httponly: "" }`. */
function read(header: string) {
  const [pair = "", ...attributes] = header.split("; ");
  const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
  const flags = attributes
    .map((attribute) => attribute.split("="))
    .map(([key = "", text = ""]) => [key.toLowerCase(), text] as const);
  return {
    name,
    value,
    flags: Object.fromEntries(flags) as Record<string, string>,
    count: attributes.length,
  };
}

const set = (name: CookieName, seconds = 60) =>
  read(
    setCookieHeader({ name, value: "v.a-l_u*e", expiresAt: new Date(NOW.getTime() + seconds * 1000) }, NOW),
  );
const cleared = (name: CookieName) => read(setCookieHeader({ name, value: null }, NOW));

for (const [scheme, url] of Object.entries({
  http: "http://localhost:3000",
  https: "https://app.example.com",
})) {
  test.describe(`over ${scheme}`, () => {
    test.beforeEach(() => void useEnvironment({ APP_URL: url }));

    for (const name of NAMES) {
      test(`no page script reads ${name}, no other site sends it, and no other host shares it`, () => {
        for (const { flags } of [set(name), cleared(name)]) {
          expect(flags.httponly).toBe("");
          expect(flags.samesite).toBe("Lax");
          expect(flags.domain).toBeUndefined();
          expect("secure" in flags).toBe(scheme === "https");
        }
      });

      test(`clearing ${name} names the same cookie as setting it`, () => {
        const [one, other] = [set(name), cleared(name)];
        expect([other.name, other.flags.path]).toEqual([one.name, one.flags.path]);
        expect(other.value).toBe("");
        expect(other.flags["max-age"]).toBe("0");
        expect(new Date(other.flags.expires ?? "").getTime()).toBe(0);
      });
    }

    test("the refresh cookie goes to the refresh route's folder only, every other one everywhere", () => {
      for (const name of NAMES) expect(set(name).flags.path).toBe(name === "refresh" ? "/api/auth" : "/");
    });
  });
}

test("over https every name has a prefix whose conditions the cookie meets", () => {
  useEnvironment({ APP_URL: "https://app.example.com" });
  expect(NAMES.map((name) => set(name).name)).toEqual([
    "__Host-session",
    "__Host-access",
    "__Secure-refresh",
    "__Host-flash",
    "__Host-renewed",
    "__Host-device",
  ]);
  for (const name of NAMES) {
    const cookie = set(name);
    if (cookie.name.startsWith("__Host-")) expect(cookie.flags.path).toBe("/");
    expect(cookie.flags.secure).toBe("");
  }
});

test("over http no name has a prefix that browsers would refuse", () => {
  useEnvironment();
  expect(NAMES.map((name) => set(name).name)).toEqual(NAMES);
});

test("a cookie lives as long as what is in it, never a negative time", () => {
  useEnvironment();
  const cookie = set("access", 90);
  expect(cookie.flags["max-age"]).toBe("90");
  expect(new Date(cookie.flags.expires ?? "").getTime()).toBe(
    Math.floor((NOW.getTime() + 90_000) / 1000) * 1000,
  );
  expect(set("access", -5).flags["max-age"]).toBe("0");
});
