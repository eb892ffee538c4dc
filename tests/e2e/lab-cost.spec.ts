/** Latency and cost: what is counted is what the server says, and the cost sheet works for everybody. */
import { costCurl } from "../../app/lab/cost/curl";
import type { Cost, KindId } from "../../lib/lab/experiments/cost";
import { expectNoBarrier } from "../support/barriers";
import type { App } from "../support/app";
import { expect, test } from "../support/browser";
import { send } from "../support/http";
import { runByForm, runShell, shownIn } from "../support/lab";
import { suiteRedisUrl } from "../support/redis";

const KINDS: KindId[] = ["bare", "jwt-cookie", "jwt-bearer", "session"];

// Hundreds of requests, as fast as the machine is: made once for all that is judged, and once in the browser.
test("one measurement by form: its counts, its bytes, its queries, and the sheet made of it", async ({
  app,
}) => {
  const { result, runId, html } = await runByForm<Cost>(app, "cost", { rounds: "100" });
  await test.step("each kind is asked as often, and its queries are those that the server tells", () =>
    judgeCounts(result));
  await test.step("the bytes are those of a plain request: nothing of the Lab is in them", () =>
    judgeBytes(result, app));
  await test.step("a refresh writes and a poll reads once, and both were measured", () => {
    expect(result.refresh!.times).toBeGreaterThan(0);
    // Without Redis its limit is counted in the database too.
    expect(result.refresh!.queries).toBeGreaterThan(suiteRedisUrl ? 2 : 3);
    expect(result.poll!.queries).toBe(1);
    expect(result.policy).toEqual({ accessTokenTtlSeconds: 900, pollSeconds: 0.4, touchSeconds: 60 });
    expect(html).toContain("The cost sheet");
    expect(html).not.toMatch(/hsr1\.|eyJ|Fe26/);
  });
  await test.step("without JavaScript the form runs it, and the sheet can be asked", async () => {
    expect(shownIn(html, "costs-session")).not.toBe("");
    const [form = ""] = /<form[^>]*>(?:(?!<form).)*?name="servers".*?<\/form>/s.exec(html) ?? [];
    expect(form).toContain(`name="run" value="${runId}"`);
    expect(form).not.toMatch(/method="post"/i);
    const asked = await send(
      app,
      "GET",
      `/lab/cost?run=${runId}&requestsPerSecond=200&servers=1000&devices=1000`,
    );
    expect(shownIn(asked.text, "bill-jwt")).toContain("1,000 servers ÷ 0.4 s");
  });
});

test("a number of rounds that is not offered is refused", async ({ app }) => {
  const answer = await send(app, "POST", "/api/lab/cost", { json: { rounds: "100000" } });
  expect([answer.status, answer.json.code]).toEqual([422, "validation_failed"]);
});

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(costCurl(app.url));
  for (const kind of ["bare", "jwt", "session"])
    expect(output).toMatch(
      new RegExp(`^${kind}: p50 0\\.\\d+ s, p95 \\d\\.\\d+ s, p99 \\d\\.\\d+ s, \\d+ bytes`, "m"),
    );
  expect(output).toMatch(/desc="jwt".*desc="0 queries"/);
  expect(output).toMatch(
    suiteRedisUrl ? /desc="session".*desc="[01] queries"/ : /desc="session".*desc="1 queries"/,
  );
});

test("it is drawn in the browser, and the sheet answers for a load of one's own", async ({ page }) => {
  await page.goto("/lab/cost");
  await page.getByLabel("100", { exact: true }).check();
  await page.getByRole("button", { name: "Measure" }).click();
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
  for (const kind of KINDS) await expect(page.getByTestId(`kind-${kind}`)).toContainText("p95");
  await expectNoBarrier(page, "/lab/cost, a result");
  await page.getByLabel("Servers", { exact: true }).fill("4");
  await page.getByLabel("Active devices").fill("0");
  await page.getByRole("button", { name: "Work it out" }).click();
  await expect(page.getByLabel("Active devices")).toBeFocused();
  await page.getByLabel("Active devices").fill("900");
  await page.getByLabel("Requests a second").fill("100");
  await page.getByRole("button", { name: "Work it out" }).click();
  await expect(page).toHaveURL(/requestsPerSecond=100&servers=4&devices=900#sheet$/);
  // 100 × 1 query and 900 ÷ 60 s; one refresh a second and 4 ÷ 0.4 s.
  await expect(page.getByTestId("bill-session").locator("dd").first()).toHaveText("115");
  await expect(page.getByTestId("bill-jwt")).toContainText("+ 4 servers ÷ 0.4 s × 1 query");
  await expect(page.getByRole("row", { name: /^4 \(yours\)/ })).toContainText("115");
});

function judgeCounts(result: Cost): void {
  const { kinds, bins } = result;
  expect(kinds.map(({ id }) => id)).toEqual(KINDS);
  for (const { requests, counts, p50, p95, p99, slowest, cpuMilliseconds } of kinds) {
    expect(requests).toBe(result.rounds.done);
    expect(counts).toHaveLength(bins!.edges.length - 1);
    expect(counts.reduce((sum, count) => sum + count)).toBe(requests);
    const inOrder = [p50, p95, p99, slowest];
    expect([...inOrder].sort((one, other) => one - other)).toEqual(inOrder);
    expect(p50).toBeGreaterThan(0);
    expect(cpuMilliseconds).toBeGreaterThan(0);
  }
  const [bare, cookie, bearer, session] = kinds;
  expect(bare!.server).toBeNull();
  expect([bare, cookie, bearer, session].map((kind) => kind!.queries)).toEqual([0, 0, 0, 1]);
  // Plain requests: where there is Redis, it has a copy for most of them.
  const perSession = suiteRedisUrl ? 0 : 1;
  expect([cookie, bearer, session].map((kind) => kind!.server!.queries)).toEqual([0, 0, perSession]);
  expect([cookie, bearer].map((kind) => kind!.server!.database)).toEqual([0, 0]);
  if (!suiteRedisUrl) expect(session!.server!.database).toBeGreaterThan(0);
}

async function judgeBytes(result: Cost, app: App): Promise<void> {
  const [bare] = result.kinds;
  const line = "GET /api/health/live HTTP/1.1";
  const asSent = [line, `host: localhost:${app.port}`, "Connection: keep-alive", "", ""].join("\r\n");
  expect(bare!.bytes.sent).toBe(asSent.length);
  const answer = await send(app, "GET", "/api/health/live");
  expect(bare!.bytes.received).toBeGreaterThan(answer.text.length + 200);
  // A signed token carries what the sealed cookie only points at.
  const sent = (id: KindId) => result.kinds.find((kind) => kind.id === id)!.bytes.sent;
  expect(sent("jwt-cookie")).toBeGreaterThan(sent("session"));
}
