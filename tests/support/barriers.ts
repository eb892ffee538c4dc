/** No barrier on a page: WCAG 2.2 AA by axe, and nothing to scroll to sideways; in both themes, wide and narrow. */
import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

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
/** For what only a narrow page has. */
export const NARROW_IN_FULL: Look[] = [
  { width: 360, colorScheme: "light", rules: WCAG, contrast: true },
  { width: 360, colorScheme: "dark", rules: [], contrast: true },
];

/**
 * The page as it stands, with all that is folded away; `name` says which in a failure, and the test goes on after one. `without`: what is not
 * asked about contrast, because the same is on the page before it. Leaves the last look behind.
 */
export async function expectNoBarrier(
  page: Page,
  name: string,
  { looks = LOOKS, without = [] }: { looks?: Look[]; without?: string[] } = {},
): Promise<void> {
  await page
    .locator("details")
    .evaluateAll((all) => all.forEach((details) => details.setAttribute("open", "")));
  // Into the page alone: no page of ours has a frame in it.
  expect(page.frames(), name).toHaveLength(1);
  await page.evaluate(axe.source);
  for (const { width, colorScheme, rules, contrast } of looks) {
    await page.setViewportSize({ width, height: 800 });
    // Whoever wants no motion sees the colours at once.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { found, passed } = await page.evaluate(judge, { rules, contrast, without });
    const seen = `${name}, ${colorScheme}, ${width} wide`;
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
