/** Every page for every reader: WCAG 2.2 AA by axe, in both themes, wide and narrow, and all of it by keyboard. */
import type { Page } from "@playwright/test";
import axe from "axe-core";
import { logIn, MODES, newPerson, signUp } from "../support/device";
import { expect, test } from "../support/browser";
import { runExperiment } from "../support/lab";
import { LEARN_PATHS } from "../support/learn";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** A page in one of its states. `without`: what is not asked about contrast, because the same is on the page before it. */
type Situation = { name: string; reach: (page: Page) => Promise<unknown>; without?: string[] };

const at = (path: string): Situation => ({ name: path, reach: (page) => page.goto(path) });

const refused: Situation[] = [
  {
    name: "log-in, refused",
    async reach(page) {
      await page.goto("/login");
      await page.getByLabel("Email").fill(newPerson().email);
      await page.getByLabel("Password", { exact: true }).fill("wrong");
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await expect(page.getByRole("main").getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "sign-up, with two fields refused",
    async reach(page) {
      await page.goto("/signup");
      await page.getByLabel("Email").fill("ada");
      await page.getByLabel("Password", { exact: true }).fill("short");
      await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByRole("main").getByRole("alert")).toBeVisible();
    },
  },
];

const signedOut: Situation[] = [
  ...["/", "/signup", "/login", "/login?next=/settings", "/no/such/page"].map(at),
  ...refused,
];

/** Of two thousand elements, among which axe looks for what covers what: the contrast of each part is asked of its first. */
const reference: Situation = {
  ...at("/api/docs"),
  without: ["section section ~ section", "#codes dl > div:nth-of-type(n + 6)"],
};

/** Results of the Lab: the fields that they are asked for with. */
const EXPERIMENTS: [slug: string, fields: Record<string, unknown>][] = [
  ["flight-recorder", { request: "expired" }],
  ["flight-recorder", { request: "revoked" }],
  ["token-bench", { preset: "all" }],
  ["token-bench", { preset: "embedded-key" }],
  ["revocation", {}],
  ["refresh", { parallel: 10, grace: "on" }],
  ["cost", { rounds: "100" }],
  ["outage", { how: "fails" }],
  ["attacks", { attack: "tossing" }],
  ["attacks", { attack: "timing" }],
  ["staleness", {}],
];

/** The page of a kept result, with all that is folded away. */
async function reachResult(page: Page, slug: string, runId: string): Promise<void> {
  await page.goto(`/lab/${slug}?run=${runId}`);
  await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
  await unfold(page);
}

const unfold = (page: Page) =>
  page.locator("details").evaluateAll((all) => all.forEach((details) => details.setAttribute("open", "")));

const lab: Situation[] = [
  {
    name: "/lab/flight-recorder, after a run on the page",
    async reach(page) {
      await page.goto("/lab/flight-recorder");
      await page.getByRole("button", { name: "GET /dashboard, token expired" }).first().click();
      await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done");
      await unfold(page);
    },
  },
  {
    name: "/lab/token-bench, with a token inspected and broken JSON",
    async reach(page) {
      await page.goto("/lab/token-bench");
      await page.getByLabel("Change the claims").fill("{role: admin}");
      await page.getByLabel("A token", { exact: true }).fill("eyJhbGciOiJub25lIn0.e30.AAAA");
      await page.getByRole("button", { name: "Would you let it in?" }).click();
      await expect(page.getByTestId("inspection")).toContainText("Would be refused");
      await expect(page.getByText("This is not JSON")).toBeVisible();
    },
  },
];

const signedIn: Record<(typeof MODES)[number], Situation[]> = {
  session: ["/dashboard", "/settings", "/settings/activity"].map(at),
  jwt: [
    ...["/dashboard", "/settings", "/learn"].map(at),
    {
      name: "the account menu, open",
      async reach(page) {
        await page.goto("/dashboard");
        await page.getByRole("button", { name: "Account: Ada Lovelace" }).click();
        await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
      },
    },
    {
      name: "the delete dialog, with a wrong password",
      async reach(page) {
        await page.goto("/settings");
        await page.getByRole("button", { name: "Delete account" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("Your password", { exact: true }).fill("wrong");
        await dialog.getByRole("button", { name: "Delete account" }).click();
        await expect(dialog.getByText("That is not your password.")).toBeVisible();
      },
    },
  ],
};

test.describe("no barrier:", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("signed out", ({ page }) => expectNoBarriers(page, signedOut));

  test("the API reference", ({ page }) => expectNoBarriers(page, [reference]));

  const half = Math.ceil(LEARN_PATHS.length / 2);
  test("Learn, its first half", ({ page }) => expectNoBarriers(page, LEARN_PATHS.slice(0, half).map(at)));
  test("Learn, its second half", ({ page }) => expectNoBarriers(page, LEARN_PATHS.slice(half).map(at)));

  test("the Lab, in use", ({ page }) => expectNoBarriers(page, lab));

  test("the Lab's results", async ({ page, app }) => {
    const results: Situation[] = [];
    const asked = [...EXPERIMENTS];
    const run = async () => {
      for (let next = asked.shift(); next; next = asked.shift()) {
        const [slug, fields] = next;
        const { runId } = await runExperiment(app, slug, fields);
        const name = `/lab/${slug}, the result of ${JSON.stringify(fields)}`;
        results.push({ name, reach: (page) => reachResult(page, slug, runId) });
      }
    };
    // What they take is real time, and as many as this may run at once.
    await Promise.all([run(), run(), run(), run()]);
    await expectNoBarriers(page, results);
  });

  for (const mode of MODES)
    test(`signed in, in ${mode} mode`, async ({ page, app, signedUp }) => {
      const { person } = await signedUp(mode);
      await logIn(app, mode, person);
      await expectNoBarriers(page, signedIn[mode]);
    });

  test("what only a narrow page has", async ({ page, signedUp }) => {
    await expectNoBarrier(page, at("/"), NARROW_IN_FULL);
    await signedUp("jwt");
    await expectNoBarrier(page, at("/dashboard"), NARROW_IN_FULL);
  });
});

test("the theme that was chosen stays, against the system's", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("group", { name: "Theme" }).getByRole("button", { name: "Dark" }).click();
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  await page.goto("/login");
  expect(await background()).toBe(dark);
});

test.describe("by keyboard alone", () => {
  test("somebody logs in", async ({ page, app }) => {
    const { person } = await signUp(app, "jwt");
    await page.goto("/login");
    await tabTo(page, () => page.getByRole("link", { name: "Skip to content" }));
    await tabTo(page, () => page.getByLabel("Email"));
    await page.keyboard.type(person.email);
    await page.keyboard.press("Tab");
    await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
    await page.keyboard.type(person.password);
    await tabTo(page, () => page.getByRole("main").getByRole("button", { name: "Log in" }));
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/dashboard");
  });

  test("the first Tab leads past the header", async ({ page, signedUp }) => {
    await signedUp("jwt");
    await page.goto("/dashboard");
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/dashboard#content");
    await page.keyboard.press("Tab");
    const inMain = () => page.evaluate(() => document.activeElement?.closest("main") !== null);
    expect(await inMain()).toBe(true);
  });

  test("the mode is switched, and the notice is where focus goes", async ({ page, signedUp }) => {
    await signedUp("session");
    await page.goto("/settings");
    await tabTo(page, () => page.getByRole("button", { name: "Switch to JWT mode" }));
    await page.keyboard.press("Space");
    const notice = page.getByText("This device is now in JWT mode.");
    await expect(notice).toBeFocused();
    await expect(page.getByTestId("header-mode")).toHaveText("JWT mode");
  });

  test("the account menu opens, Escape closes it and gives focus back, and it logs out", async ({
    page,
    signedUp,
  }) => {
    const { person } = await signedUp("jwt");
    await page.goto("/dashboard");
    const opener = page.getByRole("button", { name: `Account: ${person.name}` });
    const logOut = page.getByRole("button", { name: "Log out" });
    await tabTo(page, () => opener);
    await page.keyboard.press("Enter");
    await expect(logOut).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(logOut).toBeHidden();
    await expect(opener).toBeFocused();

    await page.setViewportSize({ width: 360, height: 800 });
    await expect(opener, "where only the initial is shown, the name is still said").toBeVisible();
    await page.keyboard.press("Enter");
    await tabTo(page, () => logOut);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/");
  });

  test("the delete dialog keeps focus, and gives it back when it is left", async ({ page, signedUp }) => {
    const { person } = await signedUp("jwt");
    await page.goto("/settings");
    const opener = page.getByRole("button", { name: "Delete account" });
    const dialog = page.getByRole("dialog", { name: "Delete this account?" });
    await tabTo(page, () => opener);
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();

    const visited = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement!;
        // Between the last element and the first, focus passes by the browser's own controls.
        if (element === document.body) return "browser";
        return element.closest("dialog")
          ? element.textContent || element.getAttribute("name")!
          : `outside: ${element.outerHTML}`;
      });
      expect(focused).not.toMatch(/^outside/);
      visited.add(focused);
      await page.keyboard.press("Tab");
    }
    expect(visited.size, [...visited].join(", ")).toBeGreaterThanOrEqual(4);

    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();

    await page.keyboard.press("Enter");
    await tabTo(page, () => dialog.getByLabel("Your password", { exact: true }));
    await page.keyboard.type(person.password);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/");
    await expect(page.getByText("Your account is deleted.")).toBeFocused();
  });
});

/** `rules`: tags or rules, but contrast, which is asked by itself. */
type Look = { width: number; colorScheme: "light" | "dark"; rules: string[]; contrast: boolean };

/**
 * Every rule once, and then what else can differ: in the dark theme the colours, on a narrow page the size of targets. Each asks whether it
 * scrolls sideways, which axe does not.
 */
const LOOKS: Look[] = [
  { width: 1280, colorScheme: "light", rules: WCAG, contrast: true },
  { width: 1280, colorScheme: "dark", rules: [], contrast: true },
  { width: 360, colorScheme: "light", rules: ["target-size"], contrast: false },
];
const NARROW_IN_FULL: Look[] = [
  { width: 360, colorScheme: "light", rules: WCAG, contrast: true },
  { width: 360, colorScheme: "dark", rules: [], contrast: true },
];

/** Goes on after a page with a barrier: one run tells of all. */
async function expectNoBarriers(page: Page, situations: Situation[]): Promise<void> {
  for (const situation of situations)
    await test.step(situation.name, () => expectNoBarrier(page, situation, LOOKS));
}

async function expectNoBarrier(page: Page, situation: Situation, looks: Look[]): Promise<void> {
  const { name, reach, without = [] } = situation;
  const show = async ({ width, colorScheme }: Look) => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
  };
  await show(looks[0]!);
  await reach(page);
  // Into the page alone: no page of ours has a frame in it.
  expect(page.frames(), name).toHaveLength(1);
  await page.evaluate(axe.source);
  for (const look of looks) {
    await show(look);
    const { found, passed } = await page.evaluate(judge, { ...look, without });
    const seen = `${name}, ${look.colorScheme}, ${look.width} wide`;
    expect(passed, `axe looked at something: ${seen}`).toBeGreaterThan(0);
    expect.soft(found, seen).toEqual([]);
    const { content, view } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      view: document.documentElement.clientWidth,
    }));
    expect.soft(content, `scrolls sideways: ${seen}`).toBeLessThanOrEqual(view);
  }
}

/** In the page. What is well is counted and not described, node for node: half the time. */
async function judge({ rules, contrast, without }: Pick<Look, "rules" | "contrast"> & { without: string[] }) {
  const { run } = (window as unknown as { axe: typeof axe }).axe;
  const resultTypes = ["violations" as const];
  const rest = { "color-contrast": { enabled: false } };
  const results = [
    ...(rules.length > 0 ? [await run(document, { resultTypes, runOnly: rules, rules: rest })] : []),
    ...(contrast ? [await run({ exclude: without }, { resultTypes, runOnly: ["color-contrast"] })] : []),
  ];
  return {
    found: results.flatMap(({ violations }) =>
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`),
    ),
    passed: results.reduce((sum, { passes }) => sum + passes.length, 0),
  };
}

/** Presses Tab until it is there; a page has fewer stops than this. */
async function tabTo(page: Page, target: () => ReturnType<Page["getByRole"]>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await target().evaluate((element) => element === document.activeElement)) return;
  }
  await expect(target(), "reached by Tab").toBeFocused();
}
