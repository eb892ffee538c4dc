// Makes the secrets and keys a fresh installation needs, and keeps them in .env.local.
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { newKey } from "./keys.mjs";

const secret = () => randomBytes(48).toString("base64url");

const signingKeys = () => JSON.stringify({ keys: [newKey()] });

const MAKERS = {
  SESSION_SECRET: secret,
  REFRESH_TOKEN_SECRET: secret,
  PASSWORD_PEPPER: secret,
  ACCESS_TOKEN_KEYS: signingKeys,
};

/** One fresh value for every variable that has no default. */
export const freshSecrets = () =>
  Object.fromEntries(Object.entries(MAKERS).map(([name, make]) => [name, make()]));

/** Adds to `path` what neither it nor the environment has, and returns the names. Nothing in the file is changed. */
export function addMissingSecrets(path, environment = process.env) {
  const isNew = !existsSync(path);
  const text = isNew ? "" : readFileSync(path, "utf8");
  const known = { ...parseEnv(text), ...environment };
  const missing = Object.entries(MAKERS).filter(([name]) => !known[name]);
  if (missing.length === 0) return [];
  const lines = missing.map(([name, make]) => `${name}='${make()}'\n`).join("");
  // Created with its final mode: with a chmod afterwards there would be a moment in which others can read it.
  if (isNew)
    writeFileSync(path, `# Made for this machine alone. Never commit or copy it.\n${lines}`, {
      mode: 0o600,
      flag: "wx",
    });
  else appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${lines}`);
  return missing.map(([name]) => name);
}
