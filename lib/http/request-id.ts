/** The id of a request: its answer and every line it causes carry it. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isTrustedProxy, peerAddress } from "./peer";

/** What proxies send: UUIDs, hexadecimal numbers and the like. Nothing that a line or a header could be broken with. */
const WELL_FORMED = /^[\w.:-]{8,128}$/;

/** A trusted proxy's own, so that its lines and ours can be told together. Anybody else's is not looked at: it could repeat another's, or hide among them. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  if (typeof given === "string" && WELL_FORMED.test(given) && isTrustedProxy(peerAddress(request)))
    return given;
  return randomUUID();
}
