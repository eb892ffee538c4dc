/** What the build is: a middleware for the edge, and nothing in the browser's hands that is not meant for it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { expect, test } from "../support/browser";
import { send } from "../support/http";

const BUILD = path.resolve(import.meta.dirname, "../../.next/standalone/.next");
/** Of it, React and Next alone are 113 kB, whatever an app does. */
const MAX_SCRIPT_BYTES = 120 * 1000;

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

test("a signed-out page brings less than 120 kB of compressed script over the wire", async ({
  context,
  app,
}) => {
  const pages = [
    "/",
    "/login",
    "/signup",
    "/learn",
    "/learn/tokens",
    "/lab",
    "/lab/cost",
    "/lab/token-bench",
  ];
  const scriptsOf = await Promise.all(
    pages.map(async (path) => {
      const page = await context.newPage();
      const scripts = new Set<string>();
      page.on("response", (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.endsWith(".js")) scripts.add(pathname);
      });
      await page.goto(path, { waitUntil: "networkidle" });
      return scripts;
    }),
  );
  const lengths = new Map<string, number>();
  for (const script of new Set(scriptsOf.flatMap((scripts) => [...scripts]))) {
    const { encoding, length } = await transferred(app.url + script, "gzip, deflate, br");
    expect(encoding, script).toBe("br");
    lengths.set(script, length);
  }
  for (const [n, scripts] of scriptsOf.entries()) {
    const bytes = [...scripts].reduce((sum, script) => sum + lengths.get(script)!, 0);
    expect(bytes, `script of ${pages[n]}`).toBeLessThan(MAX_SCRIPT_BYTES);
    expect(bytes, "something was measured").toBeGreaterThan(10_000);
  }
});

test("scripts and styles are the same whatever encoding they travel in", async ({ app }) => {
  const files = filesBelow(path.join(BUILD, "static"));
  for (const extension of ["js", "css"]) {
    const file = files.find((name) => name.endsWith(`.${extension}`))!;
    const url = `${app.url}/_next/static/${path.relative(path.join(BUILD, "static"), file)}`;
    const source = readFileSync(file, "utf8");
    for (const accepted of ["br", "gzip", "identity"]) {
      const response = await fetch(url, { headers: { "accept-encoding": accepted } });
      expect(await response.text(), `${extension} as ${accepted}`).toBe(source);
      expect(response.headers.get("content-type"), extension).toMatch(
        extension === "js" ? /javascript/ : /^text\/css/,
      );
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect(response.headers.get("vary")?.toLowerCase()).toContain("accept-encoding");
    }
  }
});

/** What really crosses the wire: fetch would undo the encoding. */
function transferred(url: string, accepted: string): Promise<{ encoding?: string; length: number }> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": accepted } }, (response) => {
      let length = 0;
      response.on("data", (chunk: Buffer) => (length += chunk.length));
      response.on("end", () => resolve({ encoding: response.headers["content-encoding"], length }));
    }).on("error", reject);
  });
}
