/** Latency and cost: the same server asked in four ways, one request at a time in turns; what does each take, carry and query? */
import { z } from "zod";
import type { Mode } from "@/lib/auth/contract";
import { POLL_MILLISECONDS, revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { TOUCH_MILLISECONDS } from "@/lib/auth/strategies/session/store";
import { env } from "@/lib/core/env";
import { withQueryTrace } from "@/lib/db/trace";
import type { Delivered } from "@/lib/lab/courier";
import { keepCookies } from "@/lib/lab/device-cookies";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import { binsFor, countIn, percentile, type Bins } from "@/lib/lab/histogram";
import type { Device, Identity } from "@/lib/lab/identities";
import { pause } from "@/lib/lab/pause";

const ROUNDS = ["100", "400", "1000"] as const;
/** Of each kind, sent first and not counted: connections open, and the code that runs becomes the code that is compiled. */
const WARM_UP = 30;
/** Requests of one kind in a row: CPU time can be told for a row, and the machine's moods strike all kinds alike. */
const TURN = 10;
/** Before each row: time for other requests, and for what the one before has left to be done. */
const REST_MILLISECONDS = 5;
/** A busy machine is not kept busier for longer than this. */
const ENOUGH_MILLISECONDS = 40_000;
const SHOW_EVERY_MILLISECONDS = 250;
const REFRESHES = 10;
const POLLS = 10;

export type KindId = "bare" | "jwt-cookie" | "jwt-bearer" | "session";

/** Times in milliseconds. Bytes, times of the server and CPU are medians. */
export type Kind = {
  id: KindId;
  /** Null where nothing is authenticated. */
  mode: Mode | null;
  requests: number;
  p50: number;
  p95: number;
  p99: number;
  slowest: number;
  /** In the bins of the result; the last one holds whatever took longer, too. */
  counts: number[];
  bytes: { sent: number; received: number };
  /** Of one request, as the trace of one more that is not counted told. */
  queries: number;
  /** As `Server-Timing` said; null where there is none. `first`: the very first with this credential. */
  server: { auth: number; database: number; first: number; queries: number } | null;
  /** Of the whole process, the Lab's client included, for one request. */
  cpuMilliseconds: number;
};

export type Cost = {
  warmUp: number;
  turn: number;
  rounds: { asked: number; done: number };
  elapsed: number;
  /** Empty while the server is warmed up. */
  kinds: Kind[];
  bins: Bins | null;
  /** One exchange of a refresh token; null until it was measured. */
  refresh: { times: number; queries: number; cpuMilliseconds: number } | null;
  /** One look at the list of revocations, as every process takes regularly. */
  poll: { queries: number; cpuMilliseconds: number } | null;
  policy: { accessTokenTtlSeconds: number; pollSeconds: number; touchSeconds: number };
};

const input = z.object({
  rounds: z.enum(ROUNDS, { error: "Choose 100, 400 or 1000." }).default("400").transform(Number),
});

type Subject = { id: KindId; mode: Mode | null; path: string; device?: Device };
type Sample = { milliseconds: number; wire: Delivered["wire"]; told: Told | null };
type Told = { auth: number; database: number; queries: number };
type Measured = Subject & { queries: number; samples: Sample[]; cpu: number[] };

async function* run({ rounds }: z.output<typeof input>, bench: Bench): AsyncGenerator<Snapshot<Cost>, void> {
  const result: Cost = {
    warmUp: WARM_UP,
    turn: TURN,
    rounds: { asked: rounds, done: 0 },
    elapsed: 0,
    kinds: [],
    bins: null,
    refresh: null,
    poll: null,
    policy: {
      accessTokenTtlSeconds: env().accessTokenTtlSeconds,
      pollSeconds: POLL_MILLISECONDS / 1000,
      touchSeconds: TOUCH_MILLISECONDS / 1000,
    },
  };
  yield { progress: 0, says: `Warming up: ${WARM_UP} requests of each kind, not counted`, result };
  const identity = await bench.identity();
  // With devices of their own, so that the first request of those that are counted is the first with its credential.
  const queries: number[] = [];
  for (const subject of await subjectsOf(identity, bench)) {
    for (let times = 0; times < WARM_UP; times += 1) await ask(subject, bench);
    queries.push(await queriesOf(subject, identity, bench));
  }
  const measured: Measured[] = (await subjectsOf(identity, bench)).map((subject, at) => ({
    ...subject,
    queries: queries[at]!,
    samples: [],
    cpu: [],
  }));

  const startedAt = performance.now();
  let shownAt = -Infinity;
  for (let turn = 0; turn < rounds / TURN && result.elapsed < ENOUGH_MILLISECONDS; turn += 1) {
    for (const subject of inOrder(measured, turn)) {
      await pause(REST_MILLISECONDS, bench.signal);
      await takeTurn(subject, bench);
    }
    result.rounds.done += TURN;
    result.elapsed = performance.now() - startedAt;
    if (performance.now() - shownAt < SHOW_EVERY_MILLISECONDS) continue;
    shownAt = performance.now();
    Object.assign(result, summary(measured));
    const says = `${result.rounds.done * measured.length} requests, one at a time`;
    yield { progress: 0.95 * (result.rounds.done / rounds), says, result };
  }

  Object.assign(result, summary(measured));
  result.refresh = await measureRefreshes(await bench.signIn(identity, "jwt"), bench);
  result.poll = await measurePolls();
  yield { progress: 1, says: "Measured", result };
}

async function subjectsOf(identity: Identity, bench: Bench): Promise<Subject[]> {
  const path = "/api/me";
  return [
    { id: "bare", mode: null, path: "/api/health/live" },
    { id: "jwt-cookie", mode: "jwt", path, device: await bench.signIn(identity, "jwt") },
    {
      id: "jwt-bearer",
      mode: "jwt",
      path,
      device: await bench.signIn(identity, "jwt", { transport: "bearer" }),
    },
    { id: "session", mode: "session", path, device: await bench.signIn(identity, "session") },
  ];
}

/** No kind is always the first, and none always comes after the same: one turn in two goes backwards. */
function inOrder<T>(all: T[], turn: number): T[] {
  const start = Math.floor(turn / 2) % all.length;
  const rotated = [...all.slice(start), ...all.slice(0, start)];
  return turn % 2 === 0 ? rotated : rotated.reverse();
}

async function ask({ path, device }: Subject, bench: Bench): Promise<Delivered> {
  const answer = await bench.sendUnwatched({ path }, device);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}.`);
  return answer;
}

async function takeTurn(subject: Measured, bench: Bench): Promise<void> {
  const before = process.cpuUsage();
  const answers: Delivered[] = [];
  for (let times = 0; times < TURN; times += 1) answers.push(await ask(subject, bench));
  subject.cpu.push(cpuSince(before) / TURN);
  for (const answer of answers) {
    const { milliseconds, wire } = answer;
    subject.samples.push({ milliseconds, wire, told: serverTiming(answer) });
  }
}

/** Milliseconds, of all threads of this process. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Null where the answer tells nothing: it authenticated nobody. */
function serverTiming({ headers }: Delivered): Told | null {
  const told = headers
    .filter(([name]) => name === "server-timing")
    .map(([, value]) => value)
    .join();
  const [, auth] = /\bauth;dur=([\d.]+)/.exec(told) ?? [];
  const [, database, queries] = /\bdb;dur=([\d.]+);desc="(\d+) quer/.exec(told) ?? [];
  if (auth === undefined || database === undefined) return null;
  return { auth: Number(auth), database: Number(database), queries: Number(queries) };
}

/** By its trace, which the counted requests go without. */
async function queriesOf({ path, device }: Subject, identity: Identity, bench: Bench): Promise<number> {
  return statementsIn(await bench.send({ path }, device ?? identity));
}

const statementsIn = ({ trace }: Delivered): number =>
  trace?.steps.filter(({ lane }) => lane === "database").length ?? 0;

function summary(measured: Measured[]): Pick<Cost, "kinds" | "bins"> {
  const times = measured.map(({ samples }) => samples.map(({ milliseconds }) => milliseconds));
  // As far as the slowest of them at p99: a single straggler must not press all the others together.
  const farthest = Math.max(...times.map((own) => percentile(own, 0.99)));
  const bins = binsFor(times.flat().filter((time) => time <= farthest));
  const kinds = measured.map(({ id, mode, queries, samples, cpu }, at): Kind => {
    const own = times[at]!;
    return {
      id,
      mode,
      requests: own.length,
      p50: percentile(own, 0.5),
      p95: percentile(own, 0.95),
      p99: percentile(own, 0.99),
      slowest: percentile(own, 1),
      counts: countIn(bins, own),
      bytes: {
        sent: median(samples.map(({ wire }) => wire.sent)),
        received: median(samples.map(({ wire }) => wire.received)),
      },
      queries,
      server: toldIn(samples),
      cpuMilliseconds: median(cpu),
    };
  });
  return { kinds, bins };
}

function toldIn(samples: Sample[]): Kind["server"] {
  const told = samples.flatMap(({ told }) => told ?? []);
  if (told.length === 0) return null;
  return {
    auth: median(told.map(({ auth }) => auth)),
    database: median(told.map(({ database }) => database)),
    first: told[0]!.auth,
    queries: median(told.map(({ queries }) => queries)),
  };
}

const median = (values: number[]) => percentile(values, 0.5);

/** Traced, for their queries; what that adds to several writes is too little to tell. */
async function measureRefreshes(device: Device, bench: Bench): Promise<Cost["refresh"]> {
  const cpu: number[] = [];
  let queries = 0;
  while (cpu.length < REFRESHES) {
    const before = process.cpuUsage();
    const answer = await bench.send({ method: "POST", path: "/api/auth/refresh" }, device);
    // This server may allow fewer of them in a minute (LIMIT_REFRESHES), though never none.
    if (answer.status !== 200) break;
    cpu.push(cpuSince(before));
    queries = statementsIn(answer);
    keepCookies(device, answer);
  }
  return { times: cpu.length, queries, cpuMilliseconds: median(cpu) };
}

async function measurePolls(): Promise<Cost["poll"]> {
  const cpu: number[] = [];
  let queries = 0;
  while (cpu.length < POLLS) {
    const before = process.cpuUsage();
    queries = await withQueryTrace(async (trace) => {
      await revocationFeed().catchUp(new Date());
      return trace.queries;
    });
    cpu.push(cpuSince(before));
  }
  return { queries, cpuMilliseconds: median(cpu) };
}

export const cost: Experiment<z.output<typeof input>, Cost> = { slug: "cost", input, run };
