/** Whose request ids are kept. */
import type { IncomingMessage } from "node:http";
import { expect, test } from "@playwright/test";
import { stampPeer } from "@/lib/http/peer";
import { requestIdOf } from "@/lib/http/request-id";
import { useEnvironment } from "./environment";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function idOf(given: string | undefined, peer: string): string {
  const request = {
    headers: given === undefined ? {} : { "x-request-id": given },
    socket: { remoteAddress: peer },
  } as unknown as IncomingMessage;
  stampPeer(request);
  return requestIdOf(request);
}

test("an id from anybody but a trusted proxy is replaced", () => {
  const given = "0123456789abcdef";
  useEnvironment();
  expect(idOf(given, "127.0.0.1")).toMatch(UUID);
  useEnvironment({ TRUSTED_PROXIES: "10.0.0.0/8" });
  expect(idOf(given, "203.0.113.9")).toMatch(UUID);
  expect(idOf(given, "")).toMatch(UUID);
});

test("a trusted proxy's is kept where it is well-formed, and nothing that could break a line or a header", () => {
  useEnvironment({ TRUSTED_PROXIES: "10.0.0.0/8" });
  for (const bad of [
    "",
    "short",
    'a"b"c"d"e"f',
    "line\nfeed-line",
    "tab\tbed-tab",
    "ü-umlaut-ü",
    "x".repeat(129),
  ])
    expect(idOf(bad, "10.0.0.1"), bad).toMatch(UUID);
  expect(idOf(undefined, "10.0.0.1")).toMatch(UUID);
  for (const good of [
    "0123456789abcdef",
    "Root=1-67891233".replace("=", ":"),
    crypto.randomUUID(),
    "x".repeat(128),
  ])
    expect(idOf(good, "10.0.0.1")).toBe(good);
});
