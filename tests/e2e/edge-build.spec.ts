/** What the build is: a middleware for the edge, and nothing in the browser's hands that is not meant for it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "../support/browser";
import { send } from "../support/http";

const BUILD = path.resolve(import.meta.dirname, "../../.next/standalone/.next");
/** React and Next's own runtime are 135 kB of it, whatever an app does; the rest is what ours adds. Brotli, by a proxy in front, makes it 118. */
const MAX_SCRIPT_BYTES = 145 * 1000;

const readJson = (file: string) => JSON.parse(readFileSync(path.join(BUILD, file), "utf8")) as unknown;
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

test("the middleware is built for the edge runtime", () => {
  const { middleware } = readJson("server/middleware-manifest.json") as {
    middleware: Record<string, { files: string[] }>;
  };
  expect(Object.keys(middleware)).toEqual(["/"]);
  const { files } = middleware["/"]!;
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(file).toMatch(/^server\/edge\/chunks\//);
    expect(existsSync(path.join(BUILD, file))).toBe(true);
  }
  // A middleware on the node runtime would be listed here instead.
  expect(readJson("server/functions-config-manifest.json")).toEqual({ version: 1, functions: {} });
});

test("the middleware holds no database, no hashing and no Node module", () => {
  const { middleware } = readJson("server/middleware-manifest.json") as {
    middleware: Record<string, { files: string[] }>;
  };
  const code = middleware["/"]!.files.map((file) => readFileSync(path.join(BUILD, file), "utf8")).join("\n");
  expect(code).toContain("at+jwt");
  for (const stranger of ["PrismaClient", "better-sqlite3", "bcryptjs", "node:fs", "node:worker_threads"])
    expect(code.includes(stranger), stranger).toBe(false);
});

test("no source map is built for the browser, and none is named in a script", () => {
  const files = filesBelow(path.join(BUILD, "static"));
  expect(files.filter((file) => file.endsWith(".js")).length).toBeGreaterThan(5);
  expect(files.filter((file) => file.endsWith(".map"))).toEqual([]);
  for (const file of files.filter((file) => /\.(js|css)$/.test(file)))
    expect(readFileSync(file, "utf8").includes("sourceMappingURL"), file).toBe(false);
});

test("no secret of the server and no name of one is in what a browser can load", async ({ app }) => {
  const { keys } = JSON.parse(app.env.ACCESS_TOKEN_KEYS!) as { keys: { d: string; kid: string }[] };
  const { SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER, DATABASE_URL } = app.env;
  const secrets = [SESSION_SECRET!, REFRESH_TOKEN_SECRET!, PASSWORD_PEPPER!, DATABASE_URL!, keys[0]!.d];
  const names = [
    "SESSION_SECRET",
    "REFRESH_TOKEN_SECRET",
    "PASSWORD_PEPPER",
    "ACCESS_TOKEN_KEYS",
    "DATABASE_URL",
  ];
  const texts = filesBelow(path.join(BUILD, "static")).map((file) => readFileSync(file, "latin1"));
  for (const page of ["/", "/login", "/signup"]) texts.push((await send(app, "GET", page)).text);
  for (const word of [...secrets, ...names, "PrismaClient", "bcryptjs", "iron-session"])
    expect(
      texts.some((text) => text.includes(word)),
      word,
    ).toBe(false);
});

test("the build takes no env file and no database along", () => {
  const standalone = path.dirname(BUILD);
  const top = readdirSync(standalone);
  expect(top).toContain("server.js");
  expect(top.filter((name) => name.startsWith(".env") || name === "data" || name.endsWith(".db"))).toEqual(
    [],
  );
});

test("no answer says what made it", async ({ app }) => {
  for (const path of ["/", "/login", "/nothing", "/api/me", "/api/nothing", "/icon.svg"]) {
    const { headers } = await send(app, "GET", path);
    expect([path, headers.get("x-powered-by"), headers.get("server")]).toEqual([path, null, null]);
  }
});

test("a signed-out page brings less than 145 kB of compressed script", async ({ page, app }) => {
  const loaded = new Map<string, number>();
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.endsWith(".js")) loaded.set(pathname, 0);
  });
  for (const path of ["/", "/login", "/signup"]) {
    loaded.clear();
    await page.goto(path, { waitUntil: "networkidle" });
    expect(loaded.size).toBeGreaterThan(0);
    let bytes = 0;
    for (const script of loaded.keys()) bytes += gzipSync((await send(app, "GET", script)).text).length;
    expect(bytes, `script of ${path}`).toBeLessThan(MAX_SCRIPT_BYTES);
    expect(bytes, "something was measured").toBeGreaterThan(10_000);
  }
  const [script] = loaded.keys();
  const wire = await send(app, "GET", script!, { headers: { "accept-encoding": "gzip" } });
  expect(wire.headers.get("content-encoding"), "scripts travel compressed").toBe("gzip");
});
