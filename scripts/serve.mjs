// Serves a build with the environment alone: checks it, brings the database up to date, listens. Needs nothing outside the folder of the build.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { reachable } from "./port.mjs";

const FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVER = join(FOLDER, "server.js");

class ServeError extends Error {}

/** Until the app attends to signals in its place (lib/http/shutdown.ts). The first process of a container is only ended by those attended to. */
const endAtOnce = (_signal, number) => process.exit(128 + number);

/** Checks the environment and the port, and applies missing migrations; returns their names and what `listen` needs. */
export async function prepare() {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, endAtOnce);
  if (!existsSync(SERVER)) {
    throw new ServeError(
      "There is no build in this folder. Run `npm run build`, then `node .next/standalone/scripts/serve.mjs`.",
    );
  }
  const { parseEnv } = await import("./env.mjs");
  const { absoluteDatabaseUrl, deploy, shownDatabaseUrl } = await import("./migrate.mjs");
  const { freePort, takenPort } = await import("./port.mjs");

  const host = process.env.HOST || "127.0.0.1";
  if (process.env.PORT === "0") process.env.PORT = String(await freePort(host));
  // Here rather than in the app's own start: Next keeps listening when that fails, and answers 500 for ever.
  const { port, appUrl, databaseUrl } = parseEnv(process.env);
  const taken = await takenPort(host, port);
  if (taken) throw new ServeError(taken);

  // server.js changes the working directory, so a relative path would name another file there.
  process.env.DATABASE_URL = absoluteDatabaseUrl(databaseUrl);
  const applied = await deploy({ databaseUrl: process.env.DATABASE_URL, root: FOLDER }).catch((error) => {
    throw new ServeError(
      `The database ${shownDatabaseUrl(process.env.DATABASE_URL)} could not be brought up to date: ${error.message}\n` +
        "Check that DATABASE_URL is right and that the database, or the folder of its file, can be written to.",
    );
  });
  return { applied, host, port, appUrl };
}

/** Resolves once the app answers. */
export async function listen({ host, port }) {
  // Next reads HOSTNAME, which many machines set to their own name: listening there would open the app to the network.
  process.env.HOSTNAME = host;
  process.env.PORT = String(port);
  process.env.NODE_ENV = "production";
  // Longer than a proxy keeps a connection that it does not use: what we closed first, it might send a request on.
  process.env.KEEP_ALIVE_TIMEOUT = "75000";
  await import(pathToFileURL(SERVER).href);
  const health = `http://${reachable(host)}:${port}/api/health`;
  await answers(`${health}/live`);
  // Told to end meanwhile, it has nothing to say.
  const ready = await fetch(`${health}/ready`).then(
    (response) => response.json(),
    () => null,
  );
  const differs = ready?.configuration?.differs ?? [];
  if (differs.length > 0) {
    console.warn(
      `Warning: another instance on this database has another ${differs.join(", ")}. ` +
        "The log says what goes wrong, docs/operating.md what to do.",
    );
  }
}

async function answers(url) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch(() => null);
    if (response?.ok) return response.arrayBuffer();
    if (response)
      throw new ServeError(
        `The app started but does not work: ${url} answers ${response.status}. Why is said above.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new ServeError(`The app did not answer at ${url} within a minute.`);
}

/** What stands between the reader and a running app is its message; a bug is its stack. */
export function explain(error) {
  return error instanceof ServeError || error?.name === "EnvError" ? error.message : error;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    const prepared = await prepare();
    if (prepared.applied.length > 0) console.log(`Applied ${prepared.applied.join(", ")} to the database.`);
    await listen(prepared);
    console.log(`Halfstate answers at ${prepared.appUrl}`);
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}
