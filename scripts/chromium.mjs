// Finds a browser for the end-to-end tests, and installs one where there is none.
import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { node, run, StepError } from "./steps.mjs";

const require = createRequire(import.meta.url);

const PLACES = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA]
    .filter(Boolean)
    .flatMap((folder) => [
      join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      join(folder, "Chromium", "Application", "chrome.exe"),
      join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ]),
};
// The shell first, as Playwright's own choice is: a window for every test costs the whole of Chromium half as much time again.
const NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/**
 * The browser to use: { path, own }, where `own` says that Playwright installed it and finds it by itself; null when there is none.
 * CHROMIUM_PATH comes first, then Playwright's own, because its version is the one Playwright was tested with.
 */
export function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (!existsSync(chosen))
      throw new StepError(`CHROMIUM_PATH is ${chosen}, but there is no file. Correct it or leave it out.`);
    return { path: chosen, own: false };
  }
  const { chromium } = require("playwright");
  const own = chromium.executablePath();
  if (own && existsSync(own)) return { path: own, own: true };
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const path = [...onPath, ...(PLACES[process.platform] ?? [])].find(isExecutable);
  return path ? { path, own: false } : null;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds a browser or installs one. */
export async function requireChromium() {
  const found = findChromium();
  if (found) return found;
  process.stdout.write("installing … ");
  const attempts = [await node([require.resolve("@playwright/test/cli"), "install", "chromium"])];
  if (!findChromium() && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    attempts.push(await run("apt-get", ["update", "-q"]));
    // Not every release has both.
    for (const name of ["chromium-headless-shell", "chromium"])
      if (!findChromium())
        attempts.push(await run("apt-get", ["install", "-qy", "--no-install-recommends", name]));
  }
  const installed = findChromium();
  if (installed) return installed;
  throw new StepError(
    `${attempts.map(({ output }) => output.slice(-1500)).join("\n")}\n` +
      "No browser could be installed. Install Chrome or Chromium and, where it is in an unusual place, name it in CHROMIUM_PATH.",
  );
}
