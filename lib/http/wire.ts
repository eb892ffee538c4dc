/** Each request before Next sees it, by Node's own hook: what Next passes no code of ours for is done here. */
import diagnostics from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { securityHeaders } from "@/lib/core/security-headers";
import { enterRequest } from "@/lib/trace/request";
import { attendLabRequest } from "./lab-requests";
import { observe } from "./observe";
import { rememberOwnAddress } from "./own-address";
import { stampPeer } from "./peer";
import { requestIdOf } from "./request-id";
import { isLeaving, rememberUnanswered } from "./shutdown";

export function attendTheWire(): void {
  diagnostics.subscribe("http.server.request.start", (message) => {
    const { request, response, server } = message as {
      request: IncomingMessage;
      response: ServerResponse;
      server: Server;
    };
    rememberUnanswered(server, response);
    stampPeer(request);
    rememberOwnAddress(request.socket);
    const scope = { id: requestIdOf(request), response };
    enterRequest(scope);
    observe(request, request.url ?? "/", scope);
    request.url = urlWithLiteralPercents(request.url ?? "/");
    if (request.headers.cookie) request.headers.cookie = cookiesWithLiteralPercents(request.headers.cookie);
    // Next answers 500 to one that it cannot read; without it a navigation is only less partial.
    const routerState = request.headers["next-router-state-tree"];
    if (routerState !== undefined && !isRouterState(routerState))
      delete request.headers["next-router-state-tree"];
    addCommonHeaders(response, scope.id);
    preferBrotli(request, response);
    attendLabRequest(request, response);
  });
}

/**
 * Those of security, and a request id, to every answer: pages, handlers, and what Next answers by itself (static files, redirects to
 * a tidier path, refusals).
 */
function addCommonHeaders(response: ServerResponse, requestId: string): void {
  const writeHead = response.writeHead.bind(response) as (...rest: unknown[]) => ServerResponse;
  response.writeHead = (...rest: unknown[]) => {
    for (const [name, value] of securityHeaders()) {
      if (!response.hasHeader(name)) response.setHeader(name, value);
    }
    if (!response.hasHeader("x-request-id")) response.setHeader("x-request-id", requestId);
    // The next request goes to another instance, on a connection of its own.
    if (isLeaving() && !response.headersSent) response.setHeader("connection", "close");
    return writeHead(...rest);
  };
}

/**
 * Scripts and styles go out as the build compressed them (scripts/build.mjs), a seventh smaller than the gzip that Next makes of
 * each answer anew. Next serves the compressed file as any other; the headers set here say what it is.
 */
function preferBrotli(request: IncomingMessage, response: ServerResponse): void {
  const [, path, extension] = /^(\/_next\/static\/[\w~/-]+\.(js|css))$/.exec(request.url ?? "") ?? [];
  if (!path || !extension || !/\bbr\b/.test(String(request.headers["accept-encoding"] ?? ""))) return;
  if (!isCompressed(path)) return;
  request.url = `${path}.br`;
  response.setHeader("content-encoding", "br");
  response.setHeader(
    "content-type",
    extension === "js" ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8",
  );
  response.setHeader("vary", "Accept-Encoding");
}

const compressed = new Set<string>();

/** The build's files never change while it is served, so each is looked for once. */
function isCompressed(path: string): boolean {
  if (compressed.has(path)) return true;
  const file = join(/* turbopackIgnore: true */ process.cwd(), ".next", path.slice("/_next/".length));
  const exists = existsSync(`${file}.br`);
  // Only what exists is remembered: made-up names must not fill the memory.
  if (exists) compressed.add(path);
  return exists;
}

/** The outline of what Next's client sends along: a segment, and the routes below it. */
export function isRouterState(header: string | string[] | undefined): boolean {
  try {
    const tree: unknown = JSON.parse(decodeURIComponent(String(header)));
    if (!Array.isArray(tree)) return false;
    const [segment, routes] = tree as unknown[];
    const isSegment = typeof segment === "string" || Array.isArray(segment);
    return isSegment && typeof routes === "object" && routes !== null && Object.values(routes).every(isTree);
  } catch {
    return false;
  }
}

const isTree = (tree: unknown): boolean => isRouterState(encodeURIComponent(JSON.stringify(tree)));

/**
 * A path whose percent signs encode nothing stands for itself and is not found. Next answers 500 to one below a route with a
 * dynamic segment.
 */
export function urlWithLiteralPercents(url: string): string {
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  return withLiteralPercents(path) + url.slice(path.length);
}

/** Next drops a cookie that it cannot decode; a credential that is bad must not count as none. */
export const cookiesWithLiteralPercents = (header: string): string =>
  header.includes("%") ? header.split(";").map(withLiteralPercents).join(";") : header;

function withLiteralPercents(text: string): string {
  if (!text.includes("%")) return text;
  try {
    decodeURIComponent(text);
    return text;
  } catch {
    return text.replaceAll("%", "%25");
  }
}
