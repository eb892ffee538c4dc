/** Every page for every reader: WCAG 2.2 AA by axe, both themes, wide and narrow, and all of it by keyboard. */
import type { Page } from "@playwright/test";
import axe from "axe-core";
import { logIn, MODES, newPerson, signUp } from "../support/accounts";
import { expect, test } from "../support/browser";
import { LEARN_PATHS } from "../support/learn";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = [1280, 360];

type Situation = { name: string; reach: (page: Page) => Promise<void> };

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

/** The Lab's pages, with a result that has come in. */
const experiments: Situation[] = [
  ["flight-recorder", "GET /dashboard, token expired"],
  ["flight-recorder", "GET /api/me, signed out"],
  ["token-bench", "Send them all"],
  ["token-bench", "Embedded key"],
  ["revocation", "Sign in three devices, then end them all"],
  ["refresh", "Race, then steal"],
  ["cost", "Measure"],
  ["outage", "Make its queries fail at once"],
  ["attacks", "Cookie tossing"],
  ["attacks", "Accounts told by timing"],
  ["staleness", "Change the role, then the name"],
].map(([slug, button]) => ({
  name: `/lab/${slug}, after “${button}”`,
  async reach(page) {
    // An experiment takes seconds by itself; the timing attack up to 15.
    test.setTimeout(90_000);
    await page.goto(`/lab/${slug}`);
    // A button of the flight recorder says more than its request.
    await page
      .getByRole("button", { name: new RegExp(`^${button!.replaceAll("/", "\\/")}`) })
      .first()
      .click();
    await expect(page.getByTestId("experiment")).toHaveAttribute("data-ended", "done", { timeout: 60_000 });
    // The tables and texts that are folded away are there to be read too.
    await page
      .locator("details")
      .evaluateAll((all) => all.forEach((details) => details.setAttribute("open", "")));
  },
}));

const inspected: Situation = {
  name: "/lab/token-bench, with a token inspected and broken JSON",
  async reach(page) {
    await page.goto("/lab/token-bench");
    await page.getByLabel("Change the claims").fill("{role: admin}");
    await page.getByLabel("A token", { exact: true }).fill("eyJhbGciOiJub25lIn0.e30.AAAA");
    await page.getByRole("button", { name: "Would you let it in?" }).click();
    await expect(page.getByTestId("inspection")).toContainText("Would be refused");
    await expect(page.getByText("This is not JSON")).toBeVisible();
  },
};

const signedOut: Situation[] = [
  ...experiments,
  ...["/", "/signup", "/login", "/login?next=/settings", "/no/such/page", "/api/docs", ...LEARN_PATHS].map(
    (path) => ({
      name: path,
      reach: async (page: Page) => void (await page.goto(path)),
    }),
  ),
  ...refused,
  inspected,
];

const signedIn: Situation[] = [
  ...["/dashboard", "/settings", "/settings/activity", "/learn"].map((path) => ({
    name: path,
    reach: async (page: Page) => void (await page.goto(path)),
  })),
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
];

test.describe("no barrier, light and dark, wide and narrow:", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });
  // Four looks at a page; a long page on a busy machine takes its time.
  test.describe.configure({ timeout: 90_000 });

  for (const { name, reach } of signedOut)
    test(`${name}, signed out`, async ({ page }) => {
      await reach(page);
      await expectNoBarrier(page);
    });

  for (const mode of MODES)
    for (const { name, reach } of signedIn)
      test(`${name}, in ${mode} mode`, async ({ page, app, signedUp }) => {
        const { person } = await signedUp(mode);
        await logIn(app, person, mode);
        await reach(page);
        await expectNoBarrier(page);
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

/** What axe finds, and what it cannot: something to scroll to sideways. Themes differ in colours alone, so dark is asked about those. */
async function expectNoBarrier(page: Page): Promise<void> {
  // Once for all looks, and into the page alone: no page of ours has a frame in it.
  expect(page.frames()).toHaveLength(1);
  await page.evaluate(axe.source);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { found, passed } = await page.evaluate(
        look,
        colorScheme === "light" ? WCAG : ["color-contrast"],
      );
      const situation = `${colorScheme}, ${width} wide`;
      expect(passed, `axe looked at something: ${situation}`).toBeGreaterThan(0);
      expect(found, situation).toEqual([]);
    }
    const { content, view } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      view: document.documentElement.clientWidth,
    }));
    expect(content, `scrolls sideways, ${width} wide`).toBeLessThanOrEqual(view);
  }
}

/** In the page; `runOnly`: tags or rules. What is well is counted and not described, node for node: half the time. */
async function look(runOnly: string[]): Promise<{ found: string[]; passed: number }> {
  const { violations, passes } = await (window as unknown as { axe: typeof axe }).axe.run(document, {
    runOnly,
    resultTypes: ["violations"],
  });
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  return { found, passed: passes.length };
}

/** Presses Tab until it is there; a page has fewer stops than this. */
async function tabTo(page: Page, target: () => ReturnType<Page["getByRole"]>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await target().evaluate((element) => element === document.activeElement)) return;
  }
  await expect(target(), "reached by Tab").toBeFocused();
}
