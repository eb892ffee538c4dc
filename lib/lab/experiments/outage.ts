/** The database goes away, for the Lab's own requests only: who is still let in, who has to wait, and whether everybody is back by themselves. */
import { z } from "zod";
import type { Mode } from "@/lib/auth/contract";
import { cookiesSetBy, type Delivered, type Outgoing } from "@/lib/lab/courier";
import { keepCookies } from "@/lib/lab/device-cookies";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import type { Device } from "@/lib/lab/identities";
import { pause } from "@/lib/lab/pause";

const HOWS = ["fails", "stalls"] as const;
/** Queries fail at once, or hang until they time out. */
export type How = (typeof HOWS)[number];

const BEFORE_MILLISECONDS = 2_000;
/** A query that hangs does so for 2.5 seconds: two of them fit. */
const AWAY_MILLISECONDS: Record<How, number> = { fails: 4_000, stalls: 5_500 };
const AFTER_MILLISECONDS = 2_000;
const OFTEN_MILLISECONDS = 200;
const SELDOM_MILLISECONDS = 800;
const SHOW_EVERY_MILLISECONDS = 250;

/** Times in milliseconds since the start. */
export type Mark = {
  sentAt: number;
  answeredAt: number;
  status: number;
  code: string | null;
  queries: number;
  /** Whether its queries were made to fail: it was sent while the database was away for this lane. */
  isFaulty: boolean;
};

export type LaneId = "session" | "jwt" | "session-page" | "jwt-page" | "renewal" | "bystander" | "readiness";

export type Lane = {
  id: LaneId;
  /** Null for what carries no credential. */
  mode: Mode | null;
  marks: Mark[];
  /** Answers with `Retry-After`, and how many cookies answers took away. */
  retryAfter: number;
  cleared: number;
};

export type Outage = {
  how: How;
  /** `until` is null while it is away. */
  away: { from: number; until: number | null } | null;
  lanes: Lane[];
  elapsed: number;
  /** Whether each device is, at the end, on the device session that it began with; null until then. */
  sameSessions: boolean | null;
};

type Poll = {
  id: LaneId;
  device: Device | null;
  /** Its queries fail while the database is away. */
  isHit: boolean;
  every: number;
  outgoing: (round: number) => Outgoing;
};

async function* run({ how }: { how: How }, bench: Bench): AsyncGenerator<Snapshot<Outage>, void> {
  const identity = await bench.identity();
  const somebodyElse = await bench.identity();
  const me: Poll["outgoing"] = () => ({ path: "/api/me" });
  const page: Poll["outgoing"] = () => ({ path: "/dashboard" });
  const session = await bench.signIn(identity, "session");
  const jwt = await bench.signIn(identity, "jwt");
  const renewing = await bench.signIn(identity, "jwt");
  const other = await bench.signIn(somebodyElse, "session");
  const polls: Poll[] = [
    { id: "session", device: session, isHit: true, every: OFTEN_MILLISECONDS, outgoing: me },
    { id: "jwt", device: jwt, isHit: true, every: OFTEN_MILLISECONDS, outgoing: me },
    { id: "session-page", device: session, isHit: true, every: SELDOM_MILLISECONDS, outgoing: page },
    { id: "jwt-page", device: jwt, isHit: true, every: SELDOM_MILLISECONDS, outgoing: page },
    { id: "renewal", device: renewing, isHit: true, every: SELDOM_MILLISECONDS, outgoing: renewal },
    { id: "bystander", device: other, isHit: false, every: OFTEN_MILLISECONDS, outgoing: me },
    {
      id: "readiness",
      device: null,
      isHit: false,
      every: SELDOM_MILLISECONDS,
      outgoing: () => ({ path: "/api/health/ready" }),
    },
  ];
  const result: Outage = {
    how,
    away: null,
    lanes: polls.map(({ id, device }) => ({
      id,
      mode: device?.mode ?? null,
      marks: [],
      retryAfter: 0,
      cleared: 0,
    })),
    elapsed: 0,
    sameSessions: null,
  };

  // The first of its kind is slower than all that follow, which has nothing to do with the database.
  await Promise.all(
    polls.map(async ({ device, outgoing }) => {
      const answer = await bench.send(outgoing(0), device ?? undefined);
      if (device) keepCookies(device, answer);
    }),
  );

  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const away = AWAY_MILLISECONDS[how];
  const end = BEFORE_MILLISECONDS + away + AFTER_MILLISECONDS;
  const done = Promise.all([
    schedule(result, away, bench, elapsed),
    ...polls.map((poll, at) => keepAsking(poll, result.lanes[at]!, result, end, bench, elapsed)),
  ]).then(() => "done" as const);
  // Raced below; when the experiment is stopped between two races, nobody is left to hear of it.
  done.catch(() => {});

  for (;;) {
    const what = await Promise.race([done, pause(SHOW_EVERY_MILLISECONDS, bench.signal)]);
    result.elapsed = elapsed();
    if (what === "done") break;
    yield { progress: Math.min(0.98, result.elapsed / end), says: phaseOf(result), result };
  }
  result.sameSessions = (
    await Promise.all([session, jwt, renewing].map((device) => isStill(device, bench)))
  ).every(Boolean);
  yield { progress: 1, says: phaseOf(result), result };
}

/** As a client, and as a page whose token has expired: the two ways to renew, in turns. */
const renewal = (round: number): Outgoing =>
  round % 2 === 0
    ? { method: "POST", path: "/api/auth/refresh" }
    : { path: "/api/auth/refresh?next=%2Fdashboard" };

async function schedule(result: Outage, away: number, bench: Bench, elapsed: () => number): Promise<void> {
  await pause(BEFORE_MILLISECONDS, bench.signal);
  result.away = { from: elapsed(), until: null };
  await pause(away, bench.signal);
  result.away.until = elapsed();
}

/** One request after the other, as one browser would; not over before one that was kept waiting has been followed by one that was not. */
async function keepAsking(
  { device, isHit, every, outgoing }: Poll,
  lane: Lane,
  result: Outage,
  end: number,
  bench: Bench,
  elapsed: () => number,
): Promise<void> {
  for (let round = 0; elapsed() < end || lane.marks.at(-1)?.isFaulty; round += 1) {
    const sentAt = elapsed();
    const isFaulty = isHit && result.away !== null && result.away.until === null;
    const conditions = isFaulty ? { database: result.how } : {};
    const answer = await bench.send(outgoing(round), device ?? undefined, conditions);
    take(lane, answer, { sentAt, answeredAt: elapsed(), isFaulty });
    if (device) keepCookies(device, answer);
    await pause(Math.max(0, every - (elapsed() - sentAt)), bench.signal);
  }
}

function take(lane: Lane, answer: Delivered, when: Pick<Mark, "sentAt" | "answeredAt" | "isFaulty">): void {
  const { status, code, trace, headers } = answer;
  const queries = trace?.steps.filter(({ lane: where }) => where === "database").length ?? 0;
  const [sentAt, answeredAt] = [Math.round(when.sentAt), Math.round(when.answeredAt)];
  lane.marks.push({ sentAt, answeredAt, status, code, queries, isFaulty: when.isFaulty });
  if (headers.some(([name]) => name === "retry-after")) lane.retryAfter += 1;
  lane.cleared += [...cookiesSetBy(answer).values()].filter((value) => value === null).length;
}

/** Nobody signed in again: the server still knows the device by the session that it began with. */
async function isStill(device: Device, bench: Bench): Promise<boolean> {
  const { status, body } = await bench.send({ path: "/api/me" }, device);
  return status === 200 && (JSON.parse(body) as { session: { id: string } }).session.id === device.sessionId;
}

function phaseOf({ away }: Outage): string {
  if (!away) return "All is well";
  return away.until === null ? "The database is away" : "The database is back";
}

export const outage: Experiment<{ how: How }, Outage> = {
  slug: "outage",
  input: z.object({ how: z.enum(HOWS).default("fails") }),
  run,
};
