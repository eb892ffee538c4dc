/** The attack lab says "refused" where the server refused, and says so in red where it did not. */
import { existsSync } from "node:fs";
import path from "node:path";
import { attacksCurl } from "../../app/lab/attacks/curl";
import { ATTACK_CATALOGUE } from "../../lib/lab/attack-catalogue";
import type { AttackRun } from "../../lib/lab/experiments/attacks";
import { expectNoBarrier } from "../support/barriers";
import { startApp } from "../support/app";
import { expect, test } from "../support/browser";
import { grantAdmin, logIn, signUp } from "../support/device";
import { keptResult, runByForm, runExperiment, runIdIn, runShell, shownIn } from "../support/lab";

const ROOT = path.resolve(import.meta.dirname, "../..");

// All of them take nine seconds, of log-ins by the dozen with a hash each: they are run once, in the browser, and judged by what was kept.
test("run in the browser, every attack but cookie tossing is refused over http, and leaves nothing behind", async ({
  app,
  page,
}) => {
  const { person, userId } = await signUp(app, "JWT bearer");
  await grantAdmin(app, person.email);
  const admin = await logIn(app, "JWT bearer", person);

  await test.step("each verdict is shown, and what is not refused stands out", async () => {
    await page.goto("/lab/attacks");
    await page.getByRole("button", { name: "Run them all" }).click();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
    await expect(page.getByTestId("summary")).toHaveText("9 of 10 refused. Not refused: cookie tossing");
    await expect(page.getByTestId("attack-redirect").getByTestId("verdict")).toHaveText("✓Refused");
    await expect(page.getByTestId("attack-tossing").getByTestId("verdict")).toHaveText("✗Not refused");
    await expect(page.getByTestId("attack-timing")).toContainText(
      "nothing here tells the two from each other",
    );
    await expect(page).toHaveURL(/\?run=[\w-]{22}#result$/);
    await expectNoBarrier(page, "/lab/attacks, a result");
  });

  const result = await keptResult<AttackRun>(app, runIdIn(page.url()));
  await test.step("every attack but cookie tossing is refused, by every answer", () => judgeRefusals(result));
  await test.step("no credential is kept in full", () => judgeKept(result));
  await test.step("a planted cookie may decide, but identities are never mixed", () => judgeTossing(result));
  await test.step("nothing of it stays in the trail that administrators read", async () => {
    const trail = async () => (await admin.send(app, "GET", "/api/admin/events")).text;
    // The stream ends before the experiment has tidied up.
    await expect.poll(trail).not.toContain("lab:");
    expect(await trail()).toContain(userId);
  });
});

test("over https all are refused, cookie tossing too: its name is not read", async () => {
  const secure = await startApp({ APP_URL: "https://app.example" });
  for (const { id } of ATTACK_CATALOGUE) {
    if (id === "timing") continue;
    const { result } = await runExperiment<AttackRun>(secure, "attacks", { attack: id });
    const [attack] = result.attacks;
    expect([id, attack!.attempts.filter(({ holds }) => !holds)]).toEqual([id, []]);
    expect([id, attack!.attempts.length > 0, attack!.refused]).toEqual([id, true, true]);
    if (id === "tossing")
      expect(attack!.attempts.every(({ shows }) => shows === "200, answered as the victim")).toBe(true);
  }
  await secure.stop();
});

test("without JavaScript one attack is run by its button", async ({ app }) => {
  const { result, html } = await runByForm<AttackRun>(app, "attacks", { attack: "replay" });
  expect(result.attacks.map(({ id }) => id)).toEqual(["replay"]);
  const shown = shownIn(html, "verdict");
  expect(shown).toMatch(/^✓Refused/);
  expect(shown).toContain("a session_ended event says refresh_reused");
});

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(attacksCurl(app.url));
  const lines = output.trim().split("\n").filter(Boolean);
  expect(lines.slice(0, 7)).toEqual([
    "csrf_rejected",
    "credential_invalid",
    "session_ended",
    "refresh_reused",
    "session_ended",
    `${app.url}/dashboard`,
    `${app.url}/login?next=%2Fdashboard`,
  ]);
  for (const seconds of lines.slice(7)) expect(Number(seconds)).toBeGreaterThan(0);
  expect(lines).toHaveLength(9);
});

function judgeRefusals(result: AttackRun): void {
  expect(result.attacks.map(({ id }) => id)).toEqual(ATTACK_CATALOGUE.map(({ id }) => id));
  for (const { id, refused, attempts } of result.attacks) {
    if (id === "tossing") continue;
    expect([id, attempts.filter(({ holds }) => !holds)]).toEqual([id, []]);
    expect([id, refused]).toEqual([id, true]);
    expect(attempts.length).toBeGreaterThan(1);
  }
  const timing = result.attacks.at(-1)!.timing!;
  expect(timing.known.length).toBeGreaterThanOrEqual(8);
  expect(timing.unknown.length).toBe(timing.known.length);
  for (const { file } of ATTACK_CATALOGUE)
    expect([file, existsSync(path.join(ROOT, file))]).toEqual([file, true]);
}

function judgeKept(result: AttackRun): void {
  const text = JSON.stringify(result);
  // Seals, signed tokens and refresh tokens in full are all longer than what is left of them here.
  expect(text).not.toMatch(/Fe26\.2\*[^…"]{20}/);
  expect(text).not.toMatch(/eyJ[\w-]{20}/);
  expect(text).not.toMatch(/hsr1\.[\w-]{22}/);
  expect(text).not.toMatch(/password\\?"[:=]\\?"[\w-]{13}/i);
  expect(text).not.toContain("x-halfstate-lab");
}

function judgeTossing({ attacks }: AttackRun): void {
  const overHttp = attacks.find(({ id }) => id === "tossing")!;
  expect(overHttp.refused).toBe(false);
  const shown = overHttp.attempts.map(({ what, holds, shows }) => [what, holds, shows]);
  expect(shown).toEqual([
    ["Planted session cookie first", true, "200, answered as the victim"],
    ["Planted session cookie last", false, "200, answered as the attacker: the planted cookie decided"],
    ["Planted access cookie first", true, "200, answered as the victim"],
    ["Planted access cookie last", false, "200, answered as the attacker: the planted cookie decided"],
    [
      "Planted access cookie beside a session cookie",
      false,
      "200, answered as the attacker: the planted cookie decided",
    ],
  ]);
}
