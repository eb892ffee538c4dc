// Builds the app into .next/standalone, a folder that serves anywhere with the environment alone (`npm run build`).
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { brotliCompressSync } from "node:zlib";
import "./node-version.mjs";
import { environmentModule } from "./environment.mjs";
import { generateClient, installPackages } from "./prepare.mjs";
import { buildStamp, ROOT, sourceHash } from "./sources.mjs";
import { command, node, step, StepError } from "./steps.mjs";

const require = createRequire(import.meta.url);
const STANDALONE = join(ROOT, ".next", "standalone");

/** Builds unless the last build was made from these sources. */
export const buildIfNeeded = () =>
  step("build", async () => {
    if (buildStamp.isCurrent()) return "already built from these sources";
    await build();
    return "built";
  });

async function build() {
  // Before the build: what changes while it runs must count as changed.
  const hash = sourceHash();
  const { code, output } = await node([require.resolve("next/dist/bin/next"), "build"], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  if (code !== 0) throw new StepError(`${output}\nThe build failed.`);
  // Next only warns, and then answers 500 to every request the middleware matches.
  if (output.includes("not supported in the Edge Runtime")) {
    throw new StepError(
      `${output}\nmiddleware.ts reaches something that only runs in Node.js. Import a *.edge.ts file there instead.`,
    );
  }
  completeStandalone();
  requireNoSecrets();
  writeFileSync(buildStamp.path, `${hash}\n`);
}

/** Scripts and styles, compressed once and as small as can be; lib/http/wire.ts serves them to browsers that take them. */
function compressStatic(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.(js|css)$/.test(entry.name)) {
      writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
    }
  }
}

/** Next leaves out what a CDN could serve, and knows nothing of our own start. */
function completeStandalone() {
  cpSync(join(ROOT, ".next", "static"), join(STANDALONE, ".next", "static"), { recursive: true });
  compressStatic(join(STANDALONE, ".next", "static"));
  if (existsSync(join(ROOT, "public")))
    cpSync(join(ROOT, "public"), join(STANDALONE, "public"), { recursive: true });

  const scripts = join(STANDALONE, "scripts");
  mkdirSync(scripts, { recursive: true });
  for (const name of [
    "serve.mjs",
    "migrate.mjs",
    "database-sqlite.mjs",
    "database-postgres.mjs",
    "port.mjs",
    "keys.mjs",
    "secrets.mjs",
    "rotate-secrets.mjs",
    "admin.mjs",
    "backup.mjs",
    "operator-database.mjs",
    "env-file.mjs",
    "health.mjs",
    "sources.mjs",
    "steps.mjs",
    "doctor.mjs",
    "load.mjs",
    "load",
    "doctor",
  ])
    cpSync(join(ROOT, "scripts", name), join(scripts, name), { recursive: true });
  for (const history of ["migrations-sqlite", "migrations-postgres"])
    cpSync(join(ROOT, "prisma", history), join(STANDALONE, "prisma", history), { recursive: true });

  writeFileSync(join(scripts, "env.mjs"), environmentModule());

  const { name, version, engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const start = { private: true, type: "module", engines, scripts: { start: "node scripts/serve.mjs" } };
  writeFileSync(
    join(STANDALONE, "package.json"),
    `${JSON.stringify({ name, version, ...start }, null, 2)}\n`,
  );
}

/** Next copies .env files beside server.js. What is shipped must not carry the builder's secrets, in any file. */
function requireNoSecrets() {
  for (const name of readdirSync(STANDALONE)) {
    if (name.startsWith(".env")) rmSync(join(STANDALONE, name));
  }
  const fromFile = existsSync(join(ROOT, ".env.local"))
    ? parseEnv(readFileSync(join(ROOT, ".env.local"), "utf8"))
    : {};
  const rotated = ["SESSION_SECRET", "REFRESH_TOKEN_SECRET", "PASSWORD_PEPPER"];
  const names = rotated.flatMap((name) => [name, `${name}_NEXT`, `${name}_PREVIOUS`]);
  const secrets = [...names, "ACCESS_TOKEN_KEYS", "METRICS_TOKEN"]
    .flatMap((name) => [fromFile[name], process.env[name]])
    // Each of several; a JWK Set has commas too, and no short part of it may decide.
    .flatMap((value) => [value, ...(value?.split(",").filter((part) => part.length >= 32) ?? [])])
    .filter(Boolean);
  for (const entry of readdirSync(STANDALONE, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || path.startsWith(join(STANDALONE, "node_modules"))) continue;
    const text = readFileSync(path, "latin1");
    if (entry.name.startsWith(".env") || secrets.some((secret) => text.includes(secret))) {
      throw new StepError(
        `The build carries a secret in ${path}. Read it when a request asks for it, not while building.`,
      );
    }
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  await command(async () => {
    await installPackages();
    await generateClient();
    await step("build", () => build().then(() => "built into .next/standalone"));
  });
}
