/** Whose address a request has, and which forwarded ones are believed. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import { clientAddress, isLocalCaller, originOf, stampPeer } from "@/lib/http/peer";
import { useEnvironment } from "./environment";

const through = (peer: string, forwarded?: string) =>
  clientAddress(
    new Headers({
      ...(peer ? { "x-halfstate-peer": peer } : {}),
      ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
    }),
  );

const behind = (trustedProxies: string) => useEnvironment({ TRUSTED_PROXIES: trustedProxies });

test("without trusted proxies a forwarded address is only what somebody claims", () => {
  behind("");
  expect(through("203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
  expect(through("127.0.0.1", "198.51.100.1")).toBe("127.0.0.1");
  expect(through("::1", "198.51.100.1, 127.0.0.1")).toBe("::1");
});

test("a stranger's forwarded address is not believed because some proxy is trusted", () => {
  behind("10.0.0.1");
  expect(through("203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
  expect(through("10.0.0.2", "198.51.100.1")).toBe("10.0.0.2");
});

test("of many forwarded addresses the last one that is no proxy counts: what stands before it was sent by the client", () => {
  behind("10.0.0.0/8");
  expect(through("10.0.0.1", "1.1.1.1, 198.51.100.1")).toBe("198.51.100.1");
  expect(through("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2")).toBe("198.51.100.1");
  expect(through("10.0.0.1", "10.0.0.9, 198.51.100.1, 10.1.2.3, 10.0.0.2")).toBe("198.51.100.1");
});

test("garbage in the forwarded list ends the search at the last proxy that is known", () => {
  behind("10.0.0.0/8");
  for (const garbage of [
    "garbage",
    "",
    "  ",
    ",",
    "unknown",
    "198.51.100.1:443x",
    "1.1.1.1, <script>",
    "999.1.1.1",
    "198.51.100.1;10.0.0.1",
  ]) {
    expect(through("10.0.0.1", garbage), garbage).toBe("10.0.0.1");
  }
  expect(through("10.0.0.1", "198.51.100.1, garbage, 10.0.0.2")).toBe("10.0.0.2");
});

test("a request without a peer has no address that anybody could choose", () => {
  behind("10.0.0.0/8");
  expect(through("")).toBe("unknown");
  expect(through("", "198.51.100.1")).toBe("unknown");
});

test("a trusted proxy's word is taken, for single addresses and subnets of both families", () => {
  behind("10.0.0.1, 192.168.0.0/16, 2001:db8::/32, ::1");
  for (const proxy of ["10.0.0.1", "192.168.7.7", "2001:db8:1::2", "::1"]) {
    expect(through(proxy, "198.51.100.1"), proxy).toBe("198.51.100.1");
    expect(through(proxy, "2001:db9::5"), proxy).toBe("2001:db9::5");
  }
});

test("where all hops are proxies, the farthest is the client", () => {
  behind("10.0.0.0/8");
  expect(through("10.0.0.1", "10.0.0.3, 10.0.0.2")).toBe("10.0.0.3");
  expect(through("10.0.0.1")).toBe("10.0.0.1");
});

test("an IPv4 address that came over an IPv6 socket is that IPv4 address", () => {
  behind("10.0.0.0/8");
  expect(through("10.0.0.1", "::ffff:198.51.100.1")).toBe("198.51.100.1");
  expect(through("10.0.0.1", "198.51.100.1, ::FFFF:10.0.0.2")).toBe("198.51.100.1");
});

test("the socket's address is stamped over whatever a client sends under that name", async () => {
  behind("");
  const server = http.createServer((request, response) => {
    stampPeer(request);
    response.end(String(request.headers["x-halfstate-peer"]));
  });
  for (const [host, expected] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::", "127.0.0.1"],
  ] as const) {
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { "x-halfstate-peer": "6.6.6.6" } });
    expect(await answer.text(), host).toBe(expected);
    await new Promise((resolve) => server.close(resolve));
  }
});

test("an origin is the address and the user agent, which may be missing", () => {
  behind("");
  expect(originOf(new Headers({ "x-halfstate-peer": "203.0.113.9", "user-agent": "curl/8" }))).toEqual({
    ip: "203.0.113.9",
    userAgent: "curl/8",
  });
  expect(originOf(new Headers())).toEqual({ ip: "unknown", userAgent: "" });
});

test("a caller on this machine is known by its socket, its Host and the want of any sign of a proxy", () => {
  const headers = (more: Record<string, string>) =>
    new Headers({ "x-halfstate-peer": "127.0.0.1", host: "localhost:3000", ...more });
  behind("");
  for (const peer of ["", "unknown", "203.0.113.9", "10.0.0.1", "128.0.0.1", "::2", "127.0.0.1.example.com"])
    expect(isLocalCaller(headers({ "x-halfstate-peer": peer })), peer).toBe(false);
  expect(isLocalCaller(headers({ "x-halfstate-proxied": "1" })), "a proxy said so").toBe(false);
  for (const host of [
    "",
    "app.example.com",
    "localhost.example.com",
    "127.0.0.1.example.com:80",
    "[::2]:3000",
  ])
    expect(isLocalCaller(headers({ host })), host).toBe(false);
  behind("127.0.0.0/8");
  expect(isLocalCaller(headers({})), "a declared proxy").toBe(false);

  behind("10.0.0.0/8");
  for (const [peer, host] of [
    ["127.0.0.1", "127.0.0.1:9090"],
    ["127.0.0.53", "localhost"],
    ["::1", "[::1]:3000"],
  ] as const)
    expect(isLocalCaller(headers({ "x-halfstate-peer": peer, host })), peer).toBe(true);
});

test("whatever a proxy adds is seen before Next adds the like, and nobody can claim to be none", () => {
  const proxied = (headers: Record<string, string>) => {
    const request = { headers, socket: { remoteAddress: "127.0.0.1" } } as unknown as http.IncomingMessage;
    stampPeer(request);
    return request.headers["x-halfstate-proxied"];
  };
  for (const name of [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-real-ip",
  ])
    expect(proxied({ [name]: "anything" }), name).toBe("1");
  expect(proxied({ accept: "text/plain" })).toBeUndefined();
  expect(proxied({ "x-halfstate-proxied": "0" }), "a client's own word").toBeUndefined();
});
