/** The flight recorder shows what the server did: who was visited, who asked the database, and who refused. */
import type { Page } from "@playwright/test";
import { flightRecorderCurl } from "../../app/lab/flight-recorder/curl";
import type { Flight, Recording, RequestId } from "../../lib/lab/experiments/flight-recorder";
import type { Hop } from "../../lib/lab/hops";
import { MODES, type Mode } from "../support/device";
import { expectNoBarrier } from "../support/barriers";
import type { App } from "../support/app";
import { expect, test } from "../support/browser";
import { runByForm, runExperiment, runShell, shownIn } from "../support/lab";

async function record(app: App, request: RequestId): Promise<Record<Mode, Hop[]>> {
  const { result } = await runExperiment<Recording>(app, "flight-recorder", { request });
  return flightsOf(result, request);
}

function flightsOf(result: Recording, request: RequestId): Record<Mode, Hop[]> {
  expect(result.request).toBe(request);
  const hopsOf = (flight: Flight | null) => flight!.hops;
  return { session: hopsOf(result.flights.session), jwt: hopsOf(result.flights.jwt) };
}

const queriesOf = ({ steps }: Hop) => steps.filter(({ lane }) => lane === "database");
const namesOf = ({ steps }: Hop) => steps.map(({ name }) => name);
const wayOf = (hops: Hop[]) => hops.map(({ method, path, status }) => `${method} ${path} ${status}`);

test("GET /api/me: session mode reads one row, JWT mode none, and Server-Timing says the same", async ({
  app,
}) => {
  const { session, jwt } = await record(app, "me");
  expect([wayOf(session), wayOf(jwt)]).toEqual([["GET /api/me 200"], ["GET /api/me 200"]]);
  expect(namesOf(session[0]!)).toEqual(["open the seal", "query"]);
  expect(namesOf(jwt[0]!)).toEqual(["judge the token", "look up revocations in memory"]);
  for (const hop of [session[0]!, jwt[0]!]) {
    expect(hop.toldQueries).toBe(queriesOf(hop).length);
    expect(hop.edge, "no middleware before the API").toBeNull();
    expect(hop.carried.map(({ isCredential }) => isCredential)).toEqual([true]);
    expect(hop.requestBytes).toBeGreaterThan(hop.carried[0]!.bytes);
    const steps = hop.steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    expect(hop.onServer).toBeGreaterThan(steps);
    expect(hop.total).toBeGreaterThan(hop.onServer);
  }
});

test("GET /dashboard comes by the middleware, and the page checks again", async ({ app }) => {
  const { session, jwt } = await record(app, "dashboard");
  for (const hops of [session, jwt]) {
    expect(wayOf(hops)).toEqual(["GET /dashboard 200"]);
    expect(hops[0]!.edge).toBeGreaterThan(0);
    expect(hops[0]!.answeredBy).toBe("handler");
  }
  expect(queriesOf(session[0]!)).toHaveLength(1);
  expect(queriesOf(jwt[0]!)).toHaveLength(0);
  expect(namesOf(jwt[0]!)).toContain("judge the token");
});

test("PATCH /api/me writes in both modes, and JWT mode gets a new token; without JavaScript its button is a form", async ({
  app,
}) => {
  const { result, html } = await runByForm<Recording>(app, "flight-recorder", { request: "rename" });
  const { session, jwt } = flightsOf(result, "rename");
  expect(wayOf(session)).toEqual(["PATCH /api/me 200"]);
  const verbs = (hop: Hop) => queriesOf(hop).map(({ text }) => /[A-Z]+/.exec(text!)![0]);
  expect(verbs(session[0]!)).toEqual(["SELECT", ...verbs(jwt[0]!)]);
  expect(verbs(jwt[0]!)).toContain("UPDATE");
  expect(session[0]!.sets).toEqual([]);
  expect(jwt[0]!.sets).toEqual(["access"]);
  expect(namesOf(jwt[0]!)).toContain("sign a new access token");
  expect(shownIn(html, "flight-session")).toContain("UPDATE User");
});

// Seven seconds until it has expired: time to record something else in the browser.
test("an access token that has expired is renewed on the way, while another recording is drawn live", async ({
  app,
  page,
}) => {
  const [{ result, lines }] = await Promise.all([
    runExperiment<Recording>(app, "flight-recorder", { request: "expired" }),
    drawLive(page),
  ]);
  await expectNoBarrier(page, "/lab/flight-recorder, a result");
  await test.step("session mode has nothing like it", () => judgeRenewal(flightsOf(result, "expired")));
  await test.step("what is kept holds no credential, and no value that a statement was given", () => {
    const text = JSON.stringify(lines);
    for (const secret of [/eyJ[\w-]{10}/, /Fe26\.2/, /hsr1\./, /lab-[0-9a-f]{16}@/, /Bearer /])
      expect(text).not.toMatch(secret);
  });
});

const drawLive = (page: Page) =>
  test.step("it draws what it recorded, live and by its link", async () => {
    await page.goto("/lab/flight-recorder");
    await page.getByRole("button", { name: "GET /api/me, signed out" }).click();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
    const jwt = page.getByTestId("flight-jwt");
    await expect(jwt).toContainText("401 session_ended");
    await expect(jwt).toContainText("Refused by the handler, after “look up revocations in memory”.");
    const quiet = jwt.getByRole("listitem").filter({ hasText: "not visited" });
    await expect(quiet).toHaveText([/^Middleware/, /^Database/]);
    await expect(page).toHaveURL(/\?run=[\w-]{22}#result$/);
    const drawn = await jwt.innerText();
    await page.reload();
    expect(await jwt.innerText()).toBe(drawn);
  });

function judgeRenewal({ session, jwt }: Record<Mode, Hop[]>): void {
  expect(wayOf(session)).toEqual(["GET /dashboard 200"]);
  expect(wayOf(jwt)).toEqual([
    "GET /dashboard 303",
    "GET /api/auth/refresh?next=%2Fdashboard 303",
    "GET /dashboard 200",
  ]);
  const [sentAway, renewed, back] = jwt as [Hop, Hop, Hop];
  expect([sentAway.answeredBy, sentAway.steps]).toEqual(["middleware", []]);
  expect(renewed.carried.map(({ name }) => name)).toEqual(["access", "refresh"]);
  expect(renewed.sets).toEqual(expect.arrayContaining(["access", "refresh"]));
  expect(queriesOf(renewed).length).toBeGreaterThan(0);
  expect(queriesOf(back)).toEqual([]);
}

test("a revoked credential is refused by the row in session mode, by memory in JWT mode", async ({ app }) => {
  const { session, jwt } = await record(app, "revoked");
  for (const [hops, cookie] of [
    [session, "session"],
    [jwt, "access"],
  ] as const) {
    expect(hops.map(({ status, code, clears }) => [status, code, clears])).toEqual([
      [401, "session_ended", [cookie]],
    ]);
  }
  expect(namesOf(session[0]!)).toEqual(["open the seal", "query"]);
  expect(namesOf(jwt[0]!)).toEqual(["judge the token", "look up revocations in memory"]);
});

test("on a page the middleware lets it through and the page refuses", async ({ app }) => {
  const flights = await record(app, "revoked-page");
  for (const mode of MODES) {
    const [hop] = flights[mode];
    expect(flights[mode]).toHaveLength(1);
    expect(hop!.location).toBe("/login?next=%2Fdashboard");
    expect([hop!.answeredBy, hop!.edge === null]).toEqual(["handler", false]);
  }
});

test("the bearer header is the credential where it is sent", async ({ app }) => {
  const { session, jwt } = await record(app, "bearer");
  expect(session[0]!.carried.map(({ name }) => name)).toEqual(["session"]);
  expect(jwt[0]!.carried.map(({ name }) => name)).toEqual(["authorization"]);
  expect([session[0]!.status, jwt[0]!.status]).toEqual([200, 200]);
});

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(flightRecorderCurl(app.url));
  expect(output).toMatch(/auth;dur=[\d.]+;desc="session".*desc="1 queries"/);
  expect(output).toMatch(/auth;dur=[\d.]+;desc="jwt".*desc="0 queries"/);
  expect(output).toMatch(/edge;dur=[\d.]+;desc="middleware"/);
  expect(output.match(/x-halfstate-trace: \{"steps":\[/g)).toHaveLength(4);
  expect(output).toContain('"code":"session_ended"');
});
