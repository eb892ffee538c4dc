// What a change can touch: the parts and end-to-end files that `npm test -- changed` runs. In doubt it runs more.
import { execFileSync } from "node:child_process";
import { ROOT } from "../../scripts/sources.mjs";

const EVERYTHING = "everything";

/** The first row that fits a file says which end-to-end files can tell of it; none: no end-to-end file can. */
const END_TO_END = [
  [/^tests\/e2e\/([\w-]+)\.spec\.ts$/, (name) => [name]],
  [/^tests\/(unit|integration|run)\//, () => []],
  [/^(app\/lab|app\/api\/lab|lib\/lab)\//, () => ["lab", "accessibility", "learn", "journeys"]],
  [/^app\/learn\//, () => ["learn", "accessibility", "edge-build"]],
  [/^app\/api\/docs\/|^app\/_components\/api-/, () => ["openapi", "accessibility"]],
  [/^scripts\/doctor\b/, () => ["doctor", "behind-nginx", "load"]],
  [/^scripts\/load\b/, () => ["load"]],
  [/^scripts\/(test|bench|scaling|measuring|lock)\b/, () => []],
  [/^deploy\/nginx/, () => ["behind-nginx"]],
  [/^deploy\/haproxy/, () => ["three-instances"]],
  [/^(Dockerfile|compose\.yaml|\.dockerignore)$/, () => ["image"]],
  [/^(README\.md|\.env\.example)$/, () => ["readme"]],
  [/^examples\//, () => ["examples"]],
  [/^docs\/|^\w+\.md$|^deploy\/|^\.ci\/|^LICENSE$|^\.git/, () => []],
  [/^(\.prettier.*|eslint\.config\.mjs|tsconfig\.json)$/, () => []],
];

/** What the rules of integration tests rest on: everything that is no page and no document. */
const INTEGRATION = /^(lib|prisma|scripts|tests\/(support|integration)|package|playwright\.config)/;
const CODE = /\.(ts|tsx|mjs|js|css|prisma|json)$/;

/**
 * `files`: paths from the root. Returns the parts to run, and the end-to-end files: names without `.spec.ts`, of which "lab" stands for all
 * that begin with it, or "everything".
 */
export function touchedBy(files) {
  const parts = new Set(["format", "unit"]);
  let specs = new Set();
  for (const file of files) {
    if (CODE.test(file)) parts.add("lint").add("types");
    if (/^prisma\//.test(file)) parts.add("migrations");
    if (INTEGRATION.test(file)) parts.add("integration").add("postgres");
    const row = END_TO_END.find(([pattern]) => pattern.test(file));
    if (!row) specs = EVERYTHING;
    else if (specs !== EVERYTHING) for (const name of row[1](row[0].exec(file)[1])) specs.add(name);
  }
  const isEverything = specs === EVERYTHING;
  if (isEverything || specs.size > 0) parts.add("e2e").add("e2e-postgres");
  return { parts: [...parts], specs: isEverything ? EVERYTHING : [...specs].sort() };
}

/** For Playwright: the files by a pattern of their path; nothing where all of them are meant. */
export const patternsOf = (specs) =>
  specs === EVERYTHING
    ? []
    : specs.map((name) => (name === "lab" ? "tests/e2e/lab[\\w-]*.spec" : `tests/e2e/${name}.spec`));

/** What is not committed; where everything is, what the last commit brought. */
export function changedFiles(root = ROOT) {
  const git = (...args) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  const now = [
    ...git("diff", "--name-only", "--no-renames", "-z", "HEAD"),
    ...git("ls-files", "--others", "--exclude-standard", "-z"),
  ];
  return now.length > 0 ? now : git("diff", "--name-only", "--no-renames", "-z", "HEAD~1", "HEAD");
}
