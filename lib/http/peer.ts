/** Where a request really came from: the socket's address, and forwarded headers only where a trusted proxy added them. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { Origin } from "@/lib/auth/contract";
import { env } from "@/lib/core/env";
import { labConditions } from "@/lib/trace/lab-scope";

const PEER_HEADER = "x-halfstate-peer";
const PROXY_HEADER = "x-halfstate-proxied";

type Headers = { get(name: string): string | null };

/**
 * Writes the socket's address into the request before Next sees it, and whether a proxy says that it is one, over whatever a client
 * sent under those names. Next itself only offers x-forwarded-for, keeps a client's own value there, and adds it to every request.
 */
export function stampPeer(request: IncomingMessage): void {
  request.headers[PEER_HEADER] = plainAddress(request.socket.remoteAddress ?? "");
  delete request.headers[PROXY_HEADER];
  for (const name in request.headers) {
    if (!isProxyHeader(name)) continue;
    request.headers[PROXY_HEADER] = "1";
    return;
  }
}

const isProxyHeader = (name: string) =>
  name.startsWith("x-forwarded-") || name === "forwarded" || name === "via" || name === "x-real-ip";

/** True for a program on this very machine that speaks to us itself: nothing that looks like a proxy, declared or not, is in between. */
export function isLocalCaller(headers: Headers): boolean {
  const peer = headers.get(PEER_HEADER) ?? "";
  if (!isLoopback(peer) || headers.get(PROXY_HEADER) !== null || isTrustedProxy(peer)) return false;
  // A proxy that adds nothing may still pass on the name it was asked for; so does a browser that a foreign name led here.
  return isLoopbackName((headers.get("host") ?? "").replace(/:\d+$/, ""));
}

const isLoopback = (address: string) => /^127\.\d+\.\d+\.\d+$/.test(address) || address === "::1";
const isLoopbackName = (name: string) => name === "localhost" || name === "[::1]" || isLoopback(name);

/** The address is one of TRUSTED_PROXIES. */
export const isTrustedProxy = (address: string): boolean =>
  env().trustedProxies.length > 0 && isTrusted(trustedProxies(), address);

/** The socket's address of a request that was stamped. */
export const peerAddress = (request: IncomingMessage): string => String(request.headers[PEER_HEADER] ?? "");

export const originOf = (headers: Headers): Origin => ({
  ip: clientAddress(headers),
  userAgent: headers.get("user-agent") ?? "",
});

/** The nearest address on the way here that is not one of TRUSTED_PROXIES. */
export function clientAddress(headers: Headers): string {
  const ofExperiment = labConditions()?.address;
  if (ofExperiment) return ofExperiment;
  const peer = headers.get(PEER_HEADER) ?? "";
  // Most often there is none; an empty BlockList takes as long to answer as a full one.
  if (env().trustedProxies.length === 0) return peer || "unknown";
  const proxies = trustedProxies();
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => plainAddress(hop.trim()));
  let address = peer;
  while (isTrusted(proxies, address)) {
    const previous = hops.pop();
    if (!previous || isIP(previous) === 0) break;
    address = previous;
  }
  return address || "unknown";
}

const isTrusted = (proxies: BlockList, address: string): boolean => {
  const version = isIP(address);
  return version !== 0 && proxies.check(address, version === 6 ? "ipv6" : "ipv4");
};

/** An IPv4 address that came over an IPv6 socket is still that IPv4 address. */
const plainAddress = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

const shared = globalThis as { __halfstateProxies?: BlockList };

function trustedProxies(): BlockList {
  return (shared.__halfstateProxies ??= env().trustedProxies.reduce((list, entry) => {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
    return list;
  }, new BlockList()));
}
