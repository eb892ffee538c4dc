// Finds a Chromium for the end-to-end tests, or installs one.
import { existsSync } from "node:fs";
import path from "node:path";
import { capture, Halt, ROOT } from "./lib.mjs";

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Path of the browser to use: CHROMIUM_PATH, else Playwright's own, else one of the system; null when there is none. */
export async function findBrowser() {
  const { chromium } = await import("@playwright/test");
  const candidates = [process.env.CHROMIUM_PATH, chromium.executablePath(), ...USUAL_PLACES];
  return candidates.find((candidate) => candidate && existsSync(candidate)) ?? null;
}

/** Installs Playwright's own; where that download is refused, Debian's `chromium`. Returns its path. */
export async function installBrowser() {
  const cli = path.join(ROOT, "node_modules", "@playwright", "test", "cli.js");
  await capture(process.execPath, [cli, "install", "chromium"], { show: true });
  if (!(await findBrowser()) && existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    console.log("The download was refused; installing Debian's chromium instead.");
    await capture("apt-get", ["update", "-qq"]);
    await capture("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  const found = await findBrowser();
  if (!found)
    throw new Halt("No browser could be installed. Install Chromium or Chrome, or set CHROMIUM_PATH to one.");
  return found;
}
