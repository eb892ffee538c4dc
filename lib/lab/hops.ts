/** One request of a lab device and every redirect that follows, as measured; names and sizes, never a credential. */
import { wireName } from "@/lib/core/cookie-names";
import type { Step } from "@/lib/trace/lab-scope";
import { cookiesSetBy, type Delivered, type Outgoing } from "./courier";
import { keepCookies } from "./device-cookies";
import type { Bench } from "./experiment";
import type { Device } from "./identities";

/** A cookie or header that came with the request; its size is that of name and value. */
export type Carried = { name: string; bytes: number; isCredential: boolean };

/** All times in milliseconds. */
export type Hop = {
  method: string;
  path: string;
  status: number;
  /** The problem's code, where the answer is one. */
  code: string | null;
  /** Where the answer sends the browser on to. */
  location: string | null;
  carried: Carried[];
  requestBytes: number;
  answerBytes: number;
  /** Cookies by name. */
  sets: string[];
  clears: string[];
  /** What the middleware says it took; null where it did not run. */
  edge: number | null;
  /** The middleware answers by itself when it sends a visitor elsewhere; everything behind it then stays unvisited. */
  answeredBy: "middleware" | "handler";
  steps: Step[];
  /** Queries that the answer's own `Server-Timing` tells of; null where it says nothing. */
  toldQueries: number | null;
  /** From when the server has read the head of the request to when it writes that of its answer. */
  onServer: number;
  /** From the first byte sent to the last one received. */
  total: number;
};

/** More than any way through this app has; a loop ends here. */
const MOST_HOPS = 5;

/** Sends a request and follows redirects as a browser does, with the cookies it is given on the way; stops at the log-in page's door. */
export async function sendAndFollow(bench: Bench, device: Device, first: Outgoing): Promise<Hop[]> {
  const hops: Hop[] = [];
  for (let next: Outgoing | null = first; next && hops.length < MOST_HOPS;) {
    const answer = await bench.send(next, device);
    keepCookies(device, answer);
    const hop = hopOf(answer);
    hops.push(hop);
    next = hop.location === null || hop.location.startsWith("/login") ? null : { path: hop.location };
  }
  return hops;
}

function hopOf(answer: Delivered): Hop {
  if (!answer.trace) throw new Error(`${answer.method} ${answer.path} came back without a trace.`);
  const { method, path, status, code, sent, bytes, trace, milliseconds } = answer;
  const timing = headerOf(answer, "server-timing") ?? "";
  const edge = /(?:^|, )edge;dur=([\d.]+)/.exec(timing)?.[1];
  const queries = /desc="(\d+) queries"/.exec(timing)?.[1];
  const location = headerOf(answer, "location");
  const changes = [...cookiesSetBy(answer)];
  const isRedirect = status >= 300 && status < 400;
  return {
    method,
    path,
    status,
    code,
    location: isRedirect && location !== null ? pathOf(location) : null,
    carried: carriedBy(sent.headers),
    requestBytes: sent.bytes,
    answerBytes: bytes,
    sets: changes.filter(([, value]) => value !== null).map(([name]) => name),
    clears: changes.filter(([, value]) => value === null).map(([name]) => name),
    edge: edge === undefined ? null : Number(edge),
    answeredBy: edge !== undefined && isRedirect && trace.steps.length === 0 ? "middleware" : "handler",
    steps: trace.steps.map((step) => ({
      ...step,
      startedAt: toMicrosecond(step.startedAt),
      milliseconds: toMicrosecond(step.milliseconds),
    })),
    toldQueries: queries === undefined ? null : Number(queries),
    onServer: toMicrosecond(trace.milliseconds),
    total: toMicrosecond(milliseconds),
  };
}

function carriedBy(headers: [name: string, value: string][]): Carried[] {
  const credentials = (["session", "access", "refresh"] as const).map(wireName);
  return headers.flatMap(([name, value]) => {
    if (name === "authorization") return [{ name, bytes: sizeOf(`${name}: ${value}`), isCredential: true }];
    if (name !== "cookie") return [];
    return value.split("; ").map((pair) => {
      const cookie = pair.slice(0, pair.indexOf("="));
      return { name: cookie, bytes: sizeOf(pair), isCredential: credentials.includes(cookie) };
    });
  });
}

const headerOf = ({ headers }: Delivered, wanted: string): string | null => {
  const values = headers.filter(([name]) => name === wanted).map(([, value]) => value);
  return values.length > 0 ? values.join(", ") : null;
};

function pathOf(location: string): string {
  const { pathname, search } = new URL(location, "http://here");
  return pathname + search;
}

const sizeOf = (text: string) => Buffer.byteLength(text);
const toMicrosecond = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000;
