// Shows and rotates the keys that sign access tokens (`npm run keys`). Nobody is signed out: an old key verifies until its last token is gone.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { loadEnvFile, saveVariables, variableLine } from "./env-file.mjs";
import { command, StepError } from "./steps.mjs";

const HELP = `Usage: npm run keys -- list
       npm run keys -- new [--alg EdDSA|ES256]
       npm run keys -- rotate [--in HOURS] [--alg EdDSA|ES256]

new prints a fresh ACCESS_TOKEN_KEYS for a new deployment.

rotate adds a new key to ACCESS_TOKEN_KEYS and gives the old ones an end. The new key is published at once and signs after HOURS
(default 0). With several servers, or resource servers that cache the JWKS, choose HOURS so that all have been restarted
and have fetched it before it signs, for example 24. Restart the server afterwards.

Keys come from the environment, else from .env.local. Those from .env.local are written back there; others are printed.
`;

/** After it stops signing, an old key verifies for the longest access token, and for a day in which to restart. */
const RESTART_SECONDS = 24 * 60 * 60;

/** A fresh private JWK. */
export function newKey(alg = "EdDSA") {
  const pair =
    alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  return { kid: randomBytes(8).toString("base64url"), alg, ...pair.privateKey.export({ format: "jwk" }) };
}

/** The set after a rotation at `nowSeconds`; keys whose end has passed are left out. */
export function rotated(keys, { nowSeconds, inSeconds, tokenTtlSeconds, alg }) {
  const signsFrom = nowSeconds + inSeconds;
  const end = signsFrom + tokenTtlSeconds + RESTART_SECONDS;
  const kept = keys
    .filter((key) => (key.exp ?? Infinity) > nowSeconds)
    .map((key) => ({ ...key, exp: Math.min(key.exp ?? Infinity, end) }));
  return [{ ...newKey(alg), nbf: signsFrom }, ...kept];
}

function load() {
  const inEnvironment = process.env.ACCESS_TOKEN_KEYS;
  if (!inEnvironment) loadEnvFile();
  const text = process.env.ACCESS_TOKEN_KEYS;
  if (!text)
    throw new StepError("There are no keys yet: `npm start` makes the first. Or set ACCESS_TOKEN_KEYS.");
  return { keys: JSON.parse(text).keys, isFromFile: !inEnvironment };
}

const option = (args, name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const moment = (seconds) => new Date(seconds * 1000).toISOString();

function list() {
  for (const { kid, alg, nbf, exp } of load().keys) {
    const from = nbf ? moment(nbf) : "the beginning";
    console.log(`${kid}  ${alg}  signs from ${from}  verifies until ${exp ? moment(exp) : "further notice"}`);
  }
}

function rotate(args) {
  const { keys, isFromFile } = load();
  const hours = Number(option(args, "--in") ?? 0);
  const alg = option(args, "--alg") ?? "EdDSA";
  if (!Number.isFinite(hours) || hours < 0 || !["EdDSA", "ES256"].includes(alg)) throw new StepError(HELP);
  const next = rotated(keys, {
    nowSeconds: Math.floor(Date.now() / 1000),
    inSeconds: Math.round(hours * 3600),
    tokenTtlSeconds: Number(process.env.ACCESS_TOKEN_TTL_SECONDS ?? 900),
    alg,
  });
  const value = JSON.stringify({ keys: next });
  if (isFromFile) saveVariables({ ACCESS_TOKEN_KEYS: value });
  else console.log(variableLine("ACCESS_TOKEN_KEYS", value));
  console.error(`New key ${next[0].kid} signs from ${moment(next[0].nbf)}. Restart the server to use it.`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [action, ...args] = process.argv.slice(2);
  await command(() => {
    if (action === "list") return list();
    if (action === "rotate") return rotate(args);
    if (action === "new") return console.log(JSON.stringify({ keys: [newKey(option(args, "--alg"))] }));
    console.log(HELP);
    process.exitCode = action === undefined || action === "--help" ? 0 : 2;
  });
}
