/** The staleness meter: a role and a name change in the database; for how long does each device go on with the old ones? */
import { z } from "zod";
import type { Mode } from "@/lib/auth/contract";
import { wireName } from "@/lib/core/cookie-names";
import type { Delivered } from "@/lib/lab/courier";
import { keepCookies } from "@/lib/lab/device-cookies";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import { giveRole, type Device, type Identity } from "@/lib/lab/identities";
import { pause } from "@/lib/lab/pause";
import { findIdentity } from "@/lib/lab/store";

/** In place of 15 minutes, so that nobody has to wait for them; the verifier adds its clock tolerance of 5 seconds. */
const UNFED_TOKEN_TTL_SECONDS = 2;
const NEW_ROLE = "editor";
const NEW_NAME = "Renamed";
const ROLE_CHANGES_AFTER = 800;
const NAME_CHANGES_AFTER = 1_000;
/** How long the JWT device goes on with its token after the name was changed: its own choice. */
const RENEWS_AFTER = 2_000;
/** Fine around a change, when milliseconds matter; coarser while only the token without a feed is left. */
const FINE_POLL_MILLISECONDS = 20;
const COARSE_POLL_MILLISECONDS = 100;
const LOOK_AGAIN_MILLISECONDS = 5;
const SHOW_EVERY_MILLISECONDS = 200;
const ABOUT_MILLISECONDS = 8_000;

export const FACTS = ["role", "name"] as const;
export type Fact = (typeof FACTS)[number];
/** What a token says of its owner, or a row does. */
export type Facts = Record<Fact, string>;

export type LaneId = "session" | "jwt" | "unfed";

/** The lane whose device renews when the experiment says so; the others only where they are refused. */
const RENEWING: LaneId = "jwt";

/** Times are milliseconds since the start; null while it is not yet so. */
export type Lane = {
  id: LaneId;
  mode: Mode;
  /** When an answer first had what the database has since the change. */
  right: Record<Fact, number | null>;
  refusals: { at: number; code: string | null }[];
  refreshes: number[];
  requests: number;
  /** Of the requests, and of the refreshes. */
  queries: number;
  refreshQueries: number;
};

export type Change = { from: string; to: string; sentAt: number; doneAt: number };

/** The first request of each device after something happened. */
export type Phase = {
  id: "before" | "role" | "settled" | "name" | "renewed" | "end";
  row: Facts;
  seen: Partial<Record<LaneId, Seen>>;
};

export type Seen = {
  at: number;
  status: number;
  code: string | null;
  /** The claims of the token that was sent; null where the credential has none. */
  carried: Facts | null;
  /** Null where the request was refused. */
  answered: Facts | null;
};

export type Staleness = {
  lanes: Lane[];
  changes: Record<Fact, Change | null>;
  phases: Phase[];
  elapsed: number;
  unfedTokenTtlSeconds: number;
};

async function* run(_input: object, bench: Bench): AsyncGenerator<Snapshot<Staleness>, void> {
  const identity = await bench.identity();
  const devices: [LaneId, Device][] = [
    ["session", await bench.signIn(identity, "session")],
    ["jwt", await bench.signIn(identity, "jwt")],
    ["unfed", await bench.signIn(identity, "jwt", { accessTokenTtlSeconds: UNFED_TOKEN_TTL_SECONDS })],
  ];
  const result: Staleness = {
    lanes: devices.map(([id, { mode }]) => ({
      id,
      mode,
      right: { role: null, name: null },
      refusals: [],
      refreshes: [],
      requests: 0,
      queries: 0,
      refreshQueries: 0,
    })),
    changes: { role: null, name: null },
    phases: [],
    elapsed: 0,
    unfedTokenTtlSeconds: UNFED_TOKEN_TTL_SECONDS,
  };
  const startedAt = performance.now();
  const meter: Meter = {
    bench,
    identity,
    result,
    elapsed: () => performance.now() - startedAt,
    says: "Polling three devices",
    renewalIsDue: false,
    isHeld: false,
    underWay: 0,
  };
  await beginPhase(meter, "before");
  const polls = devices.map(([, device], at) => poll(meter, result.lanes[at]!, device));
  const done = Promise.all([change(meter, devices[0]![1]), ...polls]).then(() => "done" as const);
  // Raced below; when the experiment is stopped between two races, nobody is left to hear of it.
  done.catch(() => {});

  for (;;) {
    const what = await Promise.race([done, pause(SHOW_EVERY_MILLISECONDS, bench.signal)]);
    result.elapsed = meter.elapsed();
    const progress = what === "done" ? 1 : Math.min(0.97, result.elapsed / ABOUT_MILLISECONDS);
    yield { progress, says: meter.says, result };
    if (what === "done") return;
  }
}

/** What the parts of a running experiment share. */
type Meter = {
  bench: Bench;
  identity: Identity;
  result: Staleness;
  elapsed: () => number;
  says: string;
  /** The JWT device's choice to renew its token, which nothing has asked of it. */
  renewalIsDue: boolean;
  /** While the database is changed, no device sends anything. */
  isHeld: boolean;
  underWay: number;
};

async function change(meter: Meter, by: Device): Promise<void> {
  const { bench, identity, result, elapsed } = meter;
  const wait = (milliseconds: number) => pause(milliseconds, bench.signal);
  const until = (isSo: () => boolean) => waitUntil(isSo, bench);
  // However slow the machine is: nothing goes on before every device has asked.
  const allHaveAsked = () =>
    until(() => result.lanes.every(({ id }) => result.phases.at(-1)!.seen[id] !== undefined));

  await wait(ROLE_CHANGES_AFTER);
  await allHaveAsked();
  await measureChange(meter, "role", NEW_ROLE, () => giveRole(identity, NEW_ROLE));
  meter.says = `Role changed to ${NEW_ROLE}`;
  await allHaveAsked();
  await until(() => laneOf(result, RENEWING).right.role !== null);
  await beginPhase(meter, "settled");
  await wait(NAME_CHANGES_AFTER);
  await allHaveAsked();

  await measureChange(meter, "name", NEW_NAME, async () => {
    const renamed = await bench.send({ method: "PATCH", path: "/api/me", json: { name: NEW_NAME } }, by);
    if (renamed.status !== 200) throw new Error(`PATCH /api/me answered ${renamed.status}.`);
  });
  meter.says = `Name changed to ${NEW_NAME}`;
  await wait(RENEWS_AFTER);
  await allHaveAsked();
  meter.renewalIsDue = true;
  await until(() => !meter.renewalIsDue);
  meter.says = "Waiting for the token without a list to expire";
  await beginPhase(meter, "renewed");

  await allHaveAsked();
  await until(() => result.lanes.every(({ right }) => FACTS.every((fact) => right[fact] !== null)));
  await beginPhase(meter, "end");
  result.elapsed = elapsed();
}

const laneOf = ({ lanes }: Staleness, id: LaneId): Lane => lanes.find((lane) => lane.id === id)!;

/** Nothing is under way meanwhile: the next request of each device is the first that can know of it. */
async function measureChange(meter: Meter, fact: Fact, to: string, make: () => Promise<void>): Promise<void> {
  const { result, identity, elapsed } = meter;
  meter.isHeld = true;
  await waitUntil(() => meter.underWay === 0, meter.bench);
  const sentAt = elapsed();
  await make();
  result.changes[fact] = { from: identity.user[fact], to, sentAt, doneAt: elapsed() };
  await beginPhase(meter, fact);
  meter.isHeld = false;
}

async function waitUntil(isSo: () => boolean, { signal }: Bench): Promise<void> {
  while (!isSo()) await pause(LOOK_AGAIN_MILLISECONDS, signal);
}

async function beginPhase({ result, identity }: Meter, id: Phase["id"]): Promise<void> {
  const row = await findIdentity(identity.user.id);
  if (!row) throw new Error("A lab identity went away.");
  result.phases.push({ id, row: { role: row.role, name: row.name }, seen: {} });
}

const isOver = ({ phases }: Staleness, { id }: Lane): boolean => {
  const last = phases.at(-1);
  return last?.id === "end" && last.seen[id] !== undefined;
};

async function poll(meter: Meter, lane: Lane, device: Device): Promise<void> {
  const { bench, result } = meter;
  while (!isOver(result, lane)) {
    await waitUntil(() => !meter.isHeld, bench);
    meter.underWay += 1;
    await askOnce(meter, lane, device);
    meter.underWay -= 1;
    const isFine = result.phases.at(-1)!.id !== "renewed";
    await pause(isFine ? FINE_POLL_MILLISECONDS : COARSE_POLL_MILLISECONDS, bench.signal);
  }
}

async function askOnce(meter: Meter, lane: Lane, device: Device): Promise<void> {
  const { bench, result, elapsed } = meter;
  // As it was when the request went out: what happens meanwhile is a matter for the next one.
  const phase = result.phases.at(-1)!;
  const carried = claimsOf(device);
  const answer = await bench.send({ path: "/api/me" }, device, conditionsOf(lane));
  const at = elapsed();
  const { status, code } = answer;
  const answered = status === 200 ? factsOf((JSON.parse(answer.body) as { user: Facts }).user) : null;
  phase.seen[lane.id] ??= { at, status, code, carried, answered };
  lane.requests += 1;
  lane.queries += statementsIn(answer);
  if (answered?.role === NEW_ROLE) lane.right.role ??= at;
  if (answered?.name === NEW_NAME) lane.right.name ??= at;
  if (status !== 200) lane.refusals.push({ at, code });

  const chooses = lane.id === RENEWING && meter.renewalIsDue;
  if (code === "token_expired" || chooses) await renew(meter, lane, device);
  else if (status !== 200) throw new Error(`GET /api/me answered ${status} ${code}.`);
  if (chooses) meter.renewalIsDue = false;
}

async function renew({ bench, elapsed }: Meter, lane: Lane, device: Device): Promise<void> {
  const answer = await bench.send({ method: "POST", path: "/api/auth/refresh" }, device, conditionsOf(lane));
  if (answer.status !== 200) throw new Error(`A refresh answered ${answer.status} ${answer.code}.`);
  keepCookies(device, answer);
  lane.refreshes.push(elapsed());
  lane.refreshQueries += statementsIn(answer);
}

const conditionsOf = ({ id }: Lane) => (id === "unfed" ? { revocationFeed: "off" as const } : {});

const statementsIn = ({ trace }: Delivered): number =>
  trace?.steps.filter(({ lane }) => lane === "database").length ?? 0;

/** Read without checking anything, as anybody who holds a token can; a sealed cookie says nothing. */
function claimsOf({ cookies }: Device): Facts | null {
  const [, payload] = cookies.get(wireName("access"))?.split(".") ?? [];
  if (payload === undefined) return null;
  return factsOf(JSON.parse(Buffer.from(payload, "base64url").toString()) as Facts);
}

const factsOf = ({ role, name }: Facts): Facts => ({ role, name });

export const staleness: Experiment<object, Staleness> = { slug: "staleness", input: z.object({}), run };
