/** The reckoning of what each mode asks of a database. */
import { expect, test } from "@playwright/test";
import {
  billFor,
  DEFAULT_LOAD,
  LOAD_LIMITS,
  loadFrom,
  serversWhereEqual,
  type Prices,
} from "@/lib/lab/cost-model";

const PRICES: Prices = {
  session: { queries: 1, cpuSeconds: 0.002 },
  jwt: { queries: 0, cpuSeconds: 0.0015 },
  refresh: { queries: 9, cpuSeconds: 0.009 },
  poll: { queries: 1, cpuSeconds: 0.0002 },
  accessTokenTtlSeconds: 900,
  pollSeconds: 0.4,
  touchSeconds: 60,
};
const LOAD = { requestsPerSecond: 500, servers: 10, devices: 9_000 };

test("session mode pays by the request, and a write a minute for each device", () => {
  const { session } = billFor(PRICES, LOAD);
  expect(session).toEqual({ reads: 500, touches: 150, queries: 650, cores: 1 });
  const fewRequests = billFor(PRICES, { ...LOAD, requestsPerSecond: 20 });
  expect(fewRequests.session.touches, "no more writes than requests").toBe(20);
});

test("JWT mode pays by the device and by the server, whatever the number of requests", () => {
  const { jwt } = billFor(PRICES, LOAD);
  expect(jwt).toMatchObject({ requests: 0, refreshes: 90, polls: 25, queries: 115 });
  expect(jwt.cores).toBeCloseTo(500 * 0.0015 + 10 * 0.009 + 25 * 0.0002);
  const busier = billFor(PRICES, { ...LOAD, requestsPerSecond: 50_000 });
  expect(busier.jwt.queries).toBe(115);
  const fewRequests = billFor(PRICES, { ...LOAD, requestsPerSecond: 5 });
  expect(fewRequests.jwt.refreshesPerSecond, "nobody refreshes without asking for something").toBe(5);
  expect(busier.session.queries).toBe(50_150);
});

test("the lines cross where both modes send the same number of queries", () => {
  const servers = serversWhereEqual(PRICES, LOAD)!;
  expect(servers).toBeCloseTo(((650 - 90) * 0.4) / 1);
  const { session, jwt } = billFor(PRICES, { ...LOAD, servers });
  expect(jwt.queries).toBeCloseTo(session.queries);
  expect(serversWhereEqual(PRICES, { ...LOAD, requestsPerSecond: 1, devices: 9_000 })).toBeNull();
});

test("the load is read from the query of a page, within its limits", () => {
  expect(loadFrom({})).toEqual(DEFAULT_LOAD);
  expect(loadFrom({ requestsPerSecond: "20", servers: "3", devices: "1e3" })).toEqual({
    requestsPerSecond: 20,
    servers: 3,
    devices: 1_000,
  });
  expect(loadFrom({ requestsPerSecond: "", servers: "many", devices: "Infinity" })).toEqual(DEFAULT_LOAD);
  expect(loadFrom({ servers: ["4", "5"], requestsPerSecond: "-7", devices: "1e99" })).toEqual({
    requestsPerSecond: LOAD_LIMITS.requestsPerSecond.min,
    servers: 5,
    devices: LOAD_LIMITS.devices.max,
  });
});
