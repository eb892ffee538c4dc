/** Refresh tokens: one spelling for each generation, and a MAC that speaks for it alone. */
import { createHash } from "node:crypto";
import { expect, test } from "@playwright/test";
import {
  readRefreshToken,
  refreshToken,
  refreshTokenHash,
  refreshTokenOfHash,
} from "@/lib/auth/strategies/jwt/refresh-token";
import { useEnvironment } from "./environment";

test.beforeEach(() => void useEnvironment());

const FAMILY = "abcdefghij_-0123456789";
const token = (family = FAMILY, generation = 7) => refreshToken({ family, generation });
const parts = (text: string) => text.split(".") as [string, string, string, string];

test("every changed, dropped or added character is refused", () => {
  const genuine = token();
  for (let position = 0; position < genuine.length; position += 1) {
    for (const other of ["A", "B", "0", "-", ".", "=", " "]) {
      if (genuine[position] === other) continue;
      const changed = genuine.slice(0, position) + other + genuine.slice(position + 1);
      expect(readRefreshToken(changed), changed).toBeNull();
    }
    expect(readRefreshToken(genuine.slice(0, position) + genuine.slice(position + 1))).toBeNull();
    expect(readRefreshToken(`${genuine.slice(0, position)}A${genuine.slice(position)}`)).toBeNull();
  }
});

test("a MAC speaks for one family and one generation only", () => {
  const [prefix, family, generation, mac] = parts(token());
  expect(readRefreshToken([prefix, "z".repeat(22), generation, mac].join("."))).toBeNull();
  for (const other of ["6", "8", "70", "0"])
    expect(readRefreshToken([prefix, family, other, mac].join("."))).toBeNull();
  expect(readRefreshToken(token("z".repeat(22)))).toEqual({ family: "z".repeat(22), generation: 7 });
});

test("the text of one generation has one spelling", () => {
  const [prefix, family, , mac] = parts(token(FAMILY, 0));
  for (const generation of ["00", "-0", "+0", "0x0", "0e0", "0.0", " 0", ""]) {
    expect(readRefreshToken([prefix, family, generation, mac].join(".")), generation).toBeNull();
  }
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const respelt = [...alphabet]
    .map((last) => mac.slice(0, -1) + last)
    .filter(
      (other) => other !== mac && Buffer.from(other, "base64url").equals(Buffer.from(mac, "base64url")),
    );
  expect(respelt.length).toBeGreaterThan(0);
  for (const other of respelt) expect(readRefreshToken([prefix, family, "0", other].join("."))).toBeNull();
});

for (const [name, text] of Object.entries({
  "the empty string": "",
  garbage: "garbage",
  "only dots": "...",
  "100000 characters": "A".repeat(100_000),
  "a family of 21 characters": `hsr1.${"a".repeat(21)}.0.${"a".repeat(43)}`,
  "a family of 23 characters": `hsr1.${"a".repeat(23)}.0.${"a".repeat(43)}`,
  "a generation of ten digits": `hsr1.${"a".repeat(22)}.1000000000.${"a".repeat(43)}`,
  "a MAC of 42 characters": `hsr1.${"a".repeat(22)}.0.${"a".repeat(42)}`,
  "another prefix": `hsr2.${"a".repeat(22)}.0.${"a".repeat(43)}`,
  "a newline at the end": "\n",
})) {
  test(`what has not the shape of a refresh token is refused: ${name}`, () => {
    expect(readRefreshToken(name === "a newline at the end" ? `${token()}\n` : text)).toBeNull();
  });
}

test("a token of another server's secret is refused", () => {
  const theirs = token();
  useEnvironment({ REFRESH_TOKEN_SECRET: "refresh-secret-of-another-server-0123456789" });
  expect(readRefreshToken(theirs)).toBeNull();
});

test("through a rotation the tokens of either secret are read, and the one handed out is found by its hash", () => {
  const [secret, next] = [
    "refresh-secret-of-the-unit-tests-0123456789",
    "refresh-secret-that-comes-after-it-0123456789",
  ];
  const name = { family: FAMILY, generation: 7 };
  const old = token();
  useEnvironment({ REFRESH_TOKEN_SECRET_NEXT: next });
  expect(token()).toBe(old);
  useEnvironment({ REFRESH_TOKEN_SECRET: next, REFRESH_TOKEN_SECRET_PREVIOUS: secret });
  const made = token();
  expect(made).not.toBe(old);
  const steps: Record<string, string>[] = [
    { REFRESH_TOKEN_SECRET: secret, REFRESH_TOKEN_SECRET_NEXT: next },
    { REFRESH_TOKEN_SECRET: next, REFRESH_TOKEN_SECRET_PREVIOUS: secret },
  ];
  for (const step of steps) {
    useEnvironment(step);
    for (const text of [old, made]) {
      expect(readRefreshToken(text)).toEqual(name);
      expect(refreshTokenOfHash(name, refreshTokenHash(text))).toBe(text);
    }
    expect(refreshTokenOfHash({ ...name, generation: 8 }, refreshTokenHash(old))).toBeNull();
  }
  useEnvironment({ REFRESH_TOKEN_SECRET: next });
  expect(readRefreshToken(old)).toBeNull();
  expect(refreshTokenOfHash(name, refreshTokenHash(old))).toBeNull();
  expect(readRefreshToken(made)).toEqual(name);
});

test("a token names the family and generation it was made for, for as many as there are", () => {
  for (const generation of [0, 1, 9, 10, 999_999_999]) {
    expect(readRefreshToken(token(FAMILY, generation))).toEqual({ family: FAMILY, generation });
  }
});

test("a token can be computed again, so that nobody need store it", () => {
  expect(token()).toBe(token());
});

test("the database keeps a hash that leads nowhere near the token", () => {
  const text = token();
  expect(refreshTokenHash(text)).toBe(createHash("sha256").update(text).digest("base64url"));
});
