/** The database goes away for the Lab's own requests: session mode waits, JWT mode goes on, nobody else notices, and all are back by themselves. */
import { outageCurl } from "../../app/lab/outage/curl";
import type { How, Lane, LaneId, Outage } from "../../lib/lab/experiments/outage";
import { expect, test } from "../support/browser";
import { runExperiment, runShell } from "../support/lab";
import { onPostgres } from "../support/postgres";

// An outage takes ten seconds by itself.
test.slow();

const laneOf = ({ lanes }: Outage, id: LaneId): Lane => lanes.find((lane) => lane.id === id)!;
const whileAway = ({ marks }: Lane) => marks.filter(({ isFaulty }) => isFaulty);
const others = ({ marks }: Lane) => marks.filter(({ isFaulty }) => !isFaulty);

for (const how of ["fails", "stalls"] satisfies How[])
  test(`queries that ${how === "fails" ? "fail" : "hang"}: 503 in session mode, 200 in JWT mode`, async ({
    app,
  }) => {
    const { result } = await runExperiment<Outage>(app, "outage", { how });
    for (const id of ["session", "session-page", "renewal"] as const) {
      const lane = laneOf(result, id);
      expect(whileAway(lane).length, id).toBeGreaterThan(0);
      for (const { status } of whileAway(lane)) expect(status, id).toBe(503);
      expect(lane.retryAfter, id).toBe(whileAway(lane).length);
    }
    for (const { code } of whileAway(laneOf(result, "session"))) expect(code).toBe("storage_unavailable");
    for (const id of ["jwt", "jwt-page"] as const) {
      expect(whileAway(laneOf(result, id)).length, id).toBeGreaterThan(0);
      for (const mark of laneOf(result, id).marks) expect([mark.status, mark.queries], id).toEqual([200, 0]);
    }
    // POST answers as JSON, GET as a page. On PostgreSQL a query that hangs is waited for longer, so there is one of them alone.
    if (how === "fails" || !onPostgres)
      expect(whileAway(laneOf(result, "renewal")).map(({ code }) => code)).toContain("storage_unavailable");

    // Nobody else notices, before, while and after.
    for (const id of ["bystander", "readiness"] as const) {
      expect(whileAway(laneOf(result, id))).toEqual([]);
      for (const { status, sentAt, answeredAt } of laneOf(result, id).marks) {
        expect(status, id).toBe(200);
        expect(answeredAt - sentAt, `${id} did not wait for a query that hangs`).toBeLessThan(2_400);
      }
    }
    for (const lane of result.lanes) {
      expect(lane.cleared, lane.id).toBe(0);
      for (const { status } of others(lane)) expect(status, lane.id).toBeLessThan(400);
      expect(
        lane.marks.filter(({ sentAt }) => sentAt >= result.away!.until!).length,
        `${lane.id} is let in again`,
      ).toBeGreaterThan(0);
    }
    expect(result.sameSessions).toBe(true);

    const waits = whileAway(laneOf(result, "session")).map(({ sentAt, answeredAt }) => answeredAt - sentAt);
    if (how === "stalls") expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_490);
  });

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(outageCurl(app.url));
  const statuses = [...output.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
  expect(statuses).toEqual([503, 200, 503, 503, 200, 200]);
  expect(output.match(/^retry-after: \d+/gim)).toHaveLength(3);
  expect(output).not.toMatch(/set-cookie/i);
});

test("it runs live in the browser, and says who goes on", async ({ page }) => {
  await page.goto("/lab/outage");
  await page.getByRole("button", { name: "Make its queries fail at once" }).click();
  await expect(page.getByText("The database is away")).toBeVisible({ timeout: 15_000 });
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done", { timeout: 40_000 });
  await expect(page.getByTestId("lane-session")).toContainText(/(\d+) of \1 answered 503 while away/);
  await expect(page.getByTestId("lane-jwt")).toContainText(/(\d+) of \1 let in while away/);
  await expect(page.getByTestId("lane-bystander")).toContainText(/(\d+) of \1 let in/);
  await expect(page.getByText("nobody signed in again")).toBeVisible();
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });
  test("the form runs it and lands on its result", async ({ page }) => {
    await page.goto("/lab/outage");
    await page.getByRole("button", { name: "Make its queries fail at once" }).click();
    await expect(page.getByTestId("lane-session")).toContainText("answered 503", { timeout: 40_000 });
    await expect(page).toHaveURL(/\?run=/);
  });
});
