/** Middleware is a convenience, not the wall: with it fooled, and with it gone, everything stays closed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type App, discard, expect, STANDALONE, startApp, test } from "../support/app";
import { expired, forgedSeal, forgedToken } from "../support/credentials";
import { type Mode, MODES, signedIn } from "../support/device";
import { type Client, send } from "../support/http";
import { CALLS_THAT_NEED_A_CALLER, nameOf } from "../support/routes";

const PAGES = ["/dashboard", "/settings"];

/** Something that only somebody who is signed in gets to see. */
const INSIDE = /How this request was authenticated|Danger zone|Delete this account|Signed in|Hello /;

const AWAY = /\/(login|api\/auth\/refresh)\?next=/;

const BYPASSES: Record<string, string>[] = [
  "middleware",
  "src/middleware",
  Array(5).fill("middleware").join(":"),
  Array(5).fill("src/middleware").join(":"),
  "pages/_middleware",
  Array(10).fill("middleware.ts").join(":"),
].map((value) => ({ "x-middleware-subrequest": value }));

const DISGUISES: Record<string, string>[] = [
  ...BYPASSES,
  { "x-middleware-subrequest": "middleware", "x-middleware-subrequest-id": "0000000000000000" },
  { "x-middleware-invoke": "1" },
  { "x-middleware-next": "1", "x-middleware-rewrite": "/dashboard" },
  { "x-invoke-path": "/dashboard", "x-invoke-status": "200", "x-matched-path": "/dashboard" },
  { "x-original-url": "/dashboard", "x-rewrite-url": "/dashboard", "x-forwarded-uri": "/login" },
  { "x-nextjs-data": "1" },
  { "x-prerender-revalidate": "1", "x-vercel-protection-bypass": "1" },
  { "x-user": "1", "x-user-id": "1", "x-halfstate-peer": "127.0.0.1", "x-forwarded-for": "127.0.0.1" },
  { "x-middleware-override-headers": "x-user,cookie", "x-middleware-request-x-user": "1" },
  { rsc: "1" },
  { rsc: "1", "next-router-prefetch": "1" },
  { rsc: "1", "next-router-segment-prefetch": "/_tree" },
  { rsc: "1", "x-middleware-subrequest": Array(5).fill("middleware").join(":") },
  { "next-action": "0".repeat(40) },
];

const SPELLINGS = PAGES.flatMap((page) => [
  page,
  `${page}?_rsc=1`,
  `${page}?next=/login`,
  `${page}.rsc`,
  `${page}.json`,
  `${page}.txt`,
  `${page}/`,
  `${page}//`,
  `/${page}`,
  `//${page}`,
  `/.${page}`,
  `/x/..${page}`,
  `/%2e${page}`,
  `/_next/static/..${page}`,
  `/_next/static/..%2f..${page}`,
  `/_next/data/x${page}.json`,
  `/%64${page.slice(2)}`,
  page.replace("/", "%2f"),
  `${page}%2f`,
  `${page}%00`,
  `${page}%20`,
  `${page};a=1`,
  page.toUpperCase(),
  `${page}.segments/_tree.segment.rsc`,
  `/en${page}`,
  `/api/..${page}`,
]);

test.describe("with the middleware in place", () => {
  test("no header and no spelling opens a page to somebody who is signed out", async ({ app }) => {
    for (const page of PAGES) for (const headers of DISGUISES) await expectClosed(app, page, headers);
    for (const spelling of SPELLINGS)
      for (const headers of [{}, { rsc: "1" }, BYPASSES[2]!] as Record<string, string>[])
        await expectClosed(app, spelling, headers);
  });

  test("no header opens the API to somebody who is signed out", async ({ app }) => {
    for (const { method, path, json } of CALLS_THAT_NEED_A_CALLER)
      for (const headers of DISGUISES) {
        const first = await send(app, method, path, { json, headers });
        // Next gives what claims to be a client-side navigation an address of its own first.
        const renamed = first.status === 307 && first.headers.get("location")!.startsWith(`${path}?_rsc`);
        const answer = renamed
          ? await send(app, method, first.headers.get("location")!, { json, headers })
          : first;
        expect([path, JSON.stringify(headers), answer.status]).toEqual([path, JSON.stringify(headers), 401]);
      }
  });
});

test.describe("with the middleware taken out of the build", () => {
  let bare: App;
  let folder: string;

  test.beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "halfstate-bare-"));
    cpSync(STANDALONE, folder, { recursive: true });
    const file = path.join(folder, ".next/server/middleware-manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...manifest, middleware: {}, sortedMiddleware: [] }));
    bare = await startApp({}, folder);
  });

  test.afterAll(async () => {
    await bare?.stop();
    rmSync(folder, { recursive: true, force: true });
    if (bare) await discard(bare);
  });

  test("it is really gone", async ({ app }) => {
    const [with_, without] = [await send(app, "GET", "/login"), await send(bare, "GET", "/login")];
    expect([with_.status, without.status]).toEqual([200, 200]);
    expect(with_.headers.has("content-security-policy")).toBe(true);
    expect(without.headers.has("content-security-policy")).toBe(false);
  });

  test("whoever is signed in is let in, so a refusal below means something", async () => {
    for (const mode of MODES) {
      const { client } = await signedIn(bare, mode);
      for (const page of PAGES) expect((await client.get(page)).text).toMatch(INSIDE);
      expect((await client.get("/api/me")).status).toBe(200);
    }
  });

  test("nobody gets a page or an answer without a credential", async () => {
    for (const spelling of SPELLINGS)
      for (const headers of [{}, { rsc: "1" }] as Record<string, string>[])
        await expectClosed(bare, spelling, headers);
    for (const { method, path, json } of CALLS_THAT_NEED_A_CALLER) {
      const answer = await send(bare, method, path, { json });
      expect([path, answer.status, answer.json.code]).toEqual([path, 401, "unauthenticated"]);
    }
  });

  for (const [kind, code] of [
    ["a forged credential", "credential_invalid"],
    ["an ended device session", "session_ended"],
    ["an expired access token", "token_expired"],
  ] as const) {
    for (const mode of MODES.filter((mode) => kind !== "an expired access token" || mode === "jwt")) {
      test(`${kind} opens nothing in ${mode} mode`, async () => {
        const client = await clientWith(kind, mode);
        for (const { method, path, json } of [
          ...CALLS_THAT_NEED_A_CALLER,
          ...PAGES.map((page) => ({ method: "GET" as const, path: page, json: undefined })),
        ]) {
          if (PAGES.includes(path)) {
            await expectClosed(bare, path, { cookie: client.cookieHeader(path) });
            await expectClosed(bare, path, { cookie: client.cookieHeader(path), rsc: "1" });
            continue;
          }
          const answer = await client.copy().send(method, path, { json });
          expect([nameOf({ method, path }), answer.status, answer.json.code]).toEqual([
            nameOf({ method, path }),
            401,
            code,
          ]);
        }
      });
    }
  }

  test("a bearer header that is forged, ended or expired opens nothing", async () => {
    const { person } = await signedIn(bare, "jwt");
    const { accessToken } = await signedIn(bare, "JWT bearer", person);
    const ended = (await signedIn(bare, "JWT bearer", person)).accessToken;
    await send(bare, "POST", "/api/auth/logout", { headers: { authorization: `Bearer ${ended}` } });
    for (const [token, code] of [
      [await forgedToken(accessToken), "credential_invalid"],
      [await expired(bare, accessToken), "token_expired"],
      [ended, "session_ended"],
    ] as const) {
      const headers = { authorization: `Bearer ${token}` };
      for (const { method, path, json } of CALLS_THAT_NEED_A_CALLER) {
        const answer = await send(bare, method, path, { json, headers });
        expect([nameOf({ method, path }), answer.status, answer.json.code]).toEqual([
          nameOf({ method, path }),
          401,
          code,
        ]);
      }
      for (const page of PAGES) await expectClosed(bare, page, headers);
    }
  });

  /** Cookies of the named kind. */
  async function clientWith(kind: string, mode: Mode): Promise<Client> {
    const { client, sessionId } = await signedIn(bare, mode);
    const name = mode === "jwt" ? "access" : "session";
    if (kind === "a forged credential") {
      const value = mode === "jwt" ? await forgedToken(client.value(name)) : await forgedSeal(sessionId);
      return client.set(name, value);
    }
    if (kind === "an expired access token") return client.set(name, await expired(bare, client.value(name)));
    await send(bare, "POST", "/api/auth/logout", {
      headers: { cookie: client.cookieHeader("/api/auth/logout") },
    });
    return client;
  }
});

/** A redirect away, or nothing at all; in no case anything of the page. */
async function expectClosed(app: App, path: string, headers: Record<string, string>): Promise<void> {
  const asked = `${path} with ${JSON.stringify(headers)}`;
  let answer = await send(app, "GET", path, { headers });
  // Next tidies some addresses with a redirect of its own; what counts is what stands at the end of those.
  for (let hops = 0; [307, 308].includes(answer.status) && hops < 3; hops++) {
    const location = new URL(answer.headers.get("location")!, app.url);
    if (["/login", "/api/auth/refresh"].includes(location.pathname)) break;
    answer = await send(app, "GET", location.pathname + location.search, { headers });
  }
  expect([asked, INSIDE.test(answer.text)]).toEqual([asked, false]);
  const location = answer.headers.get("location") ?? "";
  const isSentAway =
    [303, 307].includes(answer.status) && /\/(login|api\/auth\/refresh)\?next=/.test(location);
  // In a payload for client-side navigation a redirect is part of the text, and its status is 200 or 303.
  const isSentAwayInPayload = answer.text.includes("NEXT_REDIRECT") && AWAY.test(answer.text);
  const isNothing = [400, 404, 405].includes(answer.status) || answer.text === "";
  expect([asked, answer.status, isSentAway || isSentAwayInPayload || isNothing]).toEqual([
    asked,
    answer.status,
    true,
  ]);
}
