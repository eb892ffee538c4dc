/** What this process counts and measures, for Prometheus (docs/observability.md). A label holds one of a few words: never an email, an id or an address. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { Durations } from "./durations";

type Buckets = number[];

const REQUEST_SECONDS: Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A remembered token takes some ten microseconds, a read of a row a hundred, a database in trouble seconds. */
const AUTHENTICATION_SECONDS: Buckets = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5,
];
const QUERY_SECONDS: Buckets = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
];
const HASH_SECONDS: Buckets = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];
const WAIT_SECONDS: Buckets = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The contract is one second. */
const REVOCATION_SECONDS: Buckets = [0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 5, 15, 60];

function makeMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `halfstate_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `halfstate_${name}`, help, labelNames, registers });
  const durations = <Label extends string>(name: string, help: string, labels: Label[], buckets: Buckets) =>
    new Durations(registry, `halfstate_${name}`, help, labels, buckets);

  const metrics = {
    registry,
    requests: durations(
      "http_request_duration_seconds",
      "From the first byte of a request to the last of its answer.",
      ["method", "route", "status"],
      REQUEST_SECONDS,
    ),
    refusals: counter("refusals_total", "Refused requests, by the code they were given.", ["route", "code"]),
    authentications: durations(
      "authentication_duration_seconds",
      "Judging a credential.",
      ["strategy", "result"],
      AUTHENTICATION_SECONDS,
    ),
    logIns: counter("log_ins_total", "Log-ins, by the mode they were given and how they ended.", [
      "mode",
      "result",
    ]),
    signUps: counter("sign_ups_total", "Sign-ups, by the mode they were given and how they ended.", [
      "mode",
      "result",
    ]),
    refreshes: counter(
      "refreshes_total",
      "Refreshes: rotated, replayed within the grace, or the code of the refusal.",
      ["result"],
    ),
    securityEvents: counter("security_events_total", "What the audit trail recorded.", ["type"]),
    sessionsEnded: counter("device_sessions_ended_total", "Device sessions that were ended.", ["reason"]),
    limited: counter("limited_total", "What a limit refused.", ["limit"]),
    feedLag: gauge("revocation_feed_lag_seconds", "Since this process last heard every revocation."),
    feedSilent: gauge("revocation_feed_silent", "1 while this process hears of no revocations."),
    revocations: durations(
      "revocation_delay_seconds",
      "From the writing of a revocation to its being felt in this process, by the clocks of the two.",
      ["kind"],
      REVOCATION_SECONDS,
    ),
    hashQueue: gauge("hash_queue_depth", "Passwords that wait for a hashing thread."),
    hashRunning: gauge("hash_running", "Hashing threads at work."),
    hashWaits: durations(
      "hash_wait_seconds",
      "What a password waited for a hashing thread.",
      ["kind"],
      WAIT_SECONDS,
    ),
    hashes: durations(
      "hash_duration_seconds",
      "Work of a hashing thread on one password.",
      ["kind"],
      HASH_SECONDS,
    ),
    queries: durations("database_query_duration_seconds", "Statements.", ["result"], QUERY_SECONDS),
    pruned: counter("pruned_rows_total", "Rows whose time was over.", ["table"]),
    build: gauge("build_info", "1; what runs here.", ["version", "node"]),
  };
  // From zero, so that the first one there ever is counts as a rise.
  for (const result of ["rotated", "replayed", "refresh_reused"]) metrics.refreshes.inc({ result }, 0);
  metrics.sessionsEnded.inc({ reason: "refresh_reused" }, 0);
  return metrics;
}

// On globalThis: Next keeps module state apart for each bundle, and each would count for itself.
const shared = globalThis as { __halfstateMetrics?: ReturnType<typeof makeMetrics> };
const metrics = () => (shared.__halfstateMetrics ??= makeMetrics());

/** What happened, once each. A `result` is `ok`, or the code of the refusal. */
export const counted = {
  logIn: (mode: string, result: string): void => metrics().logIns.inc({ mode, result }),
  signUp: (mode: string, result: string): void => metrics().signUps.inc({ mode, result }),
  refresh: (result: string): void => metrics().refreshes.inc({ result }),
  refusal: (route: string, code: string): void => metrics().refusals.inc({ route, code }),
  securityEvent: (type: string): void => metrics().securityEvents.inc({ type }),
  sessionEnded: (reason: string): void => metrics().sessionsEnded.inc({ reason }),
  limited: (limit: string): void => metrics().limited.inc({ limit }),
  pruned: (table: string, rows: number): void => metrics().pruned.inc({ table }, rows),
};

/** How long it took, in seconds. */
export const timed = {
  request: (method: string, route: string, status: string, seconds: number): void =>
    metrics().requests.observe(seconds, method, route, status),
  authentication: (strategy: string, result: string, seconds: number): void =>
    metrics().authentications.observe(seconds, strategy, result),
  revocation: (kind: "ended" | "stale", seconds: number): void =>
    metrics().revocations.observe(seconds, kind),
  hash(kind: string, waitSeconds: number, seconds: number): void {
    metrics().hashWaits.observe(waitSeconds, kind);
    metrics().hashes.observe(seconds, kind);
  },
  query: (result: "ok" | "failed", seconds: number): void => metrics().queries.observe(seconds, result),
};

/** What can only be read off at the moment it is asked for. */
export type Levels = {
  hashQueueDepth: number;
  hashesRunning: number;
  /** Null before the first answer. */
  feedLagSeconds: number | null;
  feedIsSilent: boolean;
  version: string;
};

/** The whole in Prometheus' text format. */
export async function exposition(levels: Levels): Promise<{ contentType: string; text: string }> {
  const { registry, hashQueue, hashRunning, feedLag, feedSilent, build } = metrics();
  hashQueue.set(levels.hashQueueDepth);
  hashRunning.set(levels.hashesRunning);
  feedLag.set(levels.feedLagSeconds ?? NaN);
  feedSilent.set(levels.feedIsSilent ? 1 : 0);
  build.set({ version: levels.version, node: process.version }, 1);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** For the tests that hold the documents and the dashboard to it: the name, kind and labels of each metric of ours. */
export function catalogue(): { name: string; type: "counter" | "gauge" | "histogram"; labels: string[] }[] {
  const { registry: _, ...own } = metrics();
  return Object.values(own).map((metric) => {
    // prom-client keeps the names of the labels to itself.
    const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
    const type = metric instanceof Counter ? "counter" : metric instanceof Gauge ? "gauge" : "histogram";
    return { name, type, labels: [...labelNames] };
  });
}
