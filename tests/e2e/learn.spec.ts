/** Learn: every page for everybody, every link to where it says, no script but the Lab's, and all of it without JavaScript. */
import type { Page } from "@playwright/test";
import { CITED, type CitedFile } from "@/app/learn/_sources/cited";
import { linesOf, rangeOf } from "@/app/learn/_sources/lines";
import { LESSONS } from "@/app/learn/_content/lessons";
import { QUIZ } from "@/app/learn/_content/quiz";
import { MODES, signUp } from "../support/accounts";
import type { App } from "../support/app";
import { expect, test } from "../support/browser";
import { Client, send } from "../support/http";
import { LEARN_PATHS } from "../support/learn";

const pathsIn = (html: string) =>
  [
    ...new Set(
      [...html.matchAll(/href="(\/learn[^"]*)"/g)].map(([, path]) => path!.replaceAll("&amp;", "&")),
    ),
  ].sort();
const scriptsIn = (html: string) => new Set([...html.matchAll(/src="([^"]+\.js)"/g)].map(([, src]) => src!));

test("every page answers, signed out and signed in either way", async ({ app }) => {
  const clients = [new Client(app)];
  for (const mode of MODES) clients.push((await signUp(app, mode)).client);
  for (const client of clients)
    for (const path of LEARN_PATHS) {
      const { status, text, headers } = await client.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text.match(/<h1/g), path).toHaveLength(1);
      expect(headers.get("cache-control"), path).toContain("no-store");
    }
});

test("no page brings a script that the landing page does not, but a lesson the one that starts its experiment", async ({
  app,
}) => {
  const known = scriptsIn((await send(app, "GET", "/")).text);
  expect(known.size).toBeGreaterThan(3);
  const more = new Map<string, Set<string>>();
  for (const path of LEARN_PATHS) {
    const { text } = await send(app, "GET", path);
    const scripts = [...scriptsIn(text)].filter((script) => !known.has(script));
    const starts = text.includes('data-testid="try-it"');
    expect(scripts.length, path).toBeLessThanOrEqual(starts ? 1 : 0);
    if (starts) more.set(path, new Set(scripts));
  }
  // It is one and the same for all of them, whatever their experiment.
  expect(more.size).toBe(10);
  expect(new Set([...more.values()].flatMap((scripts) => [...scripts])).size).toBe(1);
});

test("every link to Learn leads to a page, and its fragment to something on it", async ({ app }) => {
  test.slow();
  const pages = new Map<string, string>();
  const read = async (path: string) => {
    const [page = ""] = path.split("#");
    if (!pages.has(page)) {
      const { status, text } = await send(app, "GET", page);
      expect([path, status]).toEqual([path, 200]);
      pages.set(page, text);
    }
    return pages.get(page)!;
  };
  const links = new Set(["/learn"]);
  for (const path of links) {
    const html = await read(path);
    const fragment = path.split("#")[1];
    if (fragment) expect(html, path).toContain(`id="${fragment}"`);
    for (const link of pathsIn(html)) links.add(link);
  }
  for (const path of LEARN_PATHS.filter((path) => !path.includes("?")))
    expect([...links], path).toContain(path);
  expect(links.size).toBeGreaterThan(60);
});

test("a source is shown as it is, and what was cited is marked in it", async ({ app }) => {
  test.slow();
  for (const file of Object.keys(CITED) as CitedFile[]) {
    const lines = linesOf(file);
    const { status, text } = await send(app, "GET", `/learn/source/${file}`);
    expect([file, status]).toEqual([file, 200]);
    expect(
      shownLines(text).map(({ code }) => code || " "),
      file,
    ).toEqual(lines.map((line) => line || " "));
    for (const symbol of CITED[file]) {
      const { first, last } = rangeOf(lines, symbol)!;
      const cited = await send(app, "GET", `/learn/source/${file}?lines=${first}-${last}`);
      const marked = shownLines(cited.text).filter(({ isCited }) => isCited);
      expect(
        marked.map(({ number }) => number),
        `${file} ${symbol}`,
      ).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
      expect(marked[0]!.code).toContain(symbol);
    }
  }
});

for (const path of [
  "/learn/source/.env",
  "/learn/source/.env.local",
  "/learn/source/package.json",
  "/learn/source/source-hash",
  "/learn/source/server.js",
  "/learn/source/lib",
  "/learn/source/lib/auth/",
  "/learn/source/lib/core/failure.ts",
  "/learn/source/data/halfstate.db",
  "/learn/source/..%2fpackage.json",
  "/learn/source/%2e%2e/package.json",
  "/learn/source/lib/..%2f..%2f.env",
  "/learn/source/lib%2fcore%2fenv.ts",
  "/learn/source//etc/passwd",
  "/learn/source/%2fetc%2fpasswd",
  "/learn/source/..%5c..%5c.env",
  "/learn/source/lib/core/env.ts%00",
  "/learn/source/constructor",
  "/learn/no-such-lesson",
  "/learn/__proto__",
])
  test(`nothing is shown at ${path}`, async ({ app }) => {
    const { status, text } = await follow(app, path);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain("source-lines");
  });

test("a citation lands on its line, marked and in view", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/learn/refresh-tokens");
    await page.getByRole("link", { name: "rotate", exact: false }).click();
    await expect(page).toHaveURL(
      /\/learn\/source\/lib\/auth\/strategies\/jwt\/store\.ts\?lines=\d+-\d+#L\d+$/,
    );
    const line = page.locator(new URL(page.url()).hash);
    await expect(line).toContainText("export function rotate(");
    await expect(line).toHaveAttribute("data-cited", "true");
    await expect(line).toBeInViewport();
    const header = (await page.getByRole("banner").boundingBox())!;
    const { y } = (await line.boundingBox())!;
    expect(y, "not under the header").toBeGreaterThanOrEqual(header.y + header.height);
  }
});

test("the lessons are read in their order, from the first to the check", async ({ page }) => {
  test.slow();
  await page.goto("/learn");
  await page.getByRole("link", { name: LESSONS[0]!.title }).click();
  for (const [index, { title }] of LESSONS.entries()) {
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    const nav = page.getByRole("navigation", { name: "Lessons before and after" });
    await expect(nav.getByRole("link")).toHaveCount(index === 0 ? 1 : 2);
    await nav.getByRole("link").last().click();
  }
  await expect(page).toHaveURL("/learn/check");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the check marks what was answered, says what was not, and takes focus to the score", async ({
    page,
  }) => {
    await page.goto("/learn/check");
    await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
    const [first, second] = QUIZ;
    await answer(page, 0, first!.options[first!.right]);
    const wrong = second!.right === "a" ? "b" : "a";
    await answer(page, 1, second!.options[wrong]);
    await page.getByRole("button", { name: "Check my answers" }).click();

    await expect(page).toHaveURL(`/learn/check?q1=${first!.right}&q2=${wrong}#result`);
    const score = page.getByRole("region", { name: "1 of 15 right" });
    await expect(score).toBeFocused();
    await expect(score).toContainText("13 questions are not answered.");
    await expect(score.getByRole("link")).toHaveText([second!.asks]);
    const right = page.getByRole("group", { name: first!.asks });
    await expect(right).toContainText("Your answer, right");
    await expect(right).toContainText(first!.because);
    const missed = page.getByRole("group", { name: second!.asks });
    await expect(missed).toContainText("Your answer, not right");
    await expect(missed).toContainText("The right answer");
    await expect(missed.getByRole("link")).toHaveAttribute("href", `/learn/${second!.lesson}`);
    await expect(page.getByText("Not answered yet.")).toHaveCount(13);

    await answer(page, 1, second!.options[second!.right]);
    await page.getByRole("button", { name: "Check again" }).click();
    await expect(page.getByRole("region", { name: "2 of 15 right" })).toBeFocused();

    await page.getByRole("link", { name: "Start over" }).click();
    await expect(page).toHaveURL("/learn/check");
    await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  });

  test("all right is said so, and garbage in the address is not an answer", async ({ page }) => {
    await page.goto(`/learn/check?${QUIZ.map(({ right }, index) => `q${index + 1}=${right}`).join("&")}`);
    await expect(page.getByRole("heading", { name: "15 of 15 right" })).toBeVisible();
    await page.goto("/learn/check?q1=e&q2=&q99=a&q3=%3Cscript%3E&__proto__=a");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("#result")).toHaveCount(0);
    await page.goto(`/learn/check?q1=z&q1=${QUIZ[0]!.right}`);
    await expect(
      page.getByRole("heading", { name: "1 of 15 right" }),
      "of two the last counts",
    ).toBeVisible();
  });

  test("the helper advises, says what speaks against it and what is open, and remembers the answers", async ({
    page,
  }) => {
    await page.goto("/learn/choose");
    await page.getByLabel("Browsers only, on my own site").check();
    await page.getByLabel("In several regions, or at the edge").check();
    await page.getByLabel("With the very next request").check();
    await page.getByRole("button", { name: "Advise me" }).click();

    await expect(page).toHaveURL("/learn/choose?who=browser&ending=next&servers=far#advice");
    const advice = page.getByRole("region", { name: "Use sessions" });
    await expect(advice).toBeFocused();
    await expect(advice).toContainText("From 3 of 8 answers");
    await expect(advice.getByRole("heading", { name: "What speaks against it" })).toBeVisible();
    await expect(advice).toContainText("every look-up costs a journey");
    await expect(advice.getByRole("heading", { name: "Where your wishes collide" })).toBeVisible();
    await expect(page.getByLabel("Browsers only, on my own site")).toBeChecked();

    await page.getByLabel("Browsers, and also phone apps").check();
    await page.getByRole("button", { name: "Advise again" }).click();
    await expect(
      page.getByRole("region", { name: "Use sessions, with bearer tokens for the API clients only" }),
    ).toBeFocused();
    await page.goto("/learn/choose?who=nobody&x=1");
    await expect(page.locator("#advice")).toHaveCount(0);
  });
});

for (const width of [1280, 360])
  test(`the header leads to Learn, ${width} wide, signed out and signed in`, async ({ page, signedUp }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/");
    const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Learn" });
    await link.click();
    await expect(page).toHaveURL("/learn");
    await signedUp("jwt");
    await page.goto("/dashboard");
    await link.click();
    await expect(page.getByRole("heading", { level: 1, name: "Learn" })).toBeVisible();
    await expect(page.getByTestId("header-mode")).toBeVisible();
  });

const answer = (page: Page, index: number, text: string) =>
  page.getByRole("group", { name: QUIZ[index]!.asks }).getByRole("radio", { name: text }).check();

/** The lines as they stand in the page, without what HTML makes of them. */
function shownLines(html: string): { number: number; code: string; isCited: boolean }[] {
  return [...html.matchAll(/<li id="L(\d+)"([^>]*)><code>([^<]*)<\/code>/g)].map(
    ([, number, attributes, code]) => ({
      number: Number(number),
      isCited: attributes!.includes("data-cited"),
      code: code!
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&#x27;", "'")
        .replaceAll("&amp;", "&"),
    }),
  );
}

/** Next tidies some paths up with a redirect first. */
async function follow(app: App, path: string) {
  const first = await send(app, "GET", path);
  const to = first.headers.get("location");
  return to && first.status < 400 ? send(app, "GET", new URL(to, app.url).pathname) : first;
}

test("a lesson's experiment runs in place, and the address stays the lesson's", async ({ page }) => {
  await page.goto("/learn/refresh-tokens");
  await page.getByText("Run it here").click();
  await page.getByRole("button", { name: "Race, then steal" }).click();
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done", { timeout: 30_000 });
  await expect(page.getByTestId("racer")).toHaveCount(12);
  await expect(page).toHaveURL(/\/learn\/refresh-tokens$/);
});
