/** Plain HTTP with nothing added and nothing followed: what a client that is no browser sends and sees. */
import { Agent, request } from "node:http";
import type { App } from "./app";

export type SetCookie = { name: string; value: string; attributes: Record<string, string> };

/** Every field that some answer of the API has; a test reads those that its answer promises. */
export type Json = {
  user: { id: string; email: string; name: string; role: string };
  session: { id: string; mode: string; transport: string; expiresAt: string; credentialExpiresAt: string };
  accessToken: string;
  refreshToken: string;
  tokenType: string;
  expiresIn: number;
  sessions: { id: string; mode: string; current: boolean; userAgent: string; ip: string }[];
  ended: number;
  type: string;
  title: string;
  status: number | string;
  code: string;
  detail: string;
  errors: Record<string, string[]>;
  instance: string;
  configuration: { differs: string[] };
  users: { email: string }[];
};

export type Answer = {
  status: number;
  headers: Headers;
  cookies: SetCookie[];
  text: string;
  /** Throws where the body is not JSON. */
  readonly json: Json;
  /** `200`, or `401 session_ended` and the like where a JSON body has a code: one word to compare. */
  outcome: string;
  /** Queries that `Server-Timing` tells of; null where it says nothing. */
  queries: number | null;
};

export type Outgoing = {
  /** The address that it comes from: any of 127.0.0.0/8. */
  from?: string;
  headers?: Record<string, string>;
  /** One of these three at most. */
  json?: unknown;
  form?: Record<string, string> | [string, string][];
  body?: string | Buffer | Buffer[];
  /** As chunks without a Content-Length. */
  chunked?: boolean;
  signal?: AbortSignal;
};

/** The other end is gone: before an answer, or within one. */
export class ConnectionLost extends Error {
  constructor(
    readonly hadAnswer: boolean,
    cause: Error,
  ) {
    super(`The connection was lost ${hadAnswer ? "within" : "before"} an answer: ${cause.message}`, {
      cause,
    });
  }
}

/** `socket hang up` and `aborted` are the first of these as well. */
const LOST = ["ECONNRESET", "ECONNREFUSED", "EPIPE"];

/** A hundred requests at once are a hundred connections. One that nobody uses is left before the server's five seconds are over. */
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 4_000 });

/**
 * `path` goes out as it is written: `//`, `%2e` and the like are not tidied up. Rejects with ConnectionLost where the other end is gone, and
 * with an AbortError where `signal` ended it.
 */
export function send(app: App, method: string, path: string, outgoing: Outgoing = {}): Promise<Answer> {
  const { headers = {}, json, form, chunked = false, signal } = outgoing;
  const body =
    json !== undefined
      ? JSON.stringify(json)
      : form !== undefined
        ? new URLSearchParams(form).toString()
        : outgoing.body;
  const type =
    json !== undefined
      ? { "content-type": "application/json" }
      : form !== undefined
        ? { "content-type": "application/x-www-form-urlencoded" }
        : {};
  const parts = body === undefined ? [] : Array.isArray(body) ? body : [Buffer.from(body)];
  const length: Record<string, string | number> = chunked
    ? { "transfer-encoding": "chunked" }
    : body === undefined
      ? {}
      : { "content-length": parts.reduce((sum, { length }) => sum + length, 0) };

  return new Promise((resolve, reject) => {
    let hadAnswer = false;
    const fail = (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (LOST.includes(error.code ?? "")) reject(new ConnectionLost(hadAnswer, error));
      else reject(error);
    };
    const outgoingRequest = request(
      {
        agent,
        signal,
        localAddress: outgoing.from,
        host: "127.0.0.1",
        port: app.port,
        method,
        path,
        headers: { host: `localhost:${app.port}`, ...type, ...length, ...headers },
      },
      (incoming) => {
        hadAnswer = true;
        const received: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => received.push(chunk));
        incoming.on("error", fail);
        incoming.on("end", () => {
          const text = Buffer.concat(received).toString("utf8");
          const list = new Headers();
          for (let i = 0; i < incoming.rawHeaders.length; i += 2)
            list.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
          resolve(answerOf(incoming.statusCode ?? 0, list, text));
        });
      },
    );
    outgoingRequest.on("error", fail);
    for (const part of parts) outgoingRequest.write(part);
    outgoingRequest.end();
  });
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const queries = /desc="(\d+) queries"/.exec(headers.get("server-timing") ?? "")?.[1];
  return {
    status,
    headers,
    cookies: headers.getSetCookie().map(readSetCookie),
    text,
    queries: queries === undefined ? null : Number(queries),
    outcome: [status, jsonIn({ headers, text }).code].filter(Boolean).join(" "),
    get json() {
      return JSON.parse(text) as Json;
    },
  };
}

/** The one JSON object that the body is; an empty one where it is something else. */
export function jsonIn({ headers, text }: Pick<Answer, "headers" | "text">): Partial<Json> {
  const isJson = /json/.test(headers.get("content-type") ?? "") && /^\{.*\}$/.test(text);
  return isJson ? (JSON.parse(text) as Json) : {};
}

function readSetCookie(header: string): SetCookie {
  const [pair = "", ...attributes] = header.split(/;\s*/);
  const cut = pair.indexOf("=");
  return {
    name: pair.slice(0, cut),
    value: pair.slice(cut + 1),
    attributes: Object.fromEntries(
      attributes.map((attribute) => {
        const [name = "", value = ""] = attribute.split("=");
        return [name.toLowerCase(), value];
      }),
    ),
  };
}

/** Keeps cookies as a browser would, by name and path. */
export class Client {
  constructor(
    readonly app: App,
    private readonly always: Record<string, string> = {},
    readonly jar = new Map<string, SetCookie>(),
  ) {}

  async send(method: string, path: string, outgoing: Outgoing = {}): Promise<Answer> {
    const cookie = this.cookieHeader(path);
    const headers = { ...(cookie ? { cookie } : {}), ...this.always, ...outgoing.headers };
    const answer = await send(this.app, method, path, { ...outgoing, headers });
    for (const set of answer.cookies) {
      if (set.attributes["max-age"] === "0") this.jar.delete(set.name);
      else this.jar.set(set.name, set);
    }
    return answer;
  }

  get = (path: string, outgoing?: Outgoing) => this.send("GET", path, outgoing);
  post = (path: string, outgoing?: Outgoing) => this.send("POST", path, outgoing);

  cookieHeader(path: string): string {
    return [...this.jar.values()]
      .filter(({ attributes }) => isBelow(path, attributes.path ?? "/"))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  /** The same cookies in another hand: a copy that a log-out here does not reach. */
  copy(): Client {
    return new Client(this.app, this.always, new Map(this.jar));
  }

  /** The same browser at another process: it has the same cookies, and keeps what it gets there. */
  at(app: App): Client {
    return new Client(app, this.always, this.jar);
  }

  value(name: string): string {
    const cookie = this.jar.get(name);
    if (!cookie) throw new Error(`There is no cookie "${name}".`);
    return cookie.value;
  }

  set(name: string, value: string, path = "/"): this {
    this.jar.set(name, { name, value, attributes: { path } });
    return this;
  }
}

const isBelow = (path: string, folder: string) =>
  folder === "/" || path.split("?")[0] === folder || path.startsWith(`${folder}/`);
