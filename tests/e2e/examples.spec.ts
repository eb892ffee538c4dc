/** The examples are run as their first lines say. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { HalfstateClient } from "../../examples/bearer-client.mjs";
import { freePort } from "../../scripts/port.mjs";
import { expect, startApp, test } from "../support/app";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PASSWORD = "a long enough password";

async function signUp(url: string, email: string): Promise<void> {
  const response = await fetch(`${url}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, transport: "bearer" }),
  });
  expect(response.status).toBe(201);
}

async function resourceServer(issuer: string): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(ROOT, "examples", "resource-server.mjs")], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", PORT: String(port), ISSUER: issuer },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

test("the bearer client signs in, renews and logs out", async ({ app }) => {
  await signUp(app.url, "client@example.com");
  const child = spawn(
    process.execPath,
    [path.join(ROOT, "examples", "bearer-client.mjs"), app.url, "client@example.com", PASSWORD],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
  expect(output).toMatch(/Signed in as client\.\n.*good until .*\nRenewed.*\nLogged out/);
});

test("a resource server verifies our tokens from the published keys alone", async ({ app }) => {
  await signUp(app.url, "reader@example.com");
  const client = new HalfstateClient(app.url);
  await client.logIn("reader@example.com", PASSWORD);
  const service = await resourceServer(app.url);
  const ask = (token: string) => fetch(service.url, { headers: { authorization: `Bearer ${token}` } });

  expect((await fetch(service.url)).status).toBe(401);
  const [head, body, signature] = client.accessToken.split(".") as [string, string, string];
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, role: "admin" })).toString("base64url");
  expect((await ask([head, forged, signature].join("."))).status).toBe(401);
  expect((await ask("garbage")).status).toBe(401);

  const answer = await ask(client.accessToken);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ role: "member" });
  service.stop();
});

test("keys rotate and nobody is signed out: the old key verifies until its tokens are gone, then leaves the key set", async () => {
  const { rotated } = await import("../../scripts/keys.mjs");
  const app = await startApp({ ACCESS_TOKEN_TTL_SECONDS: "600" });
  await signUp(app.url, "rotation@example.com");
  const client = new HalfstateClient(app.url);
  await client.logIn("rotation@example.com", PASSWORD);
  const kidOf = (token: string) =>
    (JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()) as { kid: string }).kid;
  const published = async () => {
    const response = await fetch(`${app.url}/.well-known/jwks.json`);
    return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const oldKid = kidOf(client.accessToken);
  const before = (JSON.parse(app.env.ACCESS_TOKEN_KEYS!) as { keys: object[] }).keys;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const options = { nowSeconds, inSeconds: 0, tokenTtlSeconds: 600, alg: "ES256" };
  const after = rotated(before, options) as { kid: string; exp?: number }[];

  await app.stop();
  app.env.ACCESS_TOKEN_KEYS = JSON.stringify({ keys: after });
  await app.start();
  expect(await published()).toEqual([after[0]!.kid, oldKid]);
  expect((await client.fetch("/api/me")).status).toBe(200);
  expect(kidOf(client.accessToken)).toBe(oldKid);
  await client.renew();
  expect(kidOf(client.accessToken)).toBe(after[0]!.kid);
  expect((await client.fetch("/api/me")).status).toBe(200);

  // When its end has come, the old key is neither published nor believed; the new one does not notice.
  await app.stop();
  app.env.ACCESS_TOKEN_KEYS = JSON.stringify({
    keys: after.map((key) => (key.kid === oldKid ? { ...key, exp: nowSeconds - 1 } : key)),
  });
  await app.start();
  expect(await published()).toEqual([after[0]!.kid]);
  expect((await client.fetch("/api/me")).status).toBe(200);
  await app.stop();
});
