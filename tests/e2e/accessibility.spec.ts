/** Every page for every reader: WCAG 2.2 AA by axe, in both themes, wide and narrow, and all of it by keyboard. */
import type { Page } from "@playwright/test";
import { expectNoBarrier, NARROW_IN_FULL } from "../support/barriers";
import { expect, test } from "../support/browser";
import { grantAdmin, MODES, newPerson, signedIn, signUp } from "../support/device";
import { runExperiment } from "../support/lab";
import { LEARN_PATHS } from "../support/learn";

/** A page in one of its states. */
type Situation = { name: string; reach: (page: Page) => Promise<unknown> };

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

/** What the Lab shows beside the live runs that its own specs look at: fields of an experiment, and what was done to a token by hand. */
const RESULTS: [slug: string, fields: Record<string, unknown>][] = [
  ["flight-recorder", { request: "expired" }],
  ["token-bench", { preset: "all" }],
  ["attacks", { attack: "tossing" }],
];
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

const behindTheLogIn: Record<(typeof MODES)[number], Situation[]> = {
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

/** One page walks them all, and goes on after one with a barrier: a run tells of all. */
async function expectNoBarriers(page: Page, situations: Situation[]): Promise<void> {
  for (const { name, reach } of situations)
    await test.step(name, async () => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
      await reach(page);
      await expectNoBarrier(page, name);
    });
}

test.describe("no barrier:", () => {
  // Long ones among them, which need not wait for each other.
  test.describe.configure({ mode: "parallel" });

  test("signed out", ({ page }) => expectNoBarriers(page, signedOut));

  test("the API reference", async ({ page }) => {
    await page.goto("/api/docs");
    // Two thousand elements, among which axe looks for what covers what: contrast is asked of the first of each part.
    const without = ["section section ~ section", "#codes dl > div:nth-of-type(n + 6)"];
    await expectNoBarrier(page, "/api/docs", { without });
  });

  const half = Math.ceil(LEARN_PATHS.length / 2);
  test("Learn, its first half", ({ page }) => expectNoBarriers(page, LEARN_PATHS.slice(0, half).map(at)));
  test("Learn, its second half", ({ page }) => expectNoBarriers(page, LEARN_PATHS.slice(half).map(at)));

  test("the Lab", async ({ page, app }) => {
    const kept = await Promise.all(
      RESULTS.map(async ([slug, fields]) => {
        const { runId } = await runExperiment(app, slug, fields);
        return at(`/lab/${slug}?run=${runId}`);
      }),
    );
    await expectNoBarriers(page, [at("/lab"), ...kept, inspected]);
  });

  for (const mode of MODES)
    test(`signed in, in ${mode} mode`, async ({ page, app, signedUp }) => {
      const { person } = await signedUp(mode);
      await signedIn(app, mode, person);
      await expectNoBarriers(page, behindTheLogIn[mode]);
    });

  test("the administration", async ({ page, app, signedUp }) => {
    const { person } = await signedUp("session");
    await grantAdmin(app, person.email);
    await expectNoBarriers(page, ["/admin/activity", "/admin"].map(at));
    // axe takes a placeholder for a name.
    await expect(page.getByRole("searchbox", { name: "Search by name or email" })).toBeVisible();
  });

  test("what only a narrow page has", async ({ page, signedUp }) => {
    await page.goto("/");
    await expectNoBarrier(page, "/", { looks: NARROW_IN_FULL });
    await signedUp("jwt");
    await page.goto("/dashboard");
    await expectNoBarrier(page, "/dashboard", { looks: NARROW_IN_FULL });
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

/** Presses Tab until it is there; a page has fewer stops than this. */
async function tabTo(page: Page, target: () => ReturnType<Page["getByRole"]>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await target().evaluate((element) => element === document.activeElement)) return;
  }
  await expect(target(), "reached by Tab").toBeFocused();
}
