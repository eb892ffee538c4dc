/** Learn: every page for everybody, every link to where it says, no script but the Lab's, and all of it without JavaScript. */
import type { Page } from "@playwright/test";
import { CITED, type CitedFile } from "@/app/learn/_sources/cited";
import { linesOf, rangeOf } from "@/app/learn/_sources/lines";
import { LESSONS } from "@/app/learn/_content/lessons";
import { QUIZ } from "@/app/learn/_content/quiz";
import { signedIn } from "../support/device";
import type { App } from "../support/app";
import { expect, test } from "../support/browser";
import { type Answer, send } from "../support/http";
import { LEARN_PATHS } from "../support/learn";

const pathsIn = (html: string) =>
  [
    ...new Set(
      [...html.matchAll(/href="(\/learn[^"]*)"/g)].map(([, path]) => path!.replaceAll("&amp;", "&")),
    ),
  ].sort();
const scriptsIn = (html: string) => new Set([...html.matchAll(/src="([^"]+\.js)"/g)].map(([, src]) => src!));

/** Of a server as whoever is signed out gets them, by their path: read once for all tests of this worker. */
const pages = new Map<string, Promise<Answer>>();
function read(app: App, path: string): Promise<Answer> {
  const key = app.url + path;
  const page = pages.get(key) ?? send(app, "GET", path);
  pages.set(key, page);
  return page;
}

test.describe("as it is read", () => {
  // In one worker, for what is read once.
  test.describe.configure({ mode: "default" });

  test("every page answers, signed out and signed in either way", async ({ app }) => {
    const { client: inSessionMode } = await signedIn(app, "session");
    const { client: inJwtMode } = await signedIn(app, "jwt");
    const get = [
      (path: string) => read(app, path),
      (path: string) => inSessionMode.get(path),
      (path: string) => inJwtMode.get(path),
    ];
    for (const answerOf of get)
      for (const path of LEARN_PATHS) {
        const { status, text, headers } = await answerOf(path);
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
      const { text } = await read(app, path);
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
    const links = new Set(["/learn"]);
    for (const link of links) {
      const [path = "", fragment] = link.split("#");
      const { status, text } = await read(app, path);
      expect([link, status]).toEqual([link, 200]);
      if (fragment) expect(text, link).toContain(`id="${fragment}"`);
      for (const more of pathsIn(text)) links.add(more);
    }
    for (const path of LEARN_PATHS.filter((path) => !path.includes("?")))
      expect([...links], path).toContain(path);
    expect(links.size).toBeGreaterThan(60);
  });

  test("a source is shown as it is, and what was cited is marked in it", async ({ app }) => {
    for (const file of Object.keys(CITED) as CitedFile[]) {
      const lines = linesOf(file);
      const { status, text } = await read(app, `/learn/source/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(
        shownLines(text).map(({ code }) => code || " "),
        file,
      ).toEqual(lines.map((line) => line || " "));
      for (const symbol of CITED[file]) {
        const { first, last } = rangeOf(lines, symbol)!;
        const cited = await read(app, `/learn/source/${file}?lines=${first}-${last}`);
        const marked = shownLines(cited.text).filter(({ isCited }) => isCited);
        expect(
          marked.map(({ number }) => number),
          `${file} ${symbol}`,
        ).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
        expect(marked[0]!.code).toContain(symbol);
      }
    }
  });

  test("the lessons are read in their order, from the first to the check", async ({ app }) => {
    const [first] = LESSONS;
    expect((await read(app, "/learn")).text).toContain(`href="/learn/${first!.slug}"`);
    let path = `/learn/${first!.slug}`;
    for (const [index, { slug, title }] of LESSONS.entries()) {
      expect(path).toBe(`/learn/${slug}`);
      const { text } = await read(app, path);
      expect(wordsIn(/<h1\b[^>]*>(.*?)<\/h1>/s.exec(text)![1]!), path).toBe(title);
      const nav = /<nav\b[^>]*aria-label="Lessons before and after"[^>]*>(.*?)<\/nav>/s.exec(text)![1]!;
      const around = [...nav.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)].map(([, href]) => href!);
      expect(around, path).toHaveLength(index === 0 ? 1 : 2);
      if (index > 0) expect(around[0], path).toBe(`/learn/${LESSONS[index - 1]!.slug}`);
      path = around.at(-1)!;
    }
    expect(path).toBe("/learn/check");
  });
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

test("all right is said so, and garbage in the address is not an answer", async ({ app }) => {
  const titleAt = async (query: string) => {
    const { status, text } = await send(app, "GET", `/learn/check?${query}`);
    expect([query, status]).toEqual([query, 200]);
    return wordsIn(/<h2 id="result-title"[^>]*>(.*?)<\/h2>/s.exec(text)?.[1] ?? "nothing");
  };
  const allRight = QUIZ.map(({ right }, index) => `q${index + 1}=${right}`);
  expect(await titleAt(allRight.join("&"))).toBe("15 of 15 right");
  expect(await titleAt("q1=e&q2=&q99=a&q3=%3Cscript%3E&__proto__=a")).toBe("nothing");
  expect(await titleAt(`q1=z&${allRight[0]}`), "of two the last counts").toBe("1 of 15 right");
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

test("the header leads to Learn, wide and narrow, signed out and signed in", async ({ page, signedUp }) => {
  const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Learn" });
  for (const from of ["/", "/dashboard"]) {
    if (from === "/dashboard") await signedUp("jwt");
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(from);
    await expect(link).toHaveAttribute("href", "/learn");
    await link.click({ trial: true });
    await page.setViewportSize({ width: 360, height: 800 });
    await link.click();
    await expect(page).toHaveURL("/learn");
    await expect(page.getByRole("heading", { level: 1, name: "Learn" })).toBeVisible();
    await expect(page.getByTestId("header-mode")).toBeVisible({ visible: from === "/dashboard" });
  }
});

const answer = (page: Page, index: number, text: string) =>
  page.getByRole("group", { name: QUIZ[index]!.asks }).getByRole("radio", { name: text }).check();

const decoded = (html: string) =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
const wordsIn = (html: string) => decoded(html.replace(/<[^>]*>/g, ""));

/** The lines as they stand in the page, without what HTML makes of them. */
function shownLines(html: string): { number: number; code: string; isCited: boolean }[] {
  return [...html.matchAll(/<li id="L(\d+)"([^>]*)><code>([^<]*)<\/code>/g)].map(
    ([, number, attributes, code]) => ({
      number: Number(number),
      isCited: attributes!.includes("data-cited"),
      code: decoded(code!),
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
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
  await expect(page.getByTestId("racer")).toHaveCount(12);
  await expect(page).toHaveURL(/\/learn\/refresh-tokens$/);
});
