// The same preparation as `npm start`, then the development server (`npm run dev`).
import "./node-version.mjs";
import { createRequire } from "node:module";
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  generateClient,
  installPackages,
  loadSecrets,
  requireFreePort,
} from "./prepare.mjs";
import { command, node, step, StepError } from "./steps.mjs";

await command(async () => {
  await requireFreePort();
  await installPackages();
  await generateClient();
  await loadSecrets();
  // Not before the packages are there.
  const { checkEnvironment } = await import("./environment.mjs");
  await checkEnvironment();
  await step("database", async () => {
    const { DEFAULT_DATABASE_URL, absoluteDatabaseUrl, deploy } = await import("./migrate.mjs");
    process.env.DATABASE_URL = absoluteDatabaseUrl(process.env.DATABASE_URL || DEFAULT_DATABASE_URL);
    const applied = await deploy({ databaseUrl: process.env.DATABASE_URL }).catch((error) => {
      throw new StepError(`The database could not be brought up to date: ${error.message}`);
    });
    return applied.length > 0 ? `applied ${applied.join(", ")}` : "up to date";
  });
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const address = ["-H", process.env.HOST || DEFAULT_HOST, "-p", process.env.PORT || DEFAULT_PORT];
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  const { code } = await node([next, "dev", ...address], { env, show: true });
  process.exitCode = code;
});
