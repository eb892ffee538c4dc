// .env.local, where one server keeps its secrets: reading it, and replacing variables in it.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./sources.mjs";

const ENV_FILE = path.join(ROOT, ".env.local");

/** Adds what the file has to the environment, where variables that are set already win. */
export function loadEnvFile() {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
}

/** Gives variables of the file these values; an empty one leaves it. */
export function saveVariables(values) {
  let text = readFileSync(ENV_FILE, "utf8");
  for (const [name, value] of Object.entries(values)) {
    const line = value ? `${variableLine(name, value)}\n` : "";
    const present = new RegExp(`^${name}=.*(?:\\n|$)`, "m");
    if (present.test(text)) text = text.replace(present, () => line);
    else text += `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}`;
  }
  // Renamed into place, so that a crash leaves the old file or the new one, never half of one.
  writeFileSync(`${ENV_FILE}.new`, text, { mode: 0o600 });
  renameSync(`${ENV_FILE}.new`, ENV_FILE);
}

export const variableLine = (name, value) => `${name}='${value}'`;
