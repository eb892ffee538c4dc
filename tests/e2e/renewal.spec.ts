/** An access token runs out after minutes; nobody must notice, whichever way they are on and however many tabs are open. */
import type { BrowserContext, Page, Request } from "@playwright/test";
import { decodeJwt } from "jose";
import { CLOCK_TOLERANCE_SECONDS } from "@/lib/auth/strategies/jwt/access-token.edge";
import type { App } from "../support/app";
import { cookieIn, expect, giveCookies, test } from "../support/browser";
import { expired, signed } from "../support/credentials";
import { signedIn } from "../support/device";
import { type Client, send } from "../support/http";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("with an expired access token a page comes back renewed after one bounce, and a link, the Back button and a reload work", async ({
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

      await letExpire(app, context, client);
      await page.getByRole("link", { name: "Choose the mode" }).click();
      await expect(page).toHaveURL("/settings#mode");
      await expect(page.getByRole("heading", { name: "Settings", exact: true })).toBeVisible();

      await letExpire(app, context, client);
      const explained = page.getByRole("heading", { name: "How this request was authenticated" });
      await page.goBack();
      await expect(page).toHaveURL("/dashboard");
      await expect(explained).toBeVisible();
      await page.reload();
      await expect(page).toHaveURL("/dashboard");
      await expect(explained).toBeVisible();
    });
  });
}

test("a form sent with an expired access token renews once and repeats itself once", async ({
  page,
  context,
  app,
  signedUp,
}) => {
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
  await expect(page.getByRole("button", { name: "Account: Grace Hopper" })).toBeVisible();
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
}) => {
  const { client, person } = await signedIn(app, "jwt");
  client.set("access", await expired(app, client.value("access")));
  const racers = [client.copy(), client.copy()];
  const pages = await Promise.all(racers.map((racer) => open(racer, "/dashboard")));
  for (const { hops, text } of pages) {
    expect(hops).toEqual(["/dashboard", "/api/auth/refresh?next=%2Fdashboard", "/dashboard"]);
    expect(text).toContain(`>${person.name}<`);
  }
  const [first, second] = racers.map((racer) => racer.value("refresh"));
  expect(generationOf(first)).toBe(1);
  expect(second).toBe(first);
});

test("a refresh token from two rotations ago ends the device, also for whoever holds the newest", async ({
  app,
}) => {
  const { client } = await signedIn(app, "jwt");
  const oldest = client.copy();
  for (let i = 0; i < 2; i++) expect((await client.post("/api/auth/refresh")).status).toBe(200);
  const replay = await oldest.post("/api/auth/refresh");
  expect([replay.status, replay.json.code, replay.cookies]).toEqual([401, "refresh_reused", []]);
  await expect.poll(async () => (await client.copy().get("/api/me")).json.code).toBe("session_ended");
  expect((await client.post("/api/auth/refresh")).json.code).toBe("session_ended");
});

test("whoever has no refresh token any more is asked to log in, and comes back to where they were going", async ({
  app,
}) => {
  const { client, person } = await signedIn(app, "jwt");
  const device = client.copy();
  device.set("access", await expired(app, device.value("access")));
  expect((await client.post("/api/auth/logout")).status).toBe(204);
  const { hops, text } = await open(device, "/settings");
  expect(hops).toEqual(["/settings", "/api/auth/refresh?next=%2Fsettings", "/login?next=%2Fsettings"]);
  expect(text).toContain('<input type="hidden" name="next" value="/settings"/>');
  const back = await device.post("/api/auth/login", { form: { ...person, next: "/settings" } });
  expect([back.status, back.headers.get("location")]).toEqual([303, "/settings"]);
  expect((await open(device, "/settings")).hops).toEqual(["/settings"]);
});

test("the bounce leads only to paths of ours, whatever next says", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", ""]) {
    const answer = await client.get(`/api/auth/refresh?next=${encodeURIComponent(next)}`);
    expect([next, answer.status, answer.headers.get("location")]).toEqual([next, 303, "/dashboard"]);
  }
});

test("an access token is good until it runs out, and not for longer than the clocks may differ", async ({
  app,
}) => {
  const device = await signedIn(app, "JWT bearer");
  const ask = async (token: string) => {
    const sentAt = Date.now();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await send(app, "GET", "/api/me", { headers });
    return { answer, sentAt, answeredAt: Date.now() };
  };

  // One that is nearly over. A busy machine may not get round to asking in time: then one that has twice as long.
  let token = "";
  let overAt = 0;
  for (let seconds = 1, isAccepted = false; !isAccepted; seconds *= 2) {
    const exp = Math.ceil(Date.now() / 1000) + seconds - CLOCK_TOLERANCE_SECONDS;
    overAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1000;
    token = await signed(device.accessToken, app, { ...decodeJwt(device.accessToken), iat: exp - 60, exp });
    const { answer, answeredAt } = await ask(token);
    isAccepted = answer.status === 200;
    expect(isAccepted || answeredAt >= overAt, `accepted ${overAt - answeredAt} ms before its end`).toBe(
      true,
    );
  }
  await expect
    .poll(
      async () => {
        const { answer, sentAt, answeredAt } = await ask(token);
        const isRefused = answer.status !== 200;
        expect(isRefused ? answeredAt >= overAt : sentAt < overAt, `status ${answer.status}`).toBe(true);
        return isRefused;
      },
      { intervals: [100] },
    )
    .toBe(true);
  const { answer: refused } = await ask(token);
  expect([refused.status, refused.json.code]).toEqual([401, "token_expired"]);
  expect(refused.headers.get("www-authenticate")).toContain('error="invalid_token"');

  expect((await device.refresh(app)).outcome).toBe("200");
  expect((await ask(device.accessToken)).answer.status).toBe(200);
});

/** A page as a browser without JavaScript opens it, and path by path the redirects on the way. */
async function open(client: Client, path: string): Promise<{ hops: string[]; text: string }> {
  const answer = await client.get(path);
  const leads = answer.headers.get("location");
  if (leads === null) return { hops: [path], text: answer.text };
  const { pathname, search } = new URL(leads, client.app.url);
  const { hops, text } = await open(client, pathname + search);
  return { hops: [path, ...hops], text };
}

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
