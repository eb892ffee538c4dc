// Tests a running deployment from outside, as a visitor and as an attacker would (`npm run doctor -- https://my.host`).
import { fileURLToPath } from "node:url";
import { CHECKS } from "./doctor/checks.mjs";
import { Untried, untried } from "./doctor/findings.mjs";
import { peopleOf } from "./doctor/people.mjs";
import { exitCodeOf, findingsText, row, summary, wrapped } from "./doctor/report.mjs";
import { givenOrigin, parsedArguments, UsageError, whyNotHalfstate } from "./doctor/site.mjs";
import { NoAnswer, siteAt, Stopped } from "./doctor/wire.mjs";

const HELP = `Usage: npm run doctor -- <address> [options]

  npm run doctor -- https://my.host
  npm run doctor -- https://my.host --only logout,limiter
  node scripts/doctor.mjs https://my.host --json > doctor.json     without npm, as in the built folder

Tests a running Halfstate from outside. It opens two throw-away accounts, sends some wrong passwords, and
removes the accounts at the end, also after Ctrl+C.

  --only <checks>            only these, separated by commas; --list names them all
  --connections <n>          how often to ask where instances may differ, each time on a new connection (24)
  --password-failures <n>    LIMIT_PASSWORD_FAILURES of the deployment, where it is not 5
  --timeout <seconds>        how long to wait for one answer (15)
  --insecure                 look past a certificate that is not trusted; NODE_EXTRA_CA_CERTS is the better way
  --strict                   end with 1 for warnings too
  --json                     one JSON document on standard output
  --list                     the checks, and what each does
  --help

Ends with 0 when all is well (warnings are told), 1 when something is wrong, 2 when it could not be found out: the address
does not answer, is no Halfstate, or limits this machine just now.
`;

const OPTIONS = {
  only: { type: "string", multiple: true },
  connections: { type: "string", default: "24" },
  "password-failures": { type: "string", default: "5" },
  timeout: { type: "string", default: "15" },
  insecure: { type: "boolean", default: false },
  strict: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

/** What the arguments ask for. Throws a UsageError with a sentence. */
export function readArguments(args) {
  const { values, positionals } = parsedArguments(args, OPTIONS);
  if (values.help || values.list) return { ...values, url: null };
  const wholeNumber = (name, min, max) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new UsageError(`--${name} is "${values[name]}": give a whole number from ${min} to ${max}.`);
  };
  const url = givenOrigin(positionals);
  const wanted = (values.only ?? []).flatMap((list) => list.split(",")).map((id) => id.trim());
  const unknown = wanted.filter((id) => !CHECKS.some((check) => check.id === id));
  if (unknown.length > 0)
    throw new UsageError(`There is no check "${unknown.join('", "')}". --list names them all.`);
  return {
    ...values,
    url,
    checks: wanted.length > 0 ? CHECKS.filter(({ id }) => wanted.includes(id)) : CHECKS,
    connections: wholeNumber("connections", 2, 1000),
    passwordFailures: wholeNumber("password-failures", 1, 1000),
    timeoutMs: wholeNumber("timeout", 1, 600) * 1000,
  };
}

/** One check, made and judged. A bug in the doctor is not swallowed. */
async function made(check, visit, disagrees) {
  if (check.needsAgreement && disagrees)
    return untried("the instances do not accept each other's credentials; see secrets");
  try {
    return check.judge(await check.measure(visit));
  } catch (error) {
    if (error instanceof Untried || error instanceof NoAnswer) return untried(error.message);
    throw error;
  }
}

const intention = ({ origin }, { connections, passwordFailures }) => {
  const plan =
    `Opens up to two throw-away accounts (doctor-…@doctor.invalid) and removes them at the end. Sends up to ${passwordFailures * 2} wrong ` +
    "passwords, of the 50 that an address may in a quarter of an hour, and some hundreds of other requests, each on a connection of " +
    `its own (${connections} where instances may differ). What stays: lines in the logs, and a few events in the audit trail, of wrong ` +
    "passwords and of the accounts that are gone, and the result of one experiment of the Lab.";
  return `Doctor for ${origin}\n\n${wrapped(plan, 96, 0)}\n`;
};

async function examine({ url, checks, timeoutMs, insecure, strict, json, connections, passwordFailures }) {
  const site = siteAt(url, { timeoutMs, insecure });
  const startedAt = performance.now();
  const hasColour = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
  const say = (text) => void (json || console.log(text));

  const reason = await whyNotHalfstate(site);
  if (reason) {
    if (json)
      console.log(
        JSON.stringify({ address: site.origin, exitCode: 2, reason, checks: [], left: [] }, null, 2),
      );
    else console.error(reason);
    return 2;
  }
  say(intention(site, { connections, passwordFailures }));

  const people = peopleOf(site);
  const memory = new Map();
  const once = (name, act) => {
    if (!memory.has(name)) memory.set(name, act());
    return memory.get(name);
  };
  const visit = { site, people, once, connections, passwordFailures };

  let signal = null;
  let signalledAt = 0;
  const onSignal = (name) => {
    // npm passes on a Ctrl+C that the terminal has sent already: only one that comes later is meant, and leaves the accounts.
    if (signal && performance.now() - signalledAt > 1000) process.exit(name === "SIGINT" ? 130 : 143);
    if (signal) return;
    signal = name;
    signalledAt = performance.now();
    console.error("\nStopping; removing the accounts first.");
    site.stop();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

  const results = [];
  let left = [];
  try {
    for (const check of checks) {
      const disagrees = results.some(({ id, verdict }) => id === "secrets" && verdict === "fail");
      const result = { id: check.id, title: check.title, ...(await made(check, visit, disagrees)) };
      results.push(result);
      say(row(result, { hasColour }));
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    site.resume();
    left = await people.removeAll();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    for (const sentence of left) console.error(`${sentence} Remove it in /admin.`);
  }
  const milliseconds = Math.round(performance.now() - startedAt);
  const exitCode = signal ? (signal === "SIGINT" ? 130 : 143) : exitCodeOf(results, { strict });
  if (json) {
    console.log(
      JSON.stringify({ address: site.origin, exitCode, milliseconds, checks: results, left }, null, 2),
    );
  } else {
    if (results.some(({ findings }) => findings.length > 0)) say(`\n${findingsText(results, { hasColour })}`);
    say(`\n${signal ? "Stopped early. " : ""}${summary(results, milliseconds)}`);
  }
  return exitCode;
}

async function main(args) {
  try {
    const asked = readArguments(args);
    if (asked.help) return void console.log(HELP);
    if (asked.list)
      return void console.log(
        CHECKS.map(({ id, asks }) => `${id.padEnd(16)}${wrapped(asks, 80, 16)}`).join("\n"),
      );
    process.exitCode = await examine(asked);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await main(process.argv.slice(2));
