// Tells whether something made from the sources still matches them, by content: modification times say nothing after a clone.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the build does not read. Everything else counts, so that a new folder is never forgotten. */
const NOT_BUILT = new Set([
  "node_modules",
  "generated",
  "data",
  "tests",
  "docs",
  "deploy",
  "test-results",
  "playwright-report",
  "playwright.config.ts",
  "eslint.config.mjs",
  "next-env.d.ts",
  "Dockerfile",
  "compose.yaml",
  "deploy",
  "LICENSE",
]);

/** Whether the build reads what has this name at the top of the sources. */
export const isBuilt = (name) =>
  !NOT_BUILT.has(name) && !name.startsWith(".") && !name.endsWith(".md") && !name.endsWith(".tsbuildinfo");

function add(hash, path, name) {
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = join(path, entry.name);
    const childName = `${name}/${entry.name}`;
    if (name === "" && !isBuilt(entry.name)) continue;
    if (entry.isDirectory()) add(hash, child, childName);
    else
      hash
        .update(`${childName}\0`)
        .update(entry.isSymbolicLink() ? readlinkSync(child) : readFileSync(child));
  }
}

/** A hash of everything the build reads. */
export function sourceHash(root = ROOT) {
  const hash = createHash("sha256");
  add(hash, root, "");
  return hash.digest("hex");
}

/** A hash of what the Prisma clients are generated from. */
export function modelsHash(root = ROOT) {
  const hash = createHash("sha256");
  for (const folder of ["models", "sqlite", "postgres"])
    add(hash, join(root, "prisma", folder), `prisma/${folder}`);
  return hash.update(readFileSync(join(root, "package.json"))).digest("hex");
}

/** The hash that was stamped into a file; null when there is none. */
export function readStamp(path) {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

const BUILD_STAMP = join(ROOT, ".next", "standalone", "source-hash");

export const buildStamp = { path: BUILD_STAMP, isCurrent: () => readStamp(BUILD_STAMP) === sourceHash() };
