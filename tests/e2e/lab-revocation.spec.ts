/** The revocation stopwatch measures what the server does: the order of the refusals, and what they cost. */
import type { Page } from "@playwright/test";
import { revocationCurl } from "../../app/lab/revocation/curl";
import type { Revocation } from "../../lib/lab/experiments/revocation";
import { expectNoBarrier } from "../support/barriers";
import { expect, test } from "../support/browser";
import { runByForm, runShell, shownIn } from "../support/lab";

// Most of its seven seconds are waiting for an expiry: a run by form and a run in the browser wait together.
test("session and JWT mode refuse at once, a token without a list only when it expires, by form and live in the browser", async ({
  app,
  page,
}) => {
  const [{ result, html }] = await Promise.all([runByForm<Revocation>(app, "revocation"), runLive(page)]);
  await expectNoBarrier(page, "/lab/revocation, a result");
  const [session, jwt, unfed] = result.lanes;
  const { answeredAt } = result.ending!;
  for (const lane of [session!, jwt!]) {
    expect(lane.code).toBe("session_ended");
    // Contract: within one second.
    expect(lane.firstRefusedAt! - answeredAt).toBeLessThan(1_000);
    expect(lane.lastAcceptedAt!).toBeGreaterThan(0);
  }
  expect(unfed!.code).toBe("token_expired");
  expect(unfed!.firstRefusedAt!).toBeGreaterThan(result.unfedTokenTtlSeconds * 1000);
  expect(unfed!.firstRefusedAt!).toBeGreaterThan(jwt!.firstRefusedAt!);
  // One query a request in session mode, and none in JWT mode.
  expect(session!.queries).toBe(session!.requests);
  expect([jwt!.queries, unfed!.queries]).toEqual([0, 0]);

  await test.step("without JavaScript the form runs it and lands on its result", () => {
    for (const { id, firstRefusedAt } of result.lanes) {
      const after = Math.max(0, firstRefusedAt! - result.ending!.sentAt);
      const said = after < 1_000 ? `${after.toFixed(0)} ms` : `${(after / 1_000).toFixed(1)} s`;
      expect(shownIn(html, `lane-${id}`)).toContain(`refused ${said} after`);
    }
  });
});

const runLive = (page: Page) =>
  test.step("it runs live in the browser, is kept, and can be opened again by its link", async () => {
    await page.goto("/lab/revocation");
    await page.getByRole("button", { name: "Sign in three devices" }).click();
    await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
    const refused = await page.getByTestId("lane-unfed").innerText();
    expect(refused).toContain("refused");
    await expect(page).toHaveURL(/\?run=[\w-]{22}#result$/);
    await page.reload();
    expect(await page.getByTestId("lane-unfed").innerText()).toBe(refused);
  });

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(revocationCurl(app.url));
  expect(output).toContain('{"ended":3}');
  expect(output.match(/"code":"session_ended"/g)).toHaveLength(2);
  expect(output.match(/"mode":"jwt"/g)).toHaveLength(1);
});

test("it can be stopped", async ({ page }) => {
  await page.goto("/lab/revocation");
  await page.getByRole("button", { name: "Sign in three devices" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "stopped");
});
