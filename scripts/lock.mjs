// Completes package-lock.json after a change of dependencies (`npm run lock`): a partial registry mirror leaves out other platforms'
// optional packages, and `npm ci` then refuses the file.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main, ROOT } from "./lib.mjs";

const OS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const CPU = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

/** Adds what is missing to a parsed lock file; returns the names added. */
export function complete(lock) {
  const added = [];
  for (const [place, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (lock.packages[`node_modules/${name}`] || lock.packages[`${place}/node_modules/${name}`]) continue;
      lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), optional: true };
      added.push(name);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return added;
}

function platformOf(name) {
  const words = name.split(/[/-]/);
  if (words.includes("wasm32")) return { cpu: ["wasm32"] };
  const os = OS.find((word) => words.includes(word));
  const cpu = CPU.find((word) => words.includes(word));
  const libc =
    words.includes("musl") || words.includes("musleabihf")
      ? "musl"
      : words.includes("gnu") || words.includes("gnueabihf")
        ? "glibc"
        : null;
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(libc ? { libc: [libc] } : {}), ...(os ? { os: [os] } : {}) };
}

if (process.argv[1] === import.meta.filename) {
  await main(() => {
    const file = path.join(ROOT, "package-lock.json");
    const lock = JSON.parse(readFileSync(file, "utf8"));
    const added = complete(lock);
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(added.length > 0 ? `Added ${added.length}: ${added.join(", ")}` : "Nothing was missing.");
  });
}
