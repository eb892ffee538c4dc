/** Which requests come from our own pages. */
import { expect, test } from "@playwright/test";
import { allowedCorsOrigin, comesFromOurPages } from "@/lib/http/same-origin";
import { useEnvironment } from "./environment";

const APP = "https://app.example.com";
test.beforeEach(() => void useEnvironment({ APP_URL: APP, CORS_ORIGINS: "https://spa.example.com" }));

const headers = (entries: Record<string, string>) => new Headers(entries);

for (const site of [
  "cross-site",
  "same-site",
  "",
  "Same-Origin",
  "same-origin, cross-site",
  "null",
  "garbage",
]) {
  test(`Sec-Fetch-Site ${JSON.stringify(site)} is not from our pages, whatever Origin says`, () => {
    expect(comesFromOurPages(headers({ "sec-fetch-site": site }))).toBe(false);
    expect(comesFromOurPages(headers({ "sec-fetch-site": site, origin: APP }))).toBe(false);
  });
}

for (const origin of [
  "null",
  "",
  "garbage",
  "https://evil.example",
  "https://app.example.com.evil.example",
  "https://evil.example#https://app.example.com",
  "https://app.example.com@evil.example",
  "https://xapp.example.com",
  "https://example.com",
  "https://APP.example.com",
  "HTTPS://app.example.com",
  "https://app.example.com.",
  "https://app.example.com/",
  "https://app.example.com:443",
  "https://app.example.com:8443",
  "http://app.example.com",
  "//app.example.com",
  "app.example.com",
  "https://spa.example.com",
  "https://app.example.com https://evil.example",
]) {
  test(`an Origin that is not exactly ours is not from our pages: ${JSON.stringify(origin)}`, () => {
    expect(comesFromOurPages(headers({ origin }))).toBe(false);
  });
}

test("Sec-Fetch-Site same-origin and none are ours, also beside the Origin null of a sandboxed referrer policy", () => {
  for (const site of ["same-origin", "none"]) {
    expect(comesFromOurPages(headers({ "sec-fetch-site": site }))).toBe(true);
    expect(comesFromOurPages(headers({ "sec-fetch-site": site, origin: "null" }))).toBe(true);
  }
});

test("our own Origin is ours where the browser sends no Sec-Fetch-Site", () => {
  expect(comesFromOurPages(headers({ origin: APP }))).toBe(true);
});

test("a client that sends neither header is no browser and is let through", () => {
  expect(comesFromOurPages(headers({}))).toBe(true);
});

test("only an origin of CORS_ORIGINS is let in, compared whole", () => {
  const allowed = (origin: string) => allowedCorsOrigin(headers({ origin }));
  for (const origin of [
    "null",
    "",
    "https://evil.example",
    "https://spa.example.com.evil.example",
    "https://SPA.example.com",
    "https://spa.example.com:444",
    "http://spa.example.com",
    APP,
  ]) {
    expect(allowed(origin), origin).toBeNull();
  }
  expect(allowedCorsOrigin(headers({}))).toBeNull();
  expect(allowed("https://spa.example.com")).toBe("https://spa.example.com");
});

test("CORS is closed where nothing is set, also to the empty origin", () => {
  useEnvironment({ APP_URL: APP, CORS_ORIGINS: "" });
  expect(allowedCorsOrigin(headers({ origin: "https://spa.example.com" }))).toBeNull();
  expect(allowedCorsOrigin(headers({ origin: "" }))).toBeNull();
});
