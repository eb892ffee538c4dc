/** A reverse proxy before one or more servers, one after the other; well-behaved unless told to do harm. */
import { once } from "node:events";
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type Harm = {
  /** Changes what goes to the server. */
  request?: (headers: IncomingHttpHeaders) => void;
  /** Changes what comes back; returns another body where it replaces it. */
  response?: (answer: {
    status: number;
    headers: IncomingHttpHeaders;
    asked: IncomingHttpHeaders;
  }) => string | void;
  /** Keeps every answer to GET, whatever it says of itself. */
  keepsEverything?: boolean;
};

export type ReverseProxy = { url: string; port: number; close(): Promise<void> };

type Kept = { status: number; headers: IncomingHttpHeaders; body: Buffer };

const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding"];

/** `ports` are asked in turn, each request the next. With `tls` it speaks https. `port` 0 takes a free one. */
export async function reverseProxy(
  ports: number[],
  { harm = {}, tls, port = 0 }: { harm?: Harm; tls?: { key: string; cert: string }; port?: number } = {},
): Promise<ReverseProxy> {
  const kept = new Map<string, Kept>();
  let turn = 0;

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const key = incoming.url ?? "";
    const stored = incoming.method === "GET" ? kept.get(key) : undefined;
    if (stored) return void outgoing.writeHead(stored.status, stored.headers).end(stored.body);

    const headers = { ...incoming.headers };
    const address = incoming.socket.remoteAddress ?? "";
    headers["x-forwarded-for"] = [headers["x-forwarded-for"], address].filter(Boolean).join(", ");
    harm.request?.(headers);
    const target = ports[turn++ % ports.length];
    const onward = request(
      { agent: false, host: "127.0.0.1", port: target, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        const back = {
          status: answer.statusCode ?? 502,
          headers: { ...answer.headers },
          asked: incoming.headers,
        };
        for (const name of HOP_BY_HOP) delete back.headers[name];
        if (!harm.response && !harm.keepsEverything) {
          outgoing.writeHead(back.status, back.headers).flushHeaders();
          return void answer.on("error", () => outgoing.destroy()).pipe(outgoing);
        }
        const replacement = harm.response?.(back);
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", () => outgoing.destroy());
        answer.on("end", () => {
          const body = typeof replacement === "string" ? Buffer.from(replacement) : Buffer.concat(parts);
          if (typeof replacement === "string") delete back.headers["content-length"];
          if (harm.keepsEverything && incoming.method === "GET") kept.set(key, { ...back, body });
          outgoing.writeHead(back.status, back.headers).end(body);
        });
      },
    );
    onward.on("error", () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    incoming.pipe(onward);
  }

  const server = tls ? createTlsServer(tls, pass) : createServer(pass);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: taken } = server.address() as AddressInfo;
  return {
    port: taken,
    url: `${tls ? "https" : "http"}://localhost:${taken}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
