// Builds the app into .next/standalone, complete and without secrets, and remembers from which sources (`npm run build`).
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bin, capture, Halt, main, ROOT, run } from "./lib.mjs";

const STANDALONE = path.join(ROOT, ".next", "standalone");
const STAMP = path.join(STANDALONE, ".built-from");
const SOURCES = [
  "app",
  "lib",
  "prisma",
  "public",
  "scripts/migrate.mjs",
  "scripts/serve.mjs",
  "instrumentation.ts",
  "middleware.ts",
  "next.config.ts",
  "package-lock.json",
  "postcss.config.mjs",
  "tsconfig.json",
];

export const isBuildFresh = () => existsSync(STAMP) && readFileSync(STAMP, "utf8") === fingerprint(SOURCES);

/** Generates the Prisma client where it is missing or older than the models; tells whether it did. */
export async function generateClient() {
  const stamp = path.join(ROOT, "generated", ".generated-from");
  const from = fingerprint(["prisma/models", "prisma/sqlite/schema.prisma", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === from) return false;
  rmSync(path.join(ROOT, "generated"), { recursive: true, force: true });
  const [node, prisma] = bin("prisma", "build/index.js");
  await run(node, [prisma, "generate", "--schema", "prisma/sqlite"], {
    // Generating needs no engine, but asks for one and would download it: any file that exists satisfies it.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
    remedy: "Check the models in prisma/models.",
  });
  writeFileSync(stamp, from);
  return true;
}

export async function build() {
  await generateClient();
  const [node, next] = bin("next", "dist/bin/next");
  const { code, output } = await capture(node, [next, "build"], {
    env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
  });
  if (code !== 0)
    throw new Halt(`${output}\nThe build failed. Mend what it names above and run \`npm run build\` again.`);
  // Next only warns of Node code that the middleware reaches, and then answers 500 to every request it matches.
  if (/not supported in the Edge Runtime/.test(output)) {
    throw new Halt(
      `${output}\nThe middleware reaches code that the edge runtime does not have; see above for what.`,
    );
  }
  cpSync(path.join(ROOT, ".next", "static"), path.join(STANDALONE, ".next", "static"), { recursive: true });
  const pub = path.join(ROOT, "public");
  if (existsSync(pub)) cpSync(pub, path.join(STANDALONE, "public"), { recursive: true });
  refuseSecrets();
  writeFileSync(STAMP, fingerprint(SOURCES));
}

function refuseSecrets() {
  const found = readdirSync(STANDALONE).filter((name) => name.startsWith(".env") || name === "data");
  if (found.length > 0)
    throw new Halt(`The build took ${found.join(", ")} along, which may hold secrets: see next.config.ts.`);
}

function fingerprint(places) {
  const hash = createHash("sha256").update(process.versions.node);
  for (const place of places) {
    for (const file of filesOf(path.join(ROOT, place))) {
      hash.update(path.relative(ROOT, file)).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}

function filesOf(place) {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  return readdirSync(place)
    .sort()
    .flatMap((name) => filesOf(path.join(place, name)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await build();
    console.log(
      "Built into .next/standalone. Serve it from anywhere with `node scripts/serve.mjs` in that folder.",
    );
  });
}
