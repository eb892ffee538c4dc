/** The token bench sends what it says, shows what was answered, and keeps no token that is good for anything. */
import { tokenBenchCurl } from "../../app/lab/token-bench/curl";
import type { TokenBench } from "../../lib/lab/experiments/token-bench";
import { PRESETS } from "../../lib/lab/token-presets";
import { expectNoBarrier } from "../support/barriers";
import { startApp, type App } from "../support/app";
import { expired, forgedToken } from "../support/credentials";
import { expect, test } from "../support/browser";
import { grantAdmin, signedIn } from "../support/device";
import { Client, send } from "../support/http";
import { runExperiment, runShell, shownIn } from "../support/lab";
import { everythingStored } from "../support/rows";

const inspect = async (app: App, token: string) => {
  const { text } = await send(app, "POST", "/api/lab/inspect", { json: { token } });
  return JSON.parse(text) as { accepted: boolean; code: string | null; refusedBy: string | null };
};

test("every classic attack is refused, by a rule that fits the answer, and no token of the result works afterwards", async ({
  app,
}) => {
  const { result } = await runExperiment<TokenBench>(app, "token-bench", { preset: "all" });
  expect(result.issued.statusBefore).toBe(200);
  expect(result.sent.map(({ preset }) => preset)).toEqual(PRESETS.map(({ id }) => id));
  for (const { preset, answer, explanation } of result.sent) {
    expect([preset, answer.status, answer.code]).toEqual([preset, 401, explanation.code]);
    expect(answer.wwwAuthenticate).toBe('Bearer error="invalid_token"');
    expect(explanation.refusedBy).not.toBeNull();
  }
  // The issued one was good until then: the first line says so.
  for (const token of [result.issued.token, ...result.sent.map((sent) => sent.token)]) {
    const { status } = await send(app, "GET", "/api/me", { headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(401);
  }
});

test("what a reader writes is never signed with the server's key", async ({ app }) => {
  for (const signing of ["kept", "none", "public-key", "own-key"]) {
    const edit = { claims: { role: "admin" }, header: { typ: "at+jwt" }, signing };
    const { result } = await runExperiment<TokenBench>(app, "token-bench", edit);
    const [sent] = result.sent;
    expect([signing, sent!.answer.status]).toEqual([signing, 401]);
    expect(["spelling", "algorithm", "signature"]).toContain(sent!.explanation.refusedBy);
  }
  const json = { preset: "", claims: { role: "admin" }, signing: "expired" };
  const refused = await send(app, "POST", "/api/lab/token-bench", { json });
  expect(refused.json.errors).toHaveProperty("signing");
});

test("an edit that changes nothing is let in, and said to be", async ({ app }) => {
  const { result } = await runExperiment<TokenBench>(app, "token-bench", {});
  expect(result.sent[0]).toMatchObject({
    token: result.issued.token,
    answer: { status: 200, code: null },
    explanation: { refusedBy: null, code: null },
  });
});

test("what is no JSON object is 422 at its field", async ({ app }) => {
  for (const field of ["header", "claims"])
    for (const value of ["{", "[]", "null", '"admin"', 7, [], `{"a":"${"a".repeat(5000)}"}`]) {
      const json = { [field]: value };
      const answer = await send(app, "POST", "/api/lab/token-bench", { json });
      expect([value, answer.status, Object.keys(answer.json.errors)]).toEqual([value, 422, [field]]);
    }
});

test("a token is inspected as it stands now: good, expired, forged, revoked", async ({ app }) => {
  const { accessToken, email } = await signedIn(app, "JWT bearer");
  expect(await inspect(app, ` ${accessToken}\n`)).toMatchObject({
    accepted: true,
    refusedBy: null,
    header: { typ: "at+jwt" },
    claims: { email: email, role: "member" },
  });
  expect(await inspect(app, await expired(app, accessToken))).toMatchObject({
    code: "token_expired",
    refusedBy: "expiry",
  });
  expect(await inspect(app, await forgedToken(accessToken))).toMatchObject({
    code: "credential_invalid",
    refusedBy: "signature",
  });
  for (const odd of ["a", "..", `${accessToken}=`, accessToken.replace(".", ".\n"), "é.é.é"])
    expect(await inspect(app, odd)).toMatchObject({ accepted: false, refusedBy: "spelling" });

  const headers = { authorization: `Bearer ${accessToken}` };
  await send(app, "POST", "/api/auth/logout", { headers });
  expect(await inspect(app, accessToken)).toMatchObject({ code: "session_ended", refusedBy: "revocation" });
});

test("a token whose account has another role by now is refused by that", async ({ app }) => {
  const { accessToken, email } = await signedIn(app, "JWT bearer");
  await grantAdmin(app, email);
  // Done by another process: this one hears of it within a second.
  await expect
    .poll(() => inspect(app, accessToken))
    .toMatchObject({ accepted: false, code: "token_expired", refusedBy: "role" });
});

test("a pasted token is in no log, no database, no address and no answer to a form", async ({ page }) => {
  const app = await startApp({ LOG_LEVEL: "trace" });
  const { accessToken, email } = await signedIn(app, "JWT bearer");
  const [, claims = "", signature = ""] = accessToken.split(".");
  await send(app, "POST", "/api/lab/inspect", { json: { token: accessToken } });
  const client = new Client(app);
  const form = await client.post("/api/lab/inspect", { form: { token: `${accessToken}=` } });
  expect([form.status, form.headers.get("location")]).toEqual([303, "/lab/token-bench#inspect"]);
  await test.step("without JavaScript a token is inspected, and the page that answers does not hold it", async () => {
    const { text } = await client.get("/lab/token-bench");
    expect(text).toMatch(/<form[^>]* action="\/api\/lab\/inspect"[^>]*>.*?<textarea[^>]* name="token"/s);
    expect(shownIn(text, "inspection")).toContain("would refuse it now: 401 credential_invalid");
    for (const part of [claims, signature]) expect(text.includes(part)).toBe(false);
  });
  const tooLong = await send(app, "POST", "/api/lab/inspect", { json: { token: accessToken.repeat(40) } });
  expect(tooLong.status).toBe(422);

  await page.goto(`${app.url}/lab/token-bench`);
  await page.getByLabel("A token", { exact: true }).fill(accessToken);
  await page.getByRole("button", { name: "Would you let it in?" }).click();
  await expect(page.getByTestId("inspection")).toContainText("Would be let in");
  expect(page.url()).not.toContain("eyJ");

  const stored = await everythingStored(app.databaseUrl);
  expect(stored.includes(email), "the database is read").toBe(true);
  expect(app.output(), "the log is read").toContain("/api/lab/inspect");
  for (const text of [stored, app.output(), JSON.stringify([...form.headers])])
    for (const part of [claims, signature]) expect(text.includes(part)).toBe(false);
  await app.stop();
});

test("its curl lines show the same", async ({ app }) => {
  const output = await runShell(tokenBenchCurl(app.url));
  expect(output.match(/"mode":"jwt"/g)).toHaveLength(1);
  expect(output).toContain('"code":"credential_invalid"');
  expect([...output.matchAll(/"refusedBy":"([\w-]+)"/g)].map(([, rule]) => rule)).toEqual([
    "signature",
    "algorithm",
    "spelling",
    "spelling",
  ]);
});

test("one edit, in the browser: the parts, the change, the rule, and the same again by its link", async ({
  page,
}) => {
  await page.goto("/lab/token-bench");
  await page.getByLabel("Change the header").fill('{"alg": }');
  await page.getByRole("button", { name: "Change it and send it" }).click();
  await expect(page.getByText("This is not JSON")).toBeVisible();
  await page.getByLabel("Change the header").fill('{"kid": "attacker"}');
  await page.getByLabel("A key of my own").check();
  await page.getByRole("button", { name: "Change it and send it" }).click();
  await expect(page.getByTestId("answer")).toHaveText("401 credential_invalid");
  await expect(page.getByTestId("refusing-rule")).toContainText("Refused by Key");
  const claims = page.getByRole("region", { name: "Claims" });
  await expect(claims.getByText('role: "admin"')).toBeVisible();
  await expect(page).toHaveURL(/\?run=[\w-]{22}#result$/);
  const text = await page.getByTestId("token-text").innerText();
  await page.reload();
  expect(await page.getByTestId("token-text").innerText()).toBe(text);
  await expectNoBarrier(page, "/lab/token-bench, a result");
});

test("without JavaScript broken JSON comes back with what is wrong, at its field", async ({ app }) => {
  const client = new Client(app);
  const form = { header: "", claims: "{role: admin}", signing: "kept" };
  const refused = await client.post("/api/lab/token-bench", { form });
  expect([refused.status, refused.headers.get("location")]).toEqual([303, "/lab/token-bench"]);
  const { text } = await client.get("/lab/token-bench");
  const [field = ""] = /<textarea[^>]* name="claims"[^>]*>[^<]*<\/textarea>/.exec(text) ?? [];
  expect(field).toContain('aria-invalid="true"');
  expect(field).toMatch(/>\{role: admin\}<\/textarea>$/);
  expect(text.replace(/<script.*?<\/script>/gs, "")).toContain("Claims: this is not JSON");
});

// The Lab's one journey in a browser without JavaScript: every experiment is run by the same form (app/lab/_frame/experiment-form.tsx) and
// the same route (lib/http/lab-route.ts). The fields of the others are posted by HTTP in their own files.
test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("an attack and an edit are sent by form", async ({ page }) => {
    await page.goto("/lab/token-bench");
    await page.getByRole("button", { name: "Key confusion" }).click();
    await expect(page).toHaveURL(/\?run=/);
    await expect(page.getByTestId("refusing-rule")).toContainText("Refused by Algorithm");
    await page.getByLabel("Change the claims").fill('{"sub": "somebody"}');
    await page.getByRole("button", { name: "Change it and send it" }).click();
    await expect(page.getByTestId("refusing-rule")).toContainText("Refused by Signature");
  });
});
