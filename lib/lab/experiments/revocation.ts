/** The revocation stopwatch: three devices of one account are signed out at the same moment; when is each first refused? */
import { z } from "zod";
import type { Mode } from "@/lib/auth/contract";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import type { Device } from "@/lib/lab/identities";
import { pause } from "@/lib/lab/pause";

/** In place of 15 minutes, so that nobody has to wait for them; the verifier adds its clock tolerance of 5 seconds. */
const UNFED_TOKEN_TTL_SECONDS = 2;
const BEFORE_MILLISECONDS = 600;
/** Fine around the end, when milliseconds matter; coarser while only the token without a feed is left. */
const FINE_POLL_MILLISECONDS = 20;
const COARSE_POLL_MILLISECONDS = 150;
const SHOW_EVERY_MILLISECONDS = 200;

export type Lane = {
  id: "session" | "jwt" | "unfed";
  mode: Mode;
  /** Milliseconds since the start; null while it is not yet so. */
  lastAcceptedAt: number | null;
  firstRefusedAt: number | null;
  code: string | null;
  requests: number;
  queries: number;
};

export type Revocation = {
  /** Milliseconds from the start of the polls to the answer of POST /api/auth/logout-all; when it was sent, and answered. */
  ending: { sentAt: number; answeredAt: number } | null;
  lanes: Lane[];
  elapsed: number;
  unfedTokenTtlSeconds: number;
};

async function* run(_input: object, bench: Bench): AsyncGenerator<Snapshot<Revocation>, void> {
  const identity = await bench.identity();
  const devices: [Lane["id"], Device][] = [
    ["session", await bench.signIn(identity, "session")],
    ["jwt", await bench.signIn(identity, "jwt")],
    ["unfed", await bench.signIn(identity, "jwt", { accessTokenTtlSeconds: UNFED_TOKEN_TTL_SECONDS })],
  ];
  const result: Revocation = {
    ending: null,
    lanes: devices.map(([id, { mode }]) => ({
      id,
      mode,
      lastAcceptedAt: null,
      firstRefusedAt: null,
      code: null,
      requests: 0,
      queries: 0,
    })),
    elapsed: 0,
    unfedTokenTtlSeconds: UNFED_TOKEN_TTL_SECONDS,
  };

  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const polls = devices.map(([, device], at) =>
    poll(result.lanes[at]!, device, bench, elapsed, () => result),
  );
  const ender = endAll(devices[0]![1], bench, elapsed, result);
  const done = Promise.all([ender, ...polls]).then(() => "done" as const);
  // Raced below; when the experiment is stopped between two races, nobody is left to hear of it.
  done.catch(() => {});

  for (;;) {
    const what = await Promise.race([done, pause(SHOW_EVERY_MILLISECONDS, bench.signal)]);
    result.elapsed = elapsed();
    const refused = result.lanes.filter(({ firstRefusedAt }) => firstRefusedAt !== null).length;
    const says = result.ending === null ? "Polling three devices" : `${refused} of 3 devices refused`;
    yield { progress: what === "done" ? 1 : (1 + refused) / 5, says, result };
    if (what === "done") return;
  }
}

async function poll(
  lane: Lane,
  device: Device,
  bench: Bench,
  elapsed: () => number,
  current: () => Revocation,
): Promise<void> {
  const conditions = lane.id === "unfed" ? { revocationFeed: "off" as const } : {};
  while (lane.firstRefusedAt === null) {
    const { status, code, trace } = await bench.send({ path: "/api/me" }, device, conditions);
    lane.requests += 1;
    lane.queries += trace?.steps.filter(({ lane: where }) => where === "database").length ?? 0;
    if (status === 200) lane.lastAcceptedAt = elapsed();
    else [lane.firstRefusedAt, lane.code] = [elapsed(), code];
    const { ending } = current();
    const isFine = ending === null || elapsed() - ending.answeredAt < 1_000;
    await pause(isFine ? FINE_POLL_MILLISECONDS : COARSE_POLL_MILLISECONDS, bench.signal);
  }
}

async function endAll(by: Device, bench: Bench, elapsed: () => number, result: Revocation): Promise<void> {
  await pause(BEFORE_MILLISECONDS, bench.signal);
  const sentAt = elapsed();
  const { status } = await bench.send({ method: "POST", path: "/api/auth/logout-all" }, by);
  if (status !== 200) throw new Error(`logout-all answered ${status}.`);
  result.ending = { sentAt, answeredAt: elapsed() };
}

export const revocation: Experiment<object, Revocation> = { slug: "revocation", input: z.object({}), run };
