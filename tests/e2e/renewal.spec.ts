/** An access token runs out after minutes; nobody must notice, whichever way they are on and however many tabs are open. */
import type { BrowserContext, Page, Request } from "@playwright/test";
import { logInWithTokens, signUp } from "../support/accounts";
import { type App, startApp } from "../support/app";
import { cookieIn, expect, giveCookies, test } from "../support/browser";
import { expired } from "../support/credentials";
import { type Client, send } from "../support/http";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a page opened with an expired access token comes back renewed after one bounce", async ({
      page,
      context,
      app,
      signedUp,
    }) => {
      const { client, person } = await signedUp("jwt");
      await page.goto("/dashboard");
      await expect(fact(page, "Last silent renewal")).toHaveText("None yet");
      const refresh = await cookieIn(context, "refresh");
      await letExpire(app, context, client);

      const response = await page.goto("/dashboard");
      expect(hopsOf(response!.request())).toEqual([
        "/dashboard",
        "/api/auth/refresh?next=%2Fdashboard",
        "/dashboard",
      ]);
      await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();
      await expect(fact(page, "Last silent renewal")).toHaveText("just now");
      expect(await cookieIn(context, "refresh")).not.toBe(refresh);
      expect((await context.cookies()).filter(({ name }) => name === "refresh")).toHaveLength(1);
      expect(hopsOf((await page.reload())!.request())).toEqual(["/dashboard"]);
    });

    test("a link, the Back button and a reload work with an expired access token", async ({
      page,
      context,
      app,
      signedUp,
    }) => {
      const { client } = await signedUp("jwt");
      await page.goto("/dashboard");
      await letExpire(app, context, client);
      await page.getByRole("link", { name: "Choose the mode" }).click();
      await expect(page).toHaveURL("/settings#mode");
      await expect(page.getByRole("heading", { name: "Settings", exact: true })).toBeVisible();

      await letExpire(app, context, client);
      await page.goBack();
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByRole("heading", { name: "How this request was authenticated" })).toBeVisible();
      await page.reload();
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByRole("heading", { name: "How this request was authenticated" })).toBeVisible();
    });

    test("a form sent with an expired access token is not lost without a word", async ({
      page,
      context,
      app,
      signedUp,
    }) => {
      const { client } = await signedUp("jwt");
      await page.goto("/settings");
      await letExpire(app, context, client);
      await page.getByLabel("Name").fill("Grace Hopper");
      await page.getByRole("button", { name: "Save name" }).click();
      if (!javaScriptEnabled) {
        await expect(page.getByRole("alert")).toContainText("Nothing was changed yet");
        await expect(page).toHaveURL("/settings");
        await expect(page.getByLabel("Name")).toHaveValue("Grace Hopper");
        await page.getByRole("button", { name: "Save name" }).click();
      }
      await expect(page.getByRole("status").filter({ hasText: "Name saved." })).toBeVisible();
      await expect(page.getByRole("button", { name: "Account: Grace Hopper" })).toBeVisible();
    });
  });
}

test("a fetch in the page renews once and repeats itself once", async ({ page, context, app, signedUp }) => {
  const { client } = await signedUp("jwt");
  await page.goto("/settings");
  await letExpire(app, context, client);
  const calls: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/api/"))
      calls.push(`${response.request().method()} ${pathname} ${response.status()}`);
  });
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Name saved." })).toBeVisible();
  expect(calls).toEqual(["PATCH /api/me 401", "POST /api/auth/refresh 200", "PATCH /api/me 200"]);
});

test("three tabs that need a renewal at once all get their page, and the browser is left with a refresh token that works", async ({
  page,
  context,
  app,
  signedUp,
}) => {
  const { client, person } = await signedUp("jwt");
  const tabs = [page, await context.newPage(), await context.newPage()];
  await letExpire(app, context, client);
  await Promise.all(tabs.map((tab) => tab.goto("/dashboard")));
  for (const tab of tabs) await expect(tab.getByText(`Hello ${person.name}.`)).toBeVisible();
  // A tab whose bounce sets out after another's has landed carries the successor already, and rotates it in turn.
  const generation = generationOf(await cookieIn(context, "refresh"));
  expect([1, 2, 3]).toContain(generation);
  await letExpire(app, context, client);
  await page.goto("/dashboard");
  await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();
  expect(generationOf(await cookieIn(context, "refresh"))).toBe(generation + 1);
});

test("two tabs that save at once renew once between them", async ({ page, context, app, signedUp }) => {
  const { client } = await signedUp("jwt");
  const tabs = [page, await context.newPage()];
  for (const tab of tabs) await tab.goto("/settings");
  await letExpire(app, context, client);
  let renewals = 0;
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/auth/refresh") renewals++;
  });
  for (const [i, tab] of tabs.entries()) await tab.getByLabel("Name").fill(`Grace ${i}`);
  await Promise.all(tabs.map((tab) => tab.getByRole("button", { name: "Save name" }).click()));
  for (const tab of tabs)
    await expect(tab.getByRole("status").filter({ hasText: "Name saved." })).toBeVisible();
  expect(renewals).toBeGreaterThan(0);
  expect(generationOf(await cookieIn(context, "refresh"))).toBe(1);
});

test("two browsers with the same cookies that race get the same successor, and neither is signed out", async ({
  app,
  browserFor,
}) => {
  const { client, person } = await signUp(app, "jwt");
  client.set("access", await expired(app, client.value("access")));
  const contexts = await Promise.all([browserFor(client), browserFor(client)]);
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  await Promise.all(pages.map((page) => page.goto("/dashboard")));
  for (const page of pages) await expect(page.getByText(`Hello ${person.name}.`)).toBeVisible();
  const refresh = await Promise.all(contexts.map((context) => cookieIn(context, "refresh")));
  expect(generationOf(refresh[0])).toBe(1);
  expect(refresh[1]).toBe(refresh[0]);
});

test("twenty refreshes with one token all succeed with one successor, over two instances", async ({
  app,
}) => {
  const twin = await startApp({ ...secretsOf(app), APP_URL: app.url });
  try {
    const { client } = await signUp(app, "jwt");
    const headers = { cookie: client.cookieHeader("/api/auth/refresh") };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        send(i % 2 ? twin : app, "POST", "/api/auth/refresh", { headers }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const successors = answers.map(({ cookies }) => cookies.find(({ name }) => name === "refresh")!.value);
    expect(new Set(successors).size).toBe(1);
    expect(generationOf(successors[0])).toBe(1);
  } finally {
    await twin.stop();
  }
});

test("a refresh token from two rotations ago ends the device, also for whoever holds the newest", async ({
  app,
}) => {
  const { client } = await signUp(app, "jwt");
  const oldest = client.copy();
  for (let i = 0; i < 2; i++) expect((await client.post("/api/auth/refresh")).status).toBe(200);
  const replay = await oldest.post("/api/auth/refresh");
  expect([replay.status, replay.json.code, replay.cookies]).toEqual([401, "refresh_reused", []]);
  await expect.poll(async () => (await client.copy().get("/api/me")).json.code).toBe("session_ended");
  expect((await client.post("/api/auth/refresh")).json.code).toBe("session_ended");
});

test("whoever has no refresh token any more is asked to log in, and comes back to where they were going", async ({
  page,
  context,
  app,
  signedUp,
}) => {
  const { client, person } = await signedUp("jwt");
  await letExpire(app, context, client);
  await client.post("/api/auth/logout");
  await page.goto("/settings");
  await expect(page).toHaveURL("/login?next=%2Fsettings");
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/settings");
});

test("the bounce leads only to paths of ours, whatever next says", async ({ app }) => {
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", ""]) {
    const { client } = await signUp(app, "jwt");
    const answer = await client.get(`/api/auth/refresh?next=${encodeURIComponent(next)}`);
    expect([next, answer.status, answer.headers.get("location")]).toEqual([next, 303, "/dashboard"]);
  }
});

test("an access token is good until it runs out, and not for longer than the clocks may differ", async ({
  app,
}) => {
  const shortLived = await startApp({ ...secretsOf(app), APP_URL: app.url, ACCESS_TOKEN_TTL_SECONDS: "1" });
  try {
    const { person } = await signUp(shortLived, "jwt");
    const tokens = await logInWithTokens(shortLived, person);
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    expect((await send(shortLived, "GET", "/api/me", { headers })).status).toBe(200);
    const code = async () => (await send(shortLived, "GET", "/api/me", { headers })).json.code;
    await expect.poll(code, { intervals: [250], timeout: 10_000 }).toBe("token_expired");
    const refused = await send(shortLived, "GET", "/api/me", { headers });
    expect(refused.headers.get("www-authenticate")).toContain('error="invalid_token"');

    const { refreshToken } = tokens;
    const renewed = await send(shortLived, "POST", "/api/auth/refresh", { json: { refreshToken } });
    const renewedHeaders = { authorization: `Bearer ${renewed.json.accessToken}` };
    expect((await send(shortLived, "GET", "/api/me", { headers: renewedHeaders })).status).toBe(200);
  } finally {
    await shortLived.stop();
  }
});

const fact = (page: Page, term: string) =>
  page.locator("dl > div", { hasText: term }).locator("dd > span").first();

/** The same browser, minutes later. */
async function letExpire(app: App, context: BrowserContext, client: Client): Promise<void> {
  const aged = client.copy();
  for (const name of ["access", "refresh"])
    aged.set(name, (await cookieIn(context, name))!, client.jar.get(name)!.attributes.path);
  aged.set("access", await expired(app, aged.value("access")));
  await giveCookies(context, aged);
}

/** Path by path, the redirects that a navigation took. */
function hopsOf(request: Request): string[] {
  const { pathname, search } = new URL(request.url());
  const before = request.redirectedFrom();
  return [...(before ? hopsOf(before) : []), pathname + search];
}

/** How often this refresh token's family has been rotated. */
const generationOf = (refreshToken: string | undefined) => Number(refreshToken?.split(".")[2] ?? NaN);

/** What a second instance must share with the first. */
function secretsOf({ env }: App): Record<string, string> {
  const { SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER, ACCESS_TOKEN_KEYS, DATABASE_URL } = env;
  return {
    SESSION_SECRET: SESSION_SECRET!,
    REFRESH_TOKEN_SECRET: REFRESH_TOKEN_SECRET!,
    PASSWORD_PEPPER: PASSWORD_PEPPER!,
    ACCESS_TOKEN_KEYS: ACCESS_TOKEN_KEYS!,
    DATABASE_URL: DATABASE_URL!,
  };
}
