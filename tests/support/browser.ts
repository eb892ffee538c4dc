/** A browser beside the app: contexts that hold an account's cookies, and pages whose every complaint fails the test. */
import { type BrowserContext, expect } from "@playwright/test";
import { test as base } from "./app";
import { type Device, type Mode, signedIn } from "./device";
import type { Client } from "./http";

type Fixtures = {
  /** A new account whose cookies this test's browser holds. */
  signedUp: (mode: Mode) => Promise<Device>;
  /** Another browser, with the cookies of this client or with none. */
  browserFor: (client: Client | null) => Promise<BrowserContext>;
  /** Console errors, uncaught exceptions and policy violations; must be empty at the end. */
  complaints: string[];
};

export const test = base.extend<Fixtures>({
  complaints: [
    async ({ context }, provide) => {
      const complaints: string[] = [];
      listen(context, complaints);
      await provide(complaints);
      expect(complaints, "complaints of the browser").toEqual([]);
    },
    { auto: true },
  ],
  signedUp: async ({ app, context }, provide) => {
    await provide(async (mode) => {
      const made = await signedIn(app, mode);
      await giveCookies(context, made.client);
      return made;
    });
  },
  browserFor: async ({ browser, complaints }, provide) => {
    const contexts: BrowserContext[] = [];
    await provide(async (client) => {
      const context = await browser.newContext();
      contexts.push(context);
      listen(context, complaints);
      if (client) await giveCookies(context, client);
      return context;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

export { expect } from "@playwright/test";

export async function giveCookies(context: BrowserContext, client: Client): Promise<void> {
  await context.addCookies(
    [...client.jar.values()].map(({ name, value, attributes }) => ({
      name,
      value,
      domain: "localhost",
      path: attributes.path ?? "/",
      httpOnly: true,
      sameSite: "Lax",
    })),
  );
}

/** The value of a cookie in the browser; undefined where there is none. */
export async function cookieIn(context: BrowserContext, name: string): Promise<string | undefined> {
  return (await context.cookies()).find((cookie) => cookie.name === name)?.value;
}

function listen(context: BrowserContext, complaints: string[]): void {
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    const { url } = message.location();
    // Chromium reports every refused request here. A refusal by the API or a page is an answer; a missing file is a fault.
    const isAnswer = /^Failed to load resource: .* status of 4\d\d/.test(message.text());
    if (isAnswer && !/\.\w+($|\?)/.test(new URL(url).pathname)) return;
    complaints.push(`console: ${message.text()} (${url})`);
  });
  context.on("weberror", (error) => complaints.push(`exception: ${error.error().stack}`));
}
