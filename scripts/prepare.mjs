// What every command needs first: the packages, the Prisma clients, the secrets and a free port.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { takenPort } from "./port.mjs";
import { addMissingSecrets } from "./secrets.mjs";
import { modelsHash, readStamp, ROOT } from "./sources.mjs";
import { node, npm, step, StepError } from "./steps.mjs";

const ENV_FILE = join(ROOT, ".env.local");
export const DEFAULT_PORT = "3000";
export const DEFAULT_HOST = "127.0.0.1";

/**
 * Installs the packages unless exactly those of the lock file are there. Without PostgreSQL the driver of SQLite, which is compiled code,
 * must load in this Node.js too; with it, nothing needs to be compiled.
 */
export const installPackages = ({ needsSqlite = !usesPostgres() } = {}) =>
  step("packages", async () => {
    const driverIsFine = async () => !needsSqlite || (await driverLoads());
    if (packagesMatchLock() && (await driverIsFine())) return "already installed";
    process.stdout.write("installing, a minute or two … ");
    // Of all packages only the driver of SQLite has a script to run (`allowScripts`). Those that build are named, because npm leaves
    // them out where NODE_ENV says production, as many hosts do.
    const args = ["ci", "--include=dev", ...(needsSqlite ? [] : ["--ignore-scripts"])];
    const { code, output } = await npm(args, { cwd: ROOT });
    if (code !== 0) {
      throw new StepError(
        `${npmReason(output)}\nThe packages could not be installed. Check the connection to the npm registry and run this again.`,
      );
    }
    if (await driverIsFine()) return "installed";
    throw new StepError(
      `better-sqlite3 does not load in Node.js ${process.versions.node}: it found no prebuilt binary and could not compile one. ` +
        "Install a C++ compiler (Debian and Ubuntu: apt-get install build-essential python3; macOS: xcode-select --install) and run this again, " +
        "or set DATABASE_URL to a PostgreSQL database, which needs none.",
    );
  });

const usesPostgres = () => /^postgres(ql)?:/.test(process.env.DATABASE_URL ?? "");

/** What went wrong comes first; the usage text npm appends to it does not help. */
const npmReason = (output) =>
  output
    .split("\n")
    .filter((line) => /^npm (error|ERR!) ./.test(line))
    .slice(0, 15)
    .join("\n");

function packagesMatchLock() {
  // npm leaves this file when an installation has succeeded, and only then.
  const installedLock = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(installedLock)) return false;
  const { packages: installed } = JSON.parse(readFileSync(installedLock, "utf8"));
  const { packages: wanted } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return (
    Object.keys(installed).every((name) => wanted[name]) &&
    Object.entries(wanted).every(
      ([name, { version, optional }]) =>
        name === "" || (installed[name] ? installed[name].version === version : optional === true),
    )
  );
}

/** In another process: once a native module failed to load, this one would keep failing after the repair. */
async function driverLoads() {
  const { code } = await node(["-e", "new (require('better-sqlite3'))(':memory:')"], { cwd: ROOT });
  return code === 0;
}

/** Generates the Prisma clients, one a database, unless they were made from these models. */
export const generateClient = () =>
  step("database code", async () => {
    const stamp = join(ROOT, "generated", "models-hash");
    const hash = modelsHash();
    if (readStamp(stamp) === hash) return "already generated";
    const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
    for (const schema of ["prisma/sqlite", "prisma/postgres"]) {
      const { code, output } = await node([prisma, "generate", "--schema", schema], {
        cwd: ROOT,
        // Any existing file keeps Prisma from downloading the native engine, which generating never runs.
        // Set for this child alone: `prisma migrate` would try to run it.
        env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
      });
      if (code !== 0)
        throw new StepError(`${output}\nThe Prisma client could not be generated from prisma/models.`);
    }
    writeFileSync(stamp, `${hash}\n`);
    return "generated";
  });

/** Reads .env.local into the environment, where variables that are set already win, after adding what it lacks. */
export const loadSecrets = () =>
  step("secrets", async () => {
    const isNew = !existsSync(ENV_FILE);
    const added = addMissingSecrets(ENV_FILE);
    if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
    if (added.length === 0) return isNew ? "from the environment" : "from .env.local";
    return isNew ? "fresh ones written to .env.local" : `added to .env.local: ${added.join(", ")}`;
  });

/** Ends at once when the address is taken, before minutes are spent on a start that must fail. */
export async function requireFreePort() {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const problem = await takenPort(process.env.HOST || DEFAULT_HOST, process.env.PORT || DEFAULT_PORT);
  if (problem) throw new StepError(problem);
}
