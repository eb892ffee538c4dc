// Everything a clone needs before it can run: packages, the Prisma client, secrets, the database.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { newKey } from "./keys.mjs";
import { Halt, ROOT, run, step } from "./lib.mjs";

const ENV_FILE = path.join(ROOT, ".env.local");

/** Installs what the lock file names, unless it is there already. */
export async function install() {
  await step("packages", async () => {
    if (isInstalled()) return "already installed";
    const npm = process.env.npm_execpath;
    const [command, ...first] = npm ? [process.execPath, npm] : ["npm"];
    await run(command, [...first, "ci", "--no-audit", "--no-fund"], {
      remedy:
        "Check the network and run it again. better-sqlite3 is compiled where no ready-made one fits: that needs python3, make and a C++ compiler.",
    });
    return "installed";
  });
}

function isInstalled() {
  const wanted = path.join(ROOT, "package-lock.json");
  const present = path.join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(present)) return false;
  const installed = JSON.parse(readFileSync(present, "utf8")).packages;
  return Object.entries(JSON.parse(readFileSync(wanted, "utf8")).packages).every(
    // Binaries for other platforms are in the lock and rightly not in the folder.
    ([name, { version, optional, os }]) =>
      name === "" || (optional && (os || !installed[name])) || installed[name]?.version === version,
  );
}

export async function generate() {
  const { generateClient } = await import("./build.mjs");
  await step("database client", async () => ((await generateClient()) ? "generated" : "up to date"));
}

/** Writes fresh secrets to .env.local where there are none; whatever the environment says wins over the file. */
export async function secrets() {
  await step("secrets", async () => {
    const written = existsSync(ENV_FILE) ? false : writeSecrets();
    process.loadEnvFile(ENV_FILE);
    const missing = Object.keys(freshSecrets()).filter((name) => !process.env[name]);
    if (missing.length > 0) {
      throw new Halt(
        `.env.local lacks ${missing.join(", ")}. Add what is missing, or move the file away to have a new one written (which signs everybody out).`,
      );
    }
    return written ? "written to .env.local" : "in .env.local";
  });
}

function writeSecrets() {
  const lines = Object.entries(freshSecrets()).map(([name, value]) => `${name}='${value}'`);
  const head =
    "# Secrets of this installation, made once by `npm start`. Keep them: without them nobody stays signed in.";
  // wx: never over an existing file, also when two of us start at once.
  writeFileSync(ENV_FILE, `${head}\n${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  return true;
}

/** Secrets and keys as environment variables. */
export function freshSecrets() {
  const secret = () => randomBytes(48).toString("base64url");
  return {
    SESSION_SECRET: secret(),
    REFRESH_TOKEN_SECRET: secret(),
    PASSWORD_PEPPER: secret(),
    ACCESS_TOKEN_KEYS: JSON.stringify({ keys: [newKey()] }),
  };
}

export async function database() {
  const { deploy } = await import("./migrate.mjs");
  await step("database", async () => {
    const databaseUrl = process.env.DATABASE_URL ?? "file:./data/halfstate.db";
    try {
      const applied = await deploy({ databaseUrl, root: ROOT });
      return applied.length > 0 ? `applied ${applied.join(", ")}` : "up to date";
    } catch (error) {
      throw new Halt(
        `The database ${databaseUrl} could not be brought up to date: ${error.message}\nCheck that its folder can be written to, and DATABASE_URL.`,
      );
    }
  });
}
