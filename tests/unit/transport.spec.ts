/** Where an access token is looked for, and which place decides. */
import { expect, test } from "@playwright/test";
import type { Carrier } from "@/lib/auth/contract";
import { carriedAccessToken } from "@/lib/auth/strategies/jwt/transport.edge";
import { carriedSeal } from "@/lib/auth/strategies/session/seal.edge";
import { useEnvironment } from "./environment";

test.beforeEach(() => void useEnvironment());

const carrier = (authorization: string | null, cookies: Record<string, string> = {}): Carrier => ({
  headers: { get: (name) => (name === "authorization" ? authorization : null) },
  cookies: { get: (name) => (Object.hasOwn(cookies, name) ? { value: cookies[name]! } : undefined) },
});

const COOKIE = { access: "from-the-cookie" };

for (const header of [
  "Bearer",
  "bearer",
  "BEARER",
  "Bearer ",
  "Bearer    ",
  " Bearer ",
  "Bearer,",
  "Bearer\t",
]) {
  test(`a bearer header without a token is bad, not absent: ${JSON.stringify(header)}`, () => {
    expect(carriedAccessToken(carrier(header, COOKIE))).toEqual({ token: "", transport: "bearer" });
  });
}

for (const [header, token] of Object.entries({
  "Bearer a b": "a b",
  "Bearer a, Basic b": "a, Basic b",
  "Bearer , a": "a",
  'Bearer "a"': '"a"',
  "Bearer =": "=",
})) {
  test(`a garbled bearer header decides all the same, and the cookie is not looked at: ${header}`, () => {
    expect(carriedAccessToken(carrier(header, COOKIE))).toEqual({ token, transport: "bearer" });
  });
}

for (const header of [
  "Basic YTpi",
  "Digest x",
  "Bearers abc",
  "Bearer-Token abc",
  "BearerX",
  "Token bearer abc",
  "",
  "  ",
]) {
  test(`another scheme is not ours and is ignored: ${JSON.stringify(header)}`, () => {
    expect(carriedAccessToken(carrier(header))).toBeNull();
    expect(carriedAccessToken(carrier(header, COOKIE))).toEqual({
      token: "from-the-cookie",
      transport: "cookie",
    });
  });
}

for (const header of ["Bearer abc", "bearer abc", "BEARER abc", "bEaReR   abc  ", "  Bearer\tabc"]) {
  test(`the scheme is read in any case, with any space: ${JSON.stringify(header)}`, () => {
    expect(carriedAccessToken(carrier(header, COOKIE))).toEqual({ token: "abc", transport: "bearer" });
  });
}

test("a request without header and cookie carries nothing", () => {
  expect(carriedAccessToken(carrier(null))).toBeNull();
  expect(carriedSeal(carrier(null))).toBeNull();
});

test("an empty cookie is a credential that is bad, not one that is absent", () => {
  expect(carriedAccessToken(carrier(null, { access: "" }))).toEqual({ token: "", transport: "cookie" });
  expect(carriedSeal(carrier(null, { session: "" }))).toBe("");
});

test("under https only the prefixed cookies are credentials", () => {
  useEnvironment({ APP_URL: "https://app.example.com" });
  const plain = carrier(null, { access: "planted", session: "planted" });
  expect(carriedAccessToken(plain)).toBeNull();
  expect(carriedSeal(plain)).toBeNull();
  const prefixed = carrier(null, { "__Host-access": "ours", "__Host-session": "sealed" });
  expect(carriedAccessToken(prefixed)).toEqual({ token: "ours", transport: "cookie" });
  expect(carriedSeal(prefixed)).toBe("sealed");
});
