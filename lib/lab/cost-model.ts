/** What each mode asks of the database and the CPUs at a given load: a model, worked out from what one request was measured to cost. */
import type { Cost, KindId } from "./experiments/cost";

export type Load = {
  /** Of all servers together. */
  requestsPerSecond: number;
  servers: number;
  /** Signed in, and in use: among these the requests are shared out evenly. */
  devices: number;
};

export const DEFAULT_LOAD: Load = { requestsPerSecond: 500, servers: 10, devices: 10_000 };

export const LOAD_LIMITS: Record<keyof Load, { min: number; max: number }> = {
  requestsPerSecond: { min: 1, max: 1_000_000 },
  servers: { min: 1, max: 1_000 },
  devices: { min: 1, max: 100_000_000 },
};

type Price = { queries: number; cpuSeconds: number };

/** What one of each costs, and how often the server does by itself what no request asks for. */
export type Prices = {
  session: Price;
  jwt: Price;
  refresh: Price;
  poll: Price;
  accessTokenTtlSeconds: number;
  pollSeconds: number;
  touchSeconds: number;
};

/** Null while not everything has been measured. */
export function pricesFrom({ kinds, refresh, poll, policy }: Cost): Prices | null {
  if (!refresh || !poll) return null;
  const of = (id: KindId): Price | null => {
    const kind = kinds.find((one) => one.id === id);
    return kind ? { queries: kind.queries, cpuSeconds: kind.cpuMilliseconds / 1000 } : null;
  };
  const [session, jwt] = [of("session"), of("jwt-cookie")];
  if (!session || !jwt) return null;
  const inSeconds = ({ queries, cpuMilliseconds }: { queries: number; cpuMilliseconds: number }) => ({
    queries,
    cpuSeconds: cpuMilliseconds / 1000,
  });
  return { session, jwt, refresh: inSeconds(refresh), poll: inSeconds(poll), ...policy };
}

/** Each in queries a second at the database, and cores kept busy. */
export type Bill = {
  session: { reads: number; touches: number; queries: number; cores: number };
  jwt: {
    requests: number;
    refreshes: number;
    polls: number;
    queries: number;
    cores: number;
    /** How many there are; `refreshes` are their queries. */
    refreshesPerSecond: number;
  };
};

export function billFor(prices: Prices, { requestsPerSecond, servers, devices }: Load): Bill {
  // A device that asks less often than that does it with each request, and not in between.
  const oncePer = (seconds: number) => Math.min(requestsPerSecond, devices / seconds);
  const reads = requestsPerSecond * prices.session.queries;
  const touches = oncePer(prices.touchSeconds);
  const requests = requestsPerSecond * prices.jwt.queries;
  const refreshesPerSecond = oncePer(prices.accessTokenTtlSeconds);
  const pollsPerSecond = servers / prices.pollSeconds;
  const refreshes = refreshesPerSecond * prices.refresh.queries;
  const polls = pollsPerSecond * prices.poll.queries;
  return {
    session: {
      reads,
      touches,
      queries: reads + touches,
      cores: requestsPerSecond * prices.session.cpuSeconds,
    },
    jwt: {
      requests,
      refreshes,
      polls,
      queries: requests + refreshes + polls,
      refreshesPerSecond,
      cores:
        requestsPerSecond * prices.jwt.cpuSeconds +
        refreshesPerSecond * prices.refresh.cpuSeconds +
        pollsPerSecond * prices.poll.cpuSeconds,
    },
  };
}

export const SERVER_COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] as const;

/**
 * With how many servers the database gets as many queries in JWT mode as in session mode: each more polls, and changes nothing for
 * sessions. Null where JWT mode costs more with a single one.
 */
export function serversWhereEqual(prices: Prices, load: Load): number | null {
  const { session, jwt } = billFor(prices, { ...load, servers: 0 });
  const servers = ((session.queries - jwt.queries) * prices.pollSeconds) / prices.poll.queries;
  return servers >= 1 ? servers : null;
}

type Query = Record<string, string | string[] | undefined>;

/** From the query of a page; what is missing or no number is taken as it is by default, what is out of range as its limit. */
export function loadFrom(query: Query): Load {
  const read = (name: keyof Load): number => {
    const value = Number([query[name]].flat().at(-1) || NaN);
    const { min, max } = LOAD_LIMITS[name];
    return Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : DEFAULT_LOAD[name];
  };
  return {
    requestsPerSecond: read("requestsPerSecond"),
    servers: read("servers"),
    devices: read("devices"),
  };
}
