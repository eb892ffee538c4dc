/** Requests of the Lab: run under the conditions that they carry, and answered with a trace of what they did. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { CONDITIONS_HEADER, readConditions, TRACE_HEADER } from "@/lib/lab/conditions";
import { enterLabScope, leaveLabScope } from "@/lib/trace/lab-scope";

/** For the present request (lib/http/wire.ts); does nothing to one that carries no conditions of ours. */
export function attendLabRequest(request: IncomingMessage, response: ServerResponse): void {
  const header = request.headers[CONDITIONS_HEADER];
  const conditions = typeof header === "string" ? readConditions(header, new Date()) : null;
  if (!conditions) return leaveLabScope();
  const { steps, since } = enterLabScope(conditions);
  const writeHead = response.writeHead.bind(response) as (...rest: unknown[]) => ServerResponse;
  response.writeHead = (...rest: unknown[]) => {
    const trace = { steps, milliseconds: performance.now() - since };
    if (!response.headersSent) response.setHeader(TRACE_HEADER, asHeader(trace));
    return writeHead(...rest);
  };
}

/** JSON in the characters that a header may have. */
const asHeader = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
