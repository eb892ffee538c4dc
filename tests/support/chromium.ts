/** How the tests start the browser that scripts/chromium.mjs finds. */
import type { LaunchOptions } from "@playwright/test";
import { findChromium } from "../../scripts/chromium.mjs";

const found = findChromium();

export const launchOptions: LaunchOptions = {
  // Left out for Playwright's own, so that it can choose the variant made for running without a window.
  ...(found && !found.own && { executablePath: found.path }),
  args: [
    // Nobody looks at what is drawn; drawing it by a software GPU costs.
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    // Chromium refuses to run as root with its sandbox, and nobody else should be without it.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ],
};
