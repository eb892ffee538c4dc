/** The database goes away for the Lab's own requests: session mode waits, JWT mode goes on, nobody else notices, and all are back by themselves. */
import type { Page } from "@playwright/test";
import { outageCurl } from "../../app/lab/outage/curl";
import type { Lane, LaneId, Outage } from "../../lib/lab/experiments/outage";
import { expectNoBarrier } from "../support/barriers";
import { ON_BOTH } from "../support/app";
import { expect, test } from "../support/browser";
import { runByForm, runExperiment, runShell, shownIn } from "../support/lab";
import { onPostgres } from "../support/postgres";

const laneOf = ({ lanes }: Outage, id: LaneId): Lane => lanes.find((lane) => lane.id === id)!;
const whileAway = ({ marks }: Lane) => marks.filter(({ isFaulty }) => isFaulty);
const others = ({ marks }: Lane) => marks.filter(({ isFaulty }) => !isFaulty);

function judge(result: Outage): void {
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
  if (result.how === "fails" || !onPostgres)
    expect(whileAway(laneOf(result, "renewal")).map(({ code }) => code)).toContain("storage_unavailable");

  // Nobody else notices, before, while and after.
  for (const id of ["bystander", "readiness"] as const) {
    expect(whileAway(laneOf(result, id))).toEqual([]);
    for (const { status } of laneOf(result, id).marks) expect(status, id).toBe(200);
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
}

// An outage takes ten seconds by itself, of which most is waiting: each of its two ways is run once, and one more in the browser meanwhile.
test(
  "queries that fail: 503 in session mode, 200 in JWT mode, run and shown by a form",
  ON_BOTH,
  async ({ app }) => {
    const { result, html } = await runByForm<Outage>(app, "outage", { how: "fails" });
    expect(result.how).toBe("fails");
    judge(result);
    await test.step("without JavaScript the form runs it and lands on its result", () => {
      expect(shownIn(html, "lane-session")).toMatch(/(\d+) of \1 answered 503 while away/);
      expect(shownIn(html, "lane-jwt")).toMatch(/(\d+) of \1 let in while away/);
    });
  },
);

test("queries that hang: 503 in session mode, 200 in JWT mode, while another outage runs live in the browser", async ({
  app,
  page,
}) => {
  const [{ result }] = await Promise.all([
    runExperiment<Outage>(app, "outage", { how: "stalls" }),
    runLive(page),
  ]);
  await expectNoBarrier(page, "/lab/outage, a result");
  expect(result.how).toBe("stalls");
  judge(result);
  await test.step("a query that hangs is waited for, by nobody else", () => {
    for (const hung of whileAway(laneOf(result, "session"))) {
      expect(hung.answeredAt - hung.sentAt).toBeGreaterThanOrEqual(2_490);
      for (const id of ["bystander", "readiness"] as const) {
        const meanwhile = laneOf(result, id).marks.filter(
          ({ sentAt, answeredAt }) => sentAt >= hung.sentAt && answeredAt <= hung.answeredAt,
        );
        // One that hung as well would not fit in twice.
        expect(meanwhile.length, `${id} did not wait for a query that hangs`).toBeGreaterThanOrEqual(2);
      }
    }
  });
});

const runLive = (page: Page) =>
  test.step("it runs live in the browser, and says who goes on", async () => {
    await page.goto("/lab/outage");
    await page.getByRole("button", { name: "Make its queries fail at once" }).click();
    await expect(page.getByText("The database is away")).toBeVisible();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
    await expect(page.getByTestId("lane-session")).toContainText(/(\d+) of \1 answered 503 while away/);
    await expect(page.getByTestId("lane-jwt")).toContainText(/(\d+) of \1 let in while away/);
    await expect(page.getByTestId("lane-bystander")).toContainText(/(\d+) of \1 let in/);
    await expect(page.getByText("nobody signed in again")).toBeVisible();
  });

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(outageCurl(app.url));
  const statuses = [...output.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
  expect(statuses).toEqual([503, 200, 503, 503, 200, 200]);
  expect(output.match(/^retry-after: \d+/gim)).toHaveLength(3);
  expect(output).not.toMatch(/set-cookie/i);
});
