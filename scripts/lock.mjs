// Completes package-lock.json (`npm run lock`, after every change of dependencies): npm leaves out the packages of platforms that the
// registry it was run against does not offer, and `npm ci` then refuses the file, on those platforms and on every other.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LOCK = fileURLToPath(new URL("../package-lock.json", import.meta.url));
const SYSTEMS = new Set(["aix", "android", "darwin", "freebsd", "linux", "openharmony", "win32"]);

/** Every optional dependency that no entry answers for: { path, version, required by }. */
export function missingOptional(packages) {
  return Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(packages, from, name))
      .map(([name, version]) => ({ name, version, from })),
  );
}

/** Looks a name up as Node.js does: beside the package that asks, then outwards. */
function isLocked(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${folder ? `${folder}/` : ""}node_modules/${name}`]) return true;
    if (!folder) return false;
  }
}

/** Reads `linux-arm64-musl` and its kind off the end of a package name. */
export function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const wasm = words.includes("wasm32");
  const at = words.findIndex((word) => SYSTEMS.has(word));
  if (!wasm && (at < 0 || !words[at + 1])) throw new Error(`No platform can be read off the name ${name}.`);
  if (wasm) return { cpu: ["wasm32"] };
  const [os, cpu, abi = ""] = words.slice(at);
  const libc =
    os !== "linux"
      ? undefined
      : abi.startsWith("musl")
        ? ["musl"]
        : abi.startsWith("gnu")
          ? ["glibc"]
          : undefined;
  return { cpu: [cpu], ...(libc && { libc }), os: [os] };
}

function complete(lock) {
  const missing = missingOptional(lock.packages);
  for (const { name, version, from } of missing) {
    const { dev, devOptional } = lock.packages[from];
    // No `resolved` and no `integrity`: npm asks the reader's own registry for the exact version.
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(dev && { dev }),
      ...(devOptional && { devOptional }),
      optional: true,
    };
  }
  for (const entry of Object.values(lock.packages)) {
    if (/^https?:/.test(entry.resolved ?? "")) delete entry.resolved;
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
  );
  return missing.map(({ name }) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = JSON.parse(readFileSync(LOCK, "utf8"));
  const added = complete(lock);
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(added.length > 0 ? `Added ${added.length} platform packages.` : "The lock file is complete.");
}
