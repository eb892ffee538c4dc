/** What changes when APP_URL is https: names, flags, HSTS and the origin that counts as ours. */
import { expect, test } from "../support/app";
import { MODES, newPerson, signedIn } from "../support/device";
import { Client, send } from "../support/http";

const APP_URL = "https://app.example";
test.use({ serverEnv: { APP_URL } });

const NAMES = {
  session: ["__Host-session"],
  jwt: ["__Host-access", "__Secure-refresh"],
};

for (const mode of MODES) {
  test(`cookies of ${mode} mode are Secure and named so that browsers hold them to it`, async ({ app }) => {
    const { cookies } = await send(app, "POST", "/api/auth/signup", { json: { ...newPerson(), mode } });
    const set = cookies.filter(({ value }) => value !== "");
    expect(set.map(({ name }) => name).sort()).toEqual([...NAMES[mode], "__Host-device"].sort());
    for (const { name, attributes } of cookies) {
      expect(attributes).toMatchObject({ secure: "", httponly: "", samesite: "Lax" });
      expect(attributes).not.toHaveProperty("domain");
      // A __Host- cookie with another path is one that browsers throw away.
      expect([name, attributes.path]).toEqual([name, name === "__Secure-refresh" ? "/api/auth" : "/"]);
    }
  });

  test(`a cookie of ${mode} mode without its prefix is not looked at`, async ({ app }) => {
    const { client } = await signedIn(app, mode);
    expect((await client.get("/api/me")).status).toBe(200);
    const unprefixed = new Client(app);
    for (const [name, { value }] of client.jar) unprefixed.set(name.replace(/^__\w+-/, ""), value);
    expect((await unprefixed.get("/api/me")).json.code).toBe("unauthenticated");
    expect((await unprefixed.get("/dashboard")).status).toBe(303);
  });
}

test("logging out clears the cookies under the names and flags they were set with", async ({ app }) => {
  const { client } = await signedIn(app, "jwt");
  const { cookies } = await client.post("/api/auth/logout");
  expect(cookies.map(({ name }) => name).sort()).toEqual([
    "__Host-access",
    "__Host-renewed",
    "__Host-session",
    "__Secure-refresh",
  ]);
  for (const { value, attributes } of cookies) {
    expect(value).toBe("");
    expect(attributes).toMatchObject({ "max-age": "0", secure: "" });
  }
});

test("every answer demands https from now on", async ({ app }) => {
  for (const path of [
    "/",
    "/login",
    "/dashboard",
    "/api/me",
    "/api/nothing",
    "/nothing",
    "/icon.svg",
    "/dashboard/",
  ]) {
    const { headers } = await send(app, "GET", path);
    expect([path, headers.get("strict-transport-security")]).toEqual([
      path,
      "max-age=31536000; includeSubDomains",
    ]);
  }
});

test("the public origin is ours, and the address behind the proxy is not", async ({ app }) => {
  const { client } = await signedIn(app, "session");
  const rename = (origin: string) =>
    client.send("PATCH", "/api/me", { json: { name: "Grace" }, headers: { origin } });
  expect((await rename(APP_URL)).status).toBe(200);
  for (const origin of [
    app.url,
    "http://app.example",
    "https://app.example:443",
    "https://app.example.evil.example",
  ])
    expect((await rename(origin)).json.code).toBe("csrf_rejected");
});
