/** The flight recorder: one request in each mode, and what every step of it did and took. */
import { z } from "zod";
import { strategies } from "@/lib/auth/authenticate";
import { MODES, type Mode } from "@/lib/auth/contract";
import type { Outgoing } from "@/lib/lab/courier";
import { copyOf } from "@/lib/lab/device-cookies";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import { sendAndFollow, type Hop } from "@/lib/lab/hops";
import type { Device, Identity } from "@/lib/lab/identities";
import { pause } from "@/lib/lab/pause";

export const REQUESTS = [
  "me",
  "dashboard",
  "rename",
  "expired",
  "revoked",
  "revoked-page",
  "bearer",
] as const;
export type RequestId = (typeof REQUESTS)[number];

export type Flight = { mode: Mode; hops: Hop[] };

export type Recording = {
  request: RequestId;
  /** Sent before anything was recorded, in each mode. */
  warmUps: number;
  /** Recorded, of which the one with the middle time is shown. */
  recorded: number;
  /** Null while it is still to come. */
  flights: Record<Mode, Flight | null>;
};

const WARM_UPS = 3;
const RECORDED = 9;
const EACH = WARM_UPS + RECORDED;
/** The shortest there is; the verifier allows 5 seconds more for clocks that differ. */
const SHORT_TTL_SECONDS = 1;
const UNTIL_EXPIRED_SECONDS = 7;

const OUTGOING: Record<RequestId, Outgoing> = {
  me: { path: "/api/me" },
  dashboard: { path: "/dashboard" },
  rename: { method: "PATCH", path: "/api/me", json: { name: "Ada" } },
  expired: { path: "/dashboard" },
  revoked: { path: "/api/me" },
  "revoked-page": { path: "/dashboard" },
  bearer: { path: "/api/me" },
};

async function* run(
  { request }: { request: RequestId },
  bench: Bench,
): AsyncGenerator<Snapshot<Recording>, void> {
  const flights: Recording["flights"] = { session: null, jwt: null };
  const result: Recording = { request, warmUps: WARM_UPS, recorded: RECORDED, flights };
  const identity = await bench.identity();
  const devices = {
    session: await devicesFor("session", request, identity, bench),
    jwt: await devicesFor("jwt", request, identity, bench),
  };
  const waiting = request === "expired" ? 0.9 : 0;
  if (waiting > 0) {
    for (let left = UNTIL_EXPIRED_SECONDS; left > 0; left -= 1) {
      const says = `Waiting ${left} s for the access token to expire`;
      yield { progress: (1 - left / UNTIL_EXPIRED_SECONDS) * waiting, says, result };
      await pause(1_000, bench.signal);
    }
  }

  const all = MODES.length * EACH;
  let sent = 0;
  for (const mode of MODES) {
    const recordings: Flight[] = [];
    for (let at = 0; at < EACH; at += 1) {
      const device = copyOf(devices[mode][at % devices[mode].length]!);
      const hops = await sendAndFollow(bench, device, OUTGOING[request]);
      sent += 1;
      if (at >= WARM_UPS) recordings.push({ mode, hops });
      if (at === EACH - 1) flights[mode] = middle(recordings);
      yield { progress: waiting + (1 - waiting) * (sent / all), says: `Sent ${sent} of ${all}`, result };
    }
  }
}

/** One device for all of them where each request leaves it as it was; one for each where a refresh token is used up. */
async function devicesFor(
  mode: Mode,
  request: RequestId,
  identity: Identity,
  bench: Bench,
): Promise<Device[]> {
  if (request === "expired") {
    const devices: Device[] = [];
    while (devices.length < EACH)
      devices.push(await bench.signIn(identity, mode, { accessTokenTtlSeconds: SHORT_TTL_SECONDS }));
    return devices;
  }
  const isBearer = request === "bearer" && strategies[mode].transports.includes("bearer");
  const device = await bench.signIn(identity, mode, { transport: isBearer ? "bearer" : "cookie" });
  if (request === "revoked" || request === "revoked-page") {
    const { status } = await bench.send({ method: "POST", path: "/api/auth/logout" }, device);
    if (status !== 204) throw new Error(`logout answered ${status}.`);
  }
  return [device];
}

/** A real one of them, where an average would be the record of no request at all. */
function middle(flights: Flight[]): Flight {
  const byTime = flights.toSorted((one, other) => timeOf(one) - timeOf(other));
  return byTime[Math.floor(byTime.length / 2)]!;
}

const timeOf = ({ hops }: Flight): number => hops.reduce((sum, { onServer }) => sum + onServer, 0);

export const flightRecorder: Experiment<{ request: RequestId }, Recording> = {
  slug: "flight-recorder",
  input: z.object({ request: z.enum(REQUESTS).default("me") }),
  run,
};
