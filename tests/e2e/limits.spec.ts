/** How often passwords, sign-ups and renewals may be tried (http-contract.md section 4, rule 10). */
import { expect, test } from "../support/app";
import { newPerson, signedIn } from "../support/device";
import { Client, send } from "../support/http";
import { randomFrom } from "../support/rounds";

test.use({ serverEnv: { LIMIT_SIGNUPS: "3", LIMIT_REFRESHES: "3", TRUSTED_PROXIES: "127.0.0.1" } });

const random = randomFrom("limits");

/** Each test comes from an address of its own, as the trusted proxy tells it. */
let address = "";
test.beforeEach(() => {
  const part = () => Math.floor(random() * 254) + 1;
  address = `10.${part()}.${part()}.${part()}`;
});
const from = () => ({ "x-forwarded-for": address });

test("five wrong passwords, and then the right one has to wait as well", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const { email, password } = person;
  const attempt = (password: string, headers = from()) =>
    send(app, "POST", "/api/auth/login", { json: { email, password }, headers });
  for (let i = 0; i < 5; i++) expect((await attempt("wrong")).json.code).toBe("invalid_credentials");

  const [wrong, right] = [await attempt("wrong"), await attempt(password)];
  for (const answer of [wrong, right]) {
    expect([answer.status, answer.json.code]).toEqual([429, "rate_limited"]);
    const wait = Number(answer.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(answer.cookies).toEqual([]);
  }
  expect(right.text).toBe(wrong.text);
  const names = (answer: typeof right) => [...answer.headers.keys()].sort();
  expect(names(right)).toEqual(names(wrong));

  const elsewhere = await attempt(password, { "x-forwarded-for": "192.0.2.7" });
  expect(elsewhere.status, "the owner, from another address").toBe(200);
});

test("an email without an account meets the same limit in the same words", async ({ app }) => {
  const { person } = await signedIn(app, "jwt");
  const answers = [];
  for (const email of [person.email, newPerson().email]) {
    for (let i = 0; i < 5; i++)
      await send(app, "POST", "/api/auth/login", { json: { email, password: "wrong" }, headers: from() });
    answers.push(
      await send(app, "POST", "/api/auth/login", { json: { email, password: "wrong" }, headers: from() }),
    );
  }
  expect(answers.map(({ status }) => status)).toEqual([429, 429]);
  expect(answers[0]!.text).toBe(answers[1]!.text);
});

test("a browser that the account knows is not kept out by a stranger's failures", async ({ app }) => {
  const { person, client } = await signedIn(app, "jwt");
  const { email, password } = person;
  for (let i = 0; i < 6; i++)
    await send(app, "POST", "/api/auth/login", { json: { email, password: "wrong" }, headers: from() });
  const stranger = await send(app, "POST", "/api/auth/login", { json: { email, password }, headers: from() });
  expect(stranger.status).toBe(429);
  const owner = await client.post("/api/auth/login", { json: { email, password }, headers: from() });
  expect(owner.status).toBe(200);
});

test("wherever a password is asked for, the same limit holds", async ({ app }) => {
  const { person, client } = await signedIn(app, "jwt");
  for (let i = 0; i < 5; i++) {
    const wrong = { json: { password: "wrong" }, headers: from() };
    expect((await client.send("DELETE", "/api/me", wrong)).json.code).toBe("invalid_credentials");
  }
  const right = {
    password: person.password,
    currentPassword: person.password,
    newPassword: "rusty lantern 1844",
  };
  for (const [method, path] of [
    ["DELETE", "/api/me"],
    ["POST", "/api/auth/password"],
  ] as const) {
    const answer = await client.send(method, path, { json: right, headers: from() });
    expect([path, answer.status, answer.json.code]).toEqual([path, 429, "rate_limited"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await client.get("/api/me")).status, "the account is still there").toBe(200);
});

test("a success clears the count", async ({ app }) => {
  const { email, password } = (await signedIn(app, "jwt")).person;
  const attempt = async (password: string) =>
    (await send(app, "POST", "/api/auth/login", { json: { email, password }, headers: from() })).status;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 4; i++) expect(await attempt("wrong")).toBe(401);
    expect(await attempt(password)).toBe(200);
  }
});

test("a refused log-in form goes back to its page, which says so and keeps the email", async ({ app }) => {
  const { email } = newPerson();
  const client = new Client(app, from());
  const form = { email, password: "wrong" };
  for (let i = 0; i < 5; i++) await client.post("/api/auth/login", { form });
  const refused = await client.post("/api/auth/login", { form });
  expect([refused.status, refused.headers.get("location")]).toEqual([303, "/login"]);
  const page = await client.get("/login");
  expect(page.text).toContain("Too many attempts.");
  expect(page.text).toContain(`value="${email}"`);
});

test("three accounts may be opened from an address; a taken email counts, a refused body does not", async ({
  app,
}) => {
  const attempt = (json: object) => send(app, "POST", "/api/auth/signup", { json, headers: from() });
  for (let i = 0; i < 5; i++) expect((await attempt({ ...newPerson(), password: "short" })).status).toBe(422);
  const taken = newPerson();
  expect((await attempt(taken)).status).toBe(201);
  expect((await attempt(taken)).status).toBe(409);
  expect((await attempt(newPerson())).status).toBe(201);

  const refused = await attempt(newPerson());
  expect([refused.status, refused.json.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3000);
  expect((await attempt({ ...newPerson(), password: "short" })).status).toBe(422);
  const elsewhere = { json: newPerson(), headers: { "x-forwarded-for": "192.0.2.8" } };
  expect((await send(app, "POST", "/api/auth/signup", elsewhere)).status).toBe(201);
});

test("one device may be renewed three times a minute, replays within the grace count for nothing, and the refusal signs nobody out", async ({
  app,
}) => {
  const { client } = await signedIn(app, "jwt");
  for (let i = 0; i < 3; i++) {
    const replays = Array.from({ length: 4 }, () => client.copy());
    expect((await client.post("/api/auth/refresh")).status).toBe(200);
    for (const replay of replays) expect((await replay.post("/api/auth/refresh")).status).toBe(200);
  }

  const json = await client.post("/api/auth/refresh");
  expect([json.status, json.json.code]).toEqual([429, "rate_limited"]);
  const page = await client.get("/api/auth/refresh?next=/settings");
  expect(page.status).toBe(429);
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  for (const { headers, cookies } of [json, page]) {
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(cookies).toEqual([]);
  }
  expect((await client.get("/api/me")).status).toBe(200);
});
