/** The Lab's own client: sends real HTTP requests to this very server, as a browser or a program would, and reads what comes back to the byte. */
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { env } from "@/lib/core/env";
import type { Step } from "@/lib/trace/lab-scope";
import { CONDITIONS_HEADER, TRACE_HEADER } from "./conditions";

/** Where this process listens, as the request that started the experiment found it. */
export type OwnAddress = { host: string; port: number };

export type Outgoing = {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form. */
  form?: Record<string, string>;
  signal?: AbortSignal;
};

/** What a request did inside the server, in milliseconds since it came in (lib/http/wire.ts). */
export type Trace = { steps: Step[]; milliseconds: number };

export type Delivered = {
  method: string;
  path: string;
  /** Request line and headers and body as sent, without the Lab's own header. */
  sent: { headers: [name: string, value: string][]; body: string; bytes: number };
  status: number;
  headers: [name: string, value: string][];
  body: string;
  bytes: number;
  /** What went through the socket each way: with chunk framing, and with the Lab's own headers where the request carried them. */
  wire: { sent: number; received: number };
  /** From the first byte sent to the last one received. */
  milliseconds: number;
  /** Null where the request carried no conditions. */
  trace: Trace | null;
  /** The problem's stable code, of an answer that is one. */
  code: string | null;
};

/** Kept open, as a browser would; the measured time is that of the request, not of a new connection. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Rejects where the connection breaks or `signal` fires; every answer, a refusal too, is a value. */
export function deliver(to: OwnAddress, outgoing: Outgoing): Promise<Delivered> {
  const { method = "GET", path, json, form, signal } = outgoing;
  const [type, body] =
    json !== undefined
      ? ["application/json", JSON.stringify(json)]
      : form !== undefined
        ? ["application/x-www-form-urlencoded", new URLSearchParams(form).toString()]
        : [null, ""];
  const headers: [string, string][] = [
    ["host", new URL(env().appUrl).host],
    ...(type
      ? ([
          ["content-type", type],
          ["content-length", String(Buffer.byteLength(body))],
        ] as [string, string][])
      : []),
    ...Object.entries(outgoing.headers ?? {}),
  ];
  // The conditions are the Lab's own; no request but one of the Lab is longer for them.
  const counted = headers.filter(([name]) => name !== CONDITIONS_HEADER);
  const sent = { headers: counted, body, bytes: bytesOf(`${method} ${path} HTTP/1.1`, counted, body) };
  const startedAt = performance.now();

  return new Promise((resolve, reject) => {
    const wire = { sent: 0, received: 0 };
    const outgoingRequest = httpRequest(
      { agent, host: to.host, port: to.port, method, path, headers: headers.flat(), signal },
      (incoming) => {
        const received: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => received.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const milliseconds = performance.now() - startedAt;
          const text = Buffer.concat(received).toString("utf8");
          // Null only where the connection is already gone; the counters are then as good as lost.
          wire.sent += outgoingRequest.socket?.bytesWritten ?? 0;
          wire.received += outgoingRequest.socket?.bytesRead ?? 0;
          resolve({ method, path, sent, ...answerOf(incoming, text), wire, milliseconds });
        });
      },
    );
    // The connection is an old one that has carried other requests: what it has counted until now is not this one's.
    outgoingRequest.on("socket", ({ bytesWritten, bytesRead }) => {
      wire.sent -= bytesWritten;
      wire.received -= bytesRead;
    });
    outgoingRequest.on("error", reject);
    outgoingRequest.end(body);
  });
}

function answerOf(incoming: IncomingMessage, body: string) {
  const status = incoming.statusCode ?? 0;
  const all: [string, string][] = [];
  for (let at = 0; at < incoming.rawHeaders.length; at += 2)
    all.push([incoming.rawHeaders[at]!.toLowerCase(), incoming.rawHeaders[at + 1]!]);
  const trace = incoming.headers[TRACE_HEADER];
  // The trace is the Lab's own; no answer but one to the Lab is longer for it.
  const headers = all.filter(([name]) => name !== TRACE_HEADER);
  return {
    status,
    headers,
    body,
    bytes: bytesOf(`HTTP/1.1 ${status} ${incoming.statusMessage}`, headers, body),
    trace: typeof trace === "string" ? (JSON.parse(trace) as Trace) : null,
    code: codeOf(incoming, body),
  };
}

function codeOf(incoming: IncomingMessage, body: string): string | null {
  if (!incoming.headers["content-type"]?.startsWith("application/problem+json")) return null;
  return (JSON.parse(body) as { code: string }).code;
}

/** As HTTP/1.1 writes them: each line with its line break, an empty one, the body. */
const bytesOf = (firstLine: string, headers: [string, string][], body: string): number =>
  Buffer.byteLength(
    [firstLine, ...headers.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n") + body,
  );

/** The cookies that an answer set (`null` where it cleared one). */
export const cookiesSetBy = ({ headers }: Delivered): Map<string, string | null> =>
  new Map(
    headers
      .filter(([name]) => name === "set-cookie")
      .map(([, value]) => {
        const [pair = "", ...attributes] = value.split(/;\s*/);
        const cut = pair.indexOf("=");
        const isCleared = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
        return [pair.slice(0, cut), isCleared ? null : pair.slice(cut + 1)];
      }),
  );

export const cookieHeader = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
