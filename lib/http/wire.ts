/** Each request before Next sees it, by Node's own hook: what Next passes no code of ours for is done here. */
import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { securityHeaders } from "@/lib/core/security-headers";
import { rememberResponse } from "./page-status";
import { stampPeerAddress } from "./peer";

export function attendTheWire(): void {
  diagnostics.subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    stampPeerAddress(request);
    rememberResponse(response);
    request.url = withLiteralPercents(request.url ?? "/");
    addSecurityHeaders(response);
  });
}

/** To every answer: pages, handlers, and what Next answers by itself (static files, redirects to a tidier path, refusals). */
function addSecurityHeaders(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...rest: unknown[]) => ServerResponse;
  response.writeHead = (...rest: unknown[]) => {
    for (const [name, value] of securityHeaders()) {
      if (!response.hasHeader(name)) response.setHeader(name, value);
    }
    return writeHead(...rest);
  };
}

/**
 * A path whose percent signs encode nothing stands for itself and is not found. Next answers 500 to one below a route with a
 * dynamic segment.
 */
export function withLiteralPercents(url: string): string {
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll("%", "%25") + url.slice(path.length);
  }
}
