/** Two server processes on one database with the same secrets: what one does, the other must know. */
import { startApp, test as base, type App } from "./app";

/** A second process beside `app`: the same environment, another port. */
export function startBeside(app: App, more: Record<string, string> = {}): Promise<App> {
  const { PORT: _port, ...env } = app.env;
  return startApp({ ...env, ...more });
}

export const test = base.extend<object, { other: App }>({
  other: [
    async ({ app }, use) => {
      const other = await startBeside(app);
      await use(other);
      await other.stop();
    },
    { scope: "worker" },
  ],
});

export { expect, ON_BOTH } from "./app";
