/** The refresh race and the theft end as the contract says, and the page shows it. */
import { refreshCurl } from "../../app/lab/refresh/curl";
import type { Refresh } from "../../lib/lab/experiments/refresh";
import { expectNoBarrier } from "../support/barriers";
import { expect, test } from "../support/browser";
import { send } from "../support/http";
import { runExperiment, runShell } from "../support/lab";

test("with grace: one rotates, the rest get the same successor, nobody is signed out", async ({ app }) => {
  const { result } = await runExperiment<Refresh>(app, "refresh", { parallel: 20, grace: "on" });
  const { racers, letIn } = result;
  expect(racers).toHaveLength(20);
  expect(racers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(racers.filter(({ outcome }) => outcome === "rotated")).toHaveLength(1);
  expect(new Set(racers.map(({ successor }) => successor!.fingerprint)).size).toBe(1);
  expect(racers.every(({ clearsCookies }) => !clearsCookies)).toBe(true);
  expect(letIn).toEqual({ asked: 20, accepted: 20 });
});

test("the thief is noticed, the family dies, and the audit trail says why", async ({ app }) => {
  const { result } = await runExperiment<Refresh>(app, "refresh", { parallel: 2 });
  expect(result.plays.map(({ who, presents, code }) => [who, presents, code])).toEqual([
    ["owner", 1, null],
    ["owner", 2, null],
    ["thief", 0, "refresh_reused"],
    ["owner", 3, "session_ended"],
  ]);
  expect(result.family).toEqual({ generation: 3, endReason: "refresh_reused" });
  expect(result.audit.at(-1)).toMatchObject({ type: "session_ended", detail: { reason: "refresh_reused" } });
});

test("without grace a loser of the race takes the session down", async ({ app }) => {
  // Requests that came in before the one that rotated are pardoned even then: of thirty, not all do.
  const { result } = await runExperiment<Refresh>(app, "refresh", { parallel: 30, grace: "off" });
  expect(result.racers.filter(({ outcome }) => outcome === "rotated")).toHaveLength(1);
  expect(result.racers.some(({ code }) => code === "refresh_reused")).toBe(true);
  expect(result.family?.endReason).toBe("refresh_reused");
  expect(result.letIn?.accepted).toBe(0);
});

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(refreshCurl(app.url));
  expect(output).toContain("200 ".repeat(8));
  expect(output).toContain("successors: 1\n");
  expect([...output.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code)).toEqual([
    "refresh_reused",
    "session_ended",
  ]);
});

test("a number out of range is refused at its field, by JSON and by form", async ({ app }) => {
  const answer = await send(app, "POST", "/api/lab/refresh", { json: { parallel: 5000 } });
  expect([answer.status, answer.json.code]).toEqual([422, "validation_failed"]);
  expect(answer.json.errors.parallel).toHaveLength(1);
  const form = await send(app, "POST", "/api/lab/refresh", { form: { parallel: "5000" } });
  expect([form.status, form.headers.get("location")]).toEqual([303, "/lab/refresh"]);
});

test("it is drawn in the browser, and a kept result holds no token", async ({ page, app }) => {
  await page.goto("/lab/refresh");
  await page.getByRole("button", { name: "Race, then steal" }).click();
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
  await expect(page.getByTestId("racer")).toHaveCount(12);
  await expect(page.getByTestId("family")).toContainText("401 refresh_reused");
  const { text } = await send(app, "GET", new URL(page.url()).pathname + new URL(page.url()).search);
  expect(text).toContain("refresh_reused");
  expect(text).not.toMatch(/hsr1\.|eyJ/);
  await expectNoBarrier(page, "/lab/refresh, a result");
});
