/** The token bench sends what it says, shows what was answered, and keeps no token that is good for anything. */
import { unsealData } from "iron-session";
import { tokenBenchCurl } from "../../app/lab/token-bench/curl";
import type { TokenBench } from "../../lib/lab/experiments/token-bench";
import { PRESETS } from "../../lib/lab/token-presets";
import { logInWithTokens, newPerson, signUp } from "../support/accounts";
import { startApp, type App } from "../support/app";
import { expired, forgedToken } from "../support/credentials";
import { expect, test } from "../support/browser";
import { grantAdmin } from "../support/device";
import { send } from "../support/http";
import { runExperiment, runShell } from "../support/lab";
import { everythingStored } from "../support/rows";

test.use({ serverEnv: { LOG_LEVEL: "trace" } });

const inspect = async (app: App, token: string) => {
  const { text } = await send(app, "POST", "/api/lab/inspect", { json: { token } });
  return JSON.parse(text) as { accepted: boolean; code: string | null; refusedBy: string | null };
};

test("every classic attack is refused, by a rule that fits the answer, and the token itself was good", async ({
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
});

test("no token of a result works once the result is there", async ({ app }) => {
  const { result } = await runExperiment<TokenBench>(app, "token-bench", { preset: "all" });
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
  const { person } = await signUp(app, "jwt");
  const { accessToken } = await logInWithTokens(app, person);
  expect(await inspect(app, ` ${accessToken}\n`)).toMatchObject({
    accepted: true,
    refusedBy: null,
    header: { typ: "at+jwt" },
    claims: { email: person.email, role: "member" },
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
  const { person } = await signUp(app, "jwt");
  const { accessToken } = await logInWithTokens(app, person);
  await grantAdmin(app, person.email);
  // Done by another process: this one hears of it within a second.
  await expect
    .poll(() => inspect(app, accessToken))
    .toMatchObject({ accepted: false, code: "token_expired", refusedBy: "role" });
});

test("a pasted token is in no log, no database, no address and no answer to a form", async ({
  app,
  page,
}) => {
  const { person } = await signUp(app, "jwt");
  const { accessToken } = await logInWithTokens(app, person);
  await send(app, "POST", "/api/lab/inspect", { json: { token: accessToken } });
  const form = await send(app, "POST", "/api/lab/inspect", { form: { token: accessToken } });
  expect([form.status, form.headers.get("location")]).toEqual([303, "/lab/token-bench#inspect"]);
  const tooLong = await send(app, "POST", "/api/lab/inspect", { json: { token: accessToken.repeat(40) } });
  expect(tooLong.status).toBe(422);

  await page.goto("/lab/token-bench");
  await page.getByLabel("A token", { exact: true }).fill(accessToken);
  await page.getByRole("button", { name: "Would you let it in?" }).click();
  await expect(page.getByTestId("inspection")).toContainText("Would be let in");
  expect(page.url()).not.toContain("eyJ");

  const [, claims = "", signature = ""] = accessToken.split(".");
  const stored = await everythingStored(app.databaseUrl);
  expect(stored.includes(person.email), "the database is read").toBe(true);
  for (const text of [stored, app.output(), JSON.stringify([...form.headers])])
    for (const part of [claims, signature]) expect(text.includes(part)).toBe(false);
});

test("a form that is refused for its number does not carry the token back either", async () => {
  const app = await startApp({ LIMIT_LAB_RUNS: "1" });
  const token = "eyJhbGciOiJub25lIn0.e30.AAAA";
  const post = () => send(app, "POST", "/api/lab/inspect", { form: { token } });
  await post();
  const refused = await post();
  await app.stop();
  const seal = refused.cookies.find(({ name }) => name === "flash")!.value;
  const opened = await unsealData(seal, { password: app.env.SESSION_SECRET! });
  expect(opened).toMatchObject({ flash: { form: "inspect", code: "rate_limited" } });
  expect(JSON.stringify(opened)).not.toContain(token);
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
});

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

  test("broken JSON comes back with what is wrong, at its field", async ({ page }) => {
    await page.goto("/lab/token-bench");
    await page.getByLabel("Change the claims").fill("{role: admin}");
    await page.getByRole("button", { name: "Change it and send it" }).click();
    await expect(page.getByLabel("Change the claims")).toHaveValue("{role: admin}");
    await expect(page.getByLabel("Change the claims")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByText("Claims: this is not JSON")).toBeVisible();
  });

  test("a token is inspected, and the page that answers does not hold it", async ({ page, app }) => {
    const { person } = await signUp(app, "jwt", newPerson());
    const { accessToken } = await logInWithTokens(app, person);
    await page.goto("/lab/token-bench");
    await page.getByLabel("A token", { exact: true }).fill(`${accessToken}=`);
    await page.getByRole("button", { name: "Would you let it in?" }).click();
    await expect(page.getByTestId("inspection")).toContainText("would refuse it now: 401 credential_invalid");
    expect(page.url()).not.toContain("eyJ");
    expect(await page.content()).not.toContain(accessToken.split(".")[2]);
  });
});
