/** Three servers behind a balancer that sends each request to any of them: people notice nothing of it, nor of a restart or a death. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BrowserContext } from "@playwright/test";
import { startApp, type App } from "../support/app";
import { CONFIGURATION, haproxy } from "../support/balancer";
import {
  ALL_KINDS,
  grantAdmin,
  JWT_KINDS,
  logIn,
  PASSWORD,
  refusedWithinASecond,
  signedIn,
  signUp,
  someEmail,
} from "../support/device";
import { send, type Outgoing } from "../support/http";
import { startLoad, type Failure } from "../support/load";
import { expect, missing, test } from "../support/three-instances";

test.skip(missing !== null, `missing: ${missing}`);
test.describe.configure({ mode: "serial" });

const instanceOf = async (app: App) => (await send(app, "GET", "/api/health/live")).json.instance;

test("the configuration that operators are given is valid as it stands", async () => {
  await promisify(execFile)(haproxy!, ["-c", "-f", CONFIGURATION]);
});

test("each request goes to any of them", async ({ deployment: { front, instances } }) => {
  const all = await Promise.all(instances.map(instanceOf));
  expect(new Set(all).size).toBe(3);
  const seen = new Set<string>();
  await expect
    .poll(async () => [...seen.add(await instanceOf(front))].sort(), { intervals: [0] })
    .toEqual([...all].sort());
});

const readiness = async (app: App) => (await send(app, "GET", "/api/health/ready")).json;

/** Serves the same database beside the others, for as long as it takes them to hear of it. */
let odd: App | null = null;
test.afterAll(async () => void (await odd?.stop()));

test("one with other secrets says so when it starts, and in its readiness, and names no value", async ({
  deployment: { env },
}) => {
  const secret = "a secret that only this instance has, and long enough";
  odd = await startApp({ ...env, SESSION_SECRET: secret });
  await expect.poll(odd.output).toContain("another instance on this database has another SESSION_SECRET.");
  expect(odd.output()).toContain("session cookies that one of them sets are refused by the other");
  expect(odd.output()).not.toContain(secret);
  expect((await readiness(odd)).configuration).toEqual({ differs: ["SESSION_SECRET"] });
});

for (const kind of ALL_KINDS) {
  test(`signed up, used, switched and logged out wherever the request lands: ${kind}`, async ({
    deployment: { front, instances },
  }) => {
    const { person } = await signUp(front, kind);
    const device = await logIn(front, kind, person);
    for (let n = 0; n < 9; n += 1) expect((await device.me(front)).json.user.email).toBe(person.email);
    for (const instance of instances) expect((await device.me(instance)).outcome).toBe("200");
    if (kind !== "JWT bearer") {
      for (const mode of ["session", "jwt", "session", "jwt", "session"]) {
        expect((await device.send(front, "POST", "/api/auth/mode", { mode })).outcome).toBe("200");
        const me = await device.me(front);
        expect([me.outcome, me.json.session.mode]).toEqual(["200", mode]);
      }
    }
    // Every instance has heard of everything up to here, so that what is measured is this end alone.
    const back = kind === "JWT cookie" ? await logIn(front, kind, person) : device;
    for (const instance of instances) expect((await back.copy().me(instance)).outcome).toBe("200");
    const since = performance.now();
    expect((await back.copy().send(front, "POST", "/api/auth/logout")).status).toBe(204);
    await Promise.all(instances.map((instance) => refusedWithinASecond(instance, back, since)));
  });
}

test("one refresh token at all of them at once gives one successor", async ({
  deployment: { front, instances },
}) => {
  for (const kind of JWT_KINDS) {
    const device = await signedIn(front, kind);
    const doors = [...instances, ...Array<App>(6).fill(front)];
    const hands = doors.map(() => device.copy());
    const answers = await Promise.all(hands.map((hand, n) => hand.refresh(doors[n]!)));
    expect(answers.map(({ outcome }) => outcome)).toEqual(doors.map(() => "200"));
    expect(new Set(hands.map((hand) => hand.nextRefreshToken)).size).toBe(1);
    expect(hands[0]!.nextRefreshToken).not.toBe(device.nextRefreshToken);
  }
});

test("a change of role is felt by all of them within a second", async ({
  deployment: { front, instances },
}) => {
  const admin = await signedIn(front, "JWT bearer");
  await grantAdmin(front, admin.email);
  expect((await admin.refresh(front)).json.user.role).toBe("admin");
  const person = await signedIn(front, "JWT bearer");
  expect((await person.send(front, "GET", "/api/admin/users")).outcome).toBe("403 forbidden");
  const since = performance.now();
  const changed = await admin.send(front, "PATCH", `/api/admin/users/${person.userId}`, { role: "admin" });
  expect(changed.outcome).toBe("200");
  await Promise.all(
    instances.map((instance) => refusedWithinASecond(instance, person, since, "401 token_expired")),
  );
  expect((await person.refresh(front)).outcome).toBe("200");
  for (const instance of instances)
    expect((await person.send(instance, "GET", "/api/admin/users")).outcome).toBe("200");
});

test("the sixth wrong password is refused wherever it lands, for the address that it came from", async ({
  deployment: { front, instances },
}) => {
  const { email } = await signedIn(front, "JWT bearer");
  const guess = async (app: App, outgoing: Outgoing) =>
    (await send(app, "POST", "/api/auth/login", { json: { email, password: "wrong" }, ...outgoing })).status;
  const from = "127.0.0.2";
  for (let n = 0; n < 5; n += 1) expect(await guess(front, { from })).toBe(401);
  expect(await guess(front, { from })).toBe(429);
  for (const instance of instances)
    expect(await guess(instance, { headers: { "x-forwarded-for": from } })).toBe(429);
  expect(await guess(front, { from: "127.0.0.3" })).toBe(401);
  expect(await guess(front, { from, headers: { "x-forwarded-for": "127.0.0.4" } })).toBe(429);
});

test("a browser signs up, reads, switches and logs out, and never meets a log-in page in between", async ({
  deployment: { front },
  browser,
}) => {
  const context: BrowserContext = await browser.newContext({ baseURL: front.url });
  const page = await context.newPage();
  await page.goto("/signup");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(someEmail());
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page).toHaveURL(/\/dashboard$/);
  for (const mode of ["session", "jwt"]) {
    const switched = await context.request.post("/api/auth/mode", { data: { mode } });
    expect(switched.status()).toBe(200);
    for (const path of ["/dashboard", "/settings", "/settings/activity", "/dashboard"]) {
      await page.goto(path);
      await expect(page).toHaveURL(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
  }
  await page.getByRole("button", { name: "Account: Ada" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/");
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/login\?next=%2Fdashboard$/);
  await context.close();
});

test("the others hear of the one with other secrets with their next beat", async ({
  deployment: { instances },
}) => {
  for (const instance of instances) {
    await expect
      .poll(async () => (await readiness(instance)).configuration.differs)
      .toEqual(["SESSION_SECRET"]);
    expect(instance.output()).toContain('"differs":["SESSION_SECRET"]');
  }
  expect(await odd!.stop()).toBe(0);
});

test("restarted one after the other under load, not one request fails", async ({
  deployment: { front, instances, balancer },
}) => {
  const devices = await Promise.all(ALL_KINDS.map((kind) => signedIn(front, kind)));
  const before = await Promise.all(instances.map(instanceOf));
  const load = startLoad(front, devices);
  await load.goOn(2);
  for (const instance of instances) {
    expect(await instance.stop()).toBe(0);
    await load.goOn(1);
    await instance.start();
    await balancer.untilUp(3);
  }
  await load.goOn(2);
  await load.stop();
  expect(load.failures).toEqual([]);
  const after = await Promise.all(instances.map(instanceOf));
  expect(new Set([...before, ...after]).size, "every instance is a new process").toBe(6);
  for (const device of devices) expect((await device.me(front)).outcome, device.kind).toBe("200");
});

test("killed under load, one takes no more than its own unanswered requests with it, and nothing acknowledged", async ({
  deployment: { front, instances, balancer },
}) => {
  const devices = await Promise.all(ALL_KINDS.map((kind) => signedIn(front, kind)));
  const load = startLoad(front, devices);
  await load.goOn(2);
  const [killed] = instances;
  await killed!.kill();
  const killedAt = performance.now();
  await load.goOn(2);
  await balancer.untilUp(2);
  await killed!.start();
  await balancer.untilUp(3);
  await load.goOn(2);
  await load.stop();

  // What may be sent twice was, by the balancer. The rest was with the process when it died, and its sender is told: by a 502, or by the
  // end of the connection.
  const wasLost = ({ method, outcome, sentAt }: Failure) =>
    sentAt < killedAt && (outcome === "cut off" || (method !== "GET" && /^(broken|502)/.test(outcome)));
  expect(load.failures.filter((failure) => !wasLost(failure))).toEqual([]);
  for (const device of devices) {
    if (device.kind !== "session cookie")
      expect((await device.refresh(front)).outcome, device.kind).toBe("200");
    const me = await device.me(front);
    expect(me.outcome, device.kind).toBe("200");
    const { name } = me.json.user;
    // The one after it may have been made too, and its answer lost.
    const count = Number(/\d+$/.exec(load.names.get(device)!)![0]);
    expect([`Ada ${count}`, `Ada ${count + 1}`]).toContain(name);
  }
});
