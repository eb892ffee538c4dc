// Makes the secrets and keys a fresh installation needs: kept in .env.local for `npm start`, printed for any other place (`secrets.mjs new`).
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { newKey } from "./keys.mjs";

const HELP = `Usage: node scripts/secrets.mjs new

Prints a fresh secret for every variable that has no default, as NAME='value' lines that a shell, systemd and Docker Compose
read alike. Keep them where only the server's operator can read:

  (umask 077; node scripts/secrets.mjs new > halfstate.env)
`;

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
  const missing = Object.keys(MAKERS).filter((name) => !known[name]);
  if (missing.length === 0) return [];
  const lines = linesOf(missing);
  // Created with its final mode: with a chmod afterwards there would be a moment in which others can read it.
  if (isNew)
    writeFileSync(path, `# Made for this machine alone. Never commit or copy it.\n${lines}`, {
      mode: 0o600,
      flag: "wx",
    });
  else appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${lines}`);
  return missing;
}

/** Quoted for shells, systemd, Compose and Node.js: no secret of ours has a quote or a dollar sign in it. */
const linesOf = (names) => names.map((name) => `${name}='${MAKERS[name]()}'\n`).join("");

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [action] = process.argv.slice(2);
  if (action === "new") process.stdout.write(linesOf(Object.keys(MAKERS)));
  else {
    console.log(HELP);
    process.exitCode = action === undefined || action === "--help" ? 0 : 2;
  }
}
