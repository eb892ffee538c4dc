// Shows and rotates the three secrets that nobody sees (`npm run secrets`). Nobody is signed out: the ones before stay accepted until they are retired.
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { loadEnvFile, saveVariables, variableLine } from "./env-file.mjs";
import { withDatabase } from "./operator-database.mjs";
import { freshSecrets } from "./secrets.mjs";
import { command, StepError } from "./steps.mjs";

const HELP = `Usage: npm run secrets -- status
       npm run secrets -- next   session|refresh|pepper
       npm run secrets -- rotate session|refresh|pepper
       npm run secrets -- retire session|refresh|pepper [--force]

status tells which secrets there are, by short names, and how many password hashes each pepper has made.

next makes the secret that comes next. It is accepted and not yet used: with several servers, restart all of them before you rotate.
rotate takes that one, or with one server a fresh one, into use. The one before stays accepted. Restart afterwards.
retire drops those before: SESSION_SECRET when the longest session is over, REFRESH_TOKEN_SECRET when the longest refresh token is,
PASSWORD_PEPPER when no password hash of theirs is left (a log-in replaces it), or with --force. Restart afterwards.

Secrets come from the environment, else from .env.local. Those from .env.local are written back there; others are printed.
`;

const DAY_SECONDS = 24 * 60 * 60;
const longest = (name) => Number(process.env[name] || 30 * DAY_SECONDS) + DAY_SECONDS;

const KINDS = {
  session: { name: "SESSION_SECRET", lifetimeSeconds: () => longest("SESSION_TTL_SECONDS") },
  refresh: { name: "REFRESH_TOKEN_SECRET", lifetimeSeconds: () => longest("REFRESH_TOKEN_TTL_SECONDS") },
  pepper: { name: "PASSWORD_PEPPER" },
};

/** How a password hash begins, and what may be shown of a secret: as in lib/auth/password/password.ts. */
const SCHEME = "hmac-sha384-bcrypt";
const shortName = (secret) =>
  createHmac("sha256", secret).update("name of this pepper").digest("hex").slice(0, 12);

function load({ name }) {
  const isFromFile = !process.env[name];
  loadEnvFile();
  const current = process.env[name];
  if (!current) throw new StepError(`There is no ${name} yet: \`npm start\` makes the first.`);
  const previous = (process.env[`${name}_PREVIOUS`] ?? "").split(",").map((one) => one.trim());
  const next = process.env[`${name}_NEXT`]?.trim() || null;
  return { isFromFile, current, next, previous: previous.filter(Boolean) };
}

/** The three variables of a secret; an empty value stands for none. */
const variables = (name, { current, next, previous }) => ({
  [name]: current,
  [`${name}_NEXT`]: next ?? "",
  [`${name}_PREVIOUS`]: previous.join(","),
});

function save({ name }, secrets) {
  const values = variables(name, secrets);
  if (secrets.isFromFile) saveVariables(values);
  else for (const [variable, value] of Object.entries(values)) console.log(variableLine(variable, value));
}

function makeNext(kind) {
  const secrets = load(kind);
  if (secrets.next) throw new StepError(`There is a ${kind.name}_NEXT already: rotate comes now.`);
  const next = freshSecrets()[kind.name];
  save(kind, { ...secrets, next });
  console.error(`${shortName(next)} is accepted next. Restart every server, then rotate.`);
}

function rotate(kind) {
  const { current, next, previous, isFromFile } = load(kind);
  if (current.includes(","))
    throw new StepError(`${kind.name} has a comma in it, which separates previous ones.`);
  const taken = next ?? freshSecrets()[kind.name];
  save(kind, { isFromFile, current: taken, next: null, previous: [current, ...previous] });
  console.error(`${shortName(taken)} is in use after a restart; ${shortName(current)} stays accepted.`);
  console.error(
    kind.lifetimeSeconds
      ? `Retire it not before ${new Date(Date.now() + kind.lifetimeSeconds() * 1000).toISOString()}: what was made with it is good until then.`
      : "Retire it when `npm run secrets -- status` counts no hash of it any more.",
  );
}

async function retire(kind, force) {
  const secrets = load(kind);
  if (secrets.previous.length === 0) throw new StepError(`There is no ${kind.name}_PREVIOUS to retire.`);
  if (kind === KINDS.pepper && !force) {
    const { byPepper } = await countHashes(secrets);
    const left = secrets.previous.reduce((sum, pepper) => sum + byPepper.get(pepper), 0);
    if (left > 0)
      throw new StepError(
        `${left} password hash${left === 1 ? " is" : "es are"} of a previous pepper: without it ${left === 1 ? "its owner" : "their owners"} could never log in again. They are replaced as people log in. To lock out those who did not, add --force.`,
      );
  }
  save(kind, { ...secrets, previous: [] });
  console.error(`Retired ${secrets.previous.map(shortName).join(", ")}. Restart the server.`);
}

/** How many password hashes each accepted pepper has made, and how many none of them has. Lab identities do not count: they are gone within the hour. */
const countHashes = ({ current, next, previous }) =>
  withDatabase(async ({ rows }) => {
    const count = async (pattern) => {
      const sql = `SELECT COUNT(*) AS "n" FROM "User" WHERE "labExpiresAt" IS NULL AND "passwordHash" LIKE ?`;
      return Number((await rows(sql, pattern))[0].n);
    };
    const byPepper = new Map();
    for (const pepper of [current, ...(next ? [next] : []), ...previous])
      byPepper.set(pepper, await count(`${SCHEME}.${shortName(pepper)}$%`));
    const oldest = previous.at(-1) ?? current;
    byPepper.set(oldest, byPepper.get(oldest) + (await count(`${SCHEME}$%`)));
    const known = [...byPepper.values()].reduce((sum, n) => sum + n, 0);
    return { byPepper, unknown: (await count(`${SCHEME}%`)) - known };
  });

async function status() {
  for (const kind of Object.values(KINDS)) {
    const secrets = load(kind);
    const { byPepper, unknown } = kind === KINDS.pepper ? await countHashes(secrets) : {};
    const line = (role, secret) => {
      const hashes = byPepper ? `  ${byPepper.get(secret)} password hashes` : "";
      console.log(`${kind.name.padEnd(22)}${role.padEnd(10)}${shortName(secret)}${hashes}`);
    };
    line("in use", secrets.current);
    if (secrets.next) line("next", secrets.next);
    for (const secret of secrets.previous) line("previous", secret);
    if (unknown)
      console.log(`${unknown} password hashes are of a pepper that is not here: their owners cannot log in.`);
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [action, which, ...options] = process.argv.slice(2);
  const kind = Object.hasOwn(KINDS, which ?? "") ? KINDS[which] : undefined;
  await command(async () => {
    if (action === "status") return status();
    if (kind && action === "next") return makeNext(kind);
    if (kind && action === "rotate") return rotate(kind);
    if (kind && action === "retire") return retire(kind, options.includes("--force"));
    console.log(HELP);
    process.exitCode = action === undefined || action === "--help" ? 0 : 2;
  });
}
