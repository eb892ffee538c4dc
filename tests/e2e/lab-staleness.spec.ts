/** The staleness meter measures what the contract says: what is announced, what is not, and what only a refresh brings. */
import type { Page } from "@playwright/test";
import { stalenessCurl } from "../../app/lab/staleness/curl";
import type { Phase, Staleness } from "../../lib/lab/experiments/staleness";
import { expectNoBarrier } from "../support/barriers";
import { expect, test } from "../support/browser";
import { runByForm, runShell, shownIn } from "../support/lab";

const OLD = { role: "member", name: "Lab" };
const NEW_ROLE = { role: "editor", name: "Lab" };
const NEW = { role: "editor", name: "Renamed" };

// Seven seconds, of which most is waiting for an expiry: a run by form, one by the curl lines and one in the browser wait together.
test("the form, the curl lines and the browser show the same: who is behind the row, and for how long", async ({
  app,
  page,
}) => {
  const [{ result, html }, output] = await Promise.all([
    runByForm<Staleness>(app, "staleness"),
    runShell(stalenessCurl(app.url)),
    runLive(page),
  ]);
  await expectNoBarrier(page, "/lab/staleness, a result");
  await test.step("a changed role reaches a JWT by a refusal, a changed name only by a refresh, a session at once", () =>
    judgeLanes(result));
  await test.step("each phase holds the row and what every device sent and was answered", () =>
    judgePhases(result));
  await test.step("without JavaScript the form runs it and lands on its result", () => {
    expect(shownIn(html, "lane-session")).toContain("after the change");
    expect(html).toContain("token_expired");
    expect(html).not.toMatch(/hsr1\.|eyJ|Fe26/);
  });
  await test.step("its curl lines show the same", () => judgeOutput(output));
});

function judgeLanes(result: Staleness): void {
  const [session, jwt, unfed] = result.lanes;
  const { role, name } = result.changes;

  // Session mode: one query a request, nothing refused, nothing refreshed, nothing behind for longer than a request.
  expect(session!.refusals).toEqual([]);
  expect(session!.refreshes).toEqual([]);
  expect(session!.queries).toBe(session!.requests);

  // JWT mode: one refusal for the role; two refreshes, of which the name waited for the second.
  expect(jwt!.refusals.map(({ code }) => code)).toEqual(["token_expired"]);
  expect(jwt!.refusals[0]!.at).toBeGreaterThan(role!.doneAt);
  expect(jwt!.refreshes).toHaveLength(2);
  expect(jwt!.right.role!).toBeGreaterThan(jwt!.refreshes[0]!);
  expect(jwt!.refreshes[0]!).toBeLessThan(name!.doneAt);
  expect(jwt!.right.name!).toBeGreaterThan(jwt!.refreshes[1]!);
  expect(jwt!.right.name! - name!.doneAt).toBeGreaterThan(2_000);
  expect(jwt!.queries).toBe(0);
  expect(jwt!.refreshQueries).toBeGreaterThan(0);

  // Without a list both stay old until the token expires.
  expect(unfed!.refusals.map(({ code }) => code)).toEqual(["token_expired"]);
  expect(unfed!.refusals[0]!.at).toBeGreaterThan(result.unfedTokenTtlSeconds * 1000);
  const [renewedAt] = unfed!.refreshes;
  expect(unfed!.right.role!).toBeGreaterThan(renewedAt!);
  expect(unfed!.right.name!).toBeGreaterThan(renewedAt!);
  // On a slow machine it may have run out before the name was changed.
  if (renewedAt! > name!.doneAt) expect(unfed!.right.name).toBe(unfed!.right.role);
  expect(unfed!.queries).toBe(0);
}

function judgePhases(result: Staleness): void {
  const said = (id: Phase["id"]) => {
    const { row, seen } = result.phases.find((phase) => phase.id === id)!;
    return { row, session: seen.session!.answered, jwt: seen.jwt!.carried, unfed: seen.unfed!.carried };
  };
  // On a slow machine it may have run out before everything else was done.
  const { refreshes } = result.lanes.find((lane) => lane.id === "unfed")!;
  const unfed = (id: Phase["id"]) => {
    const { row, seen } = result.phases.find((phase) => phase.id === id)!;
    return seen.unfed!.at < refreshes[0]! ? OLD : row;
  };
  expect(said("before")).toEqual({ row: OLD, session: OLD, jwt: OLD, unfed: OLD });
  expect(said("role")).toEqual({ row: NEW_ROLE, session: NEW_ROLE, jwt: OLD, unfed: unfed("role") });
  expect(said("settled")).toEqual({
    row: NEW_ROLE,
    session: NEW_ROLE,
    jwt: NEW_ROLE,
    unfed: unfed("settled"),
  });
  expect(said("name")).toEqual({ row: NEW, session: NEW, jwt: NEW_ROLE, unfed: unfed("name") });
  expect(said("renewed")).toEqual({ row: NEW, session: NEW, jwt: NEW, unfed: unfed("renewed") });
  expect(said("end")).toEqual({ row: NEW, session: NEW, jwt: NEW, unfed: NEW });

  const seen = (id: Phase["id"]) => result.phases.find((phase) => phase.id === id)!.seen;
  expect(seen("role").jwt).toMatchObject({ status: 401, code: "token_expired", answered: null });
  expect(seen("name").jwt, "an old name is no reason to refuse").toMatchObject({
    status: 200,
    answered: NEW_ROLE,
  });
  expect(seen("role").jwt!.at, "the very next request is refused").toBe(
    result.lanes.find((lane) => lane.id === "jwt")!.refusals[0]!.at,
  );
  expect(seen("before").session!.carried, "a sealed cookie claims nothing").toBeNull();
}

function judgeOutput(output: string): void {
  const names = [...output.matchAll(/^(\w+): +"name":"(\w+)"$/gm)].map(([, who, name]) => `${who} ${name}`);
  expect(names, output).toEqual([
    ...["session Lab", "jwt Lab", "claims Lab"],
    ...["session Renamed", "jwt Lab", "claims Lab"],
    ...["session Renamed", "jwt Renamed", "claims Renamed"],
  ]);
  const right = output.match(/^"right":\{"role":[\d.]+,"name":[\d.]+\}$/gm);
  expect(right, output).toHaveLength(3);
}

const runLive = (page: Page) =>
  test.step("it is drawn in the browser, is kept, and can be opened again by its link", async () => {
    await page.goto("/lab/staleness");
    await page.getByRole("button", { name: "Change the role" }).click();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
    await expect(page.getByTestId("right-jwt")).toContainText("401 token_expired, refresh");
    await expect(page.getByTestId("right-jwt")).toContainText("refresh by its own choice");
    await expect(page.getByTestId("right-session")).toContainText("next request");
    await expect(
      page.getByTestId("phase-name").getByRole("row", { name: /^JWT differs|^JWT editor/ }),
    ).toContainText("differs from the row: Lab");
    const drawn = await page.getByTestId("lane-jwt").innerText();
    await page.reload();
    expect(await page.getByTestId("lane-jwt").innerText()).toBe(drawn);
  });
