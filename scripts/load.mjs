// Simulated people on a running deployment, at a chosen rate, and what it makes of them (`npm run load -- https://my.host`).
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { fileURLToPath } from "node:url";
import { jsonOf } from "./doctor/answers.mjs";
import { givenOrigin, parsedArguments, UsageError, whyNotHalfstate } from "./doctor/site.mjs";
import { exchange, many, siteAt } from "./doctor/wire.mjs";
import { live } from "./load/person.mjs";
import { newTally, OUTCOMES } from "./load/tally.mjs";

const HELP = `Usage: npm run load -- <address> [options]

  npm run load -- http://localhost:3000
  npm run load -- https://my.host --rate 2 --seconds 300 --modes session

People arrive at a rate, whether or not those before them are done. Each signs up, looks around (a page, then
GET /api/me, renewing silently), switches mode, looks around, logs out, watches the ended credential until it is refused
everywhere, comes back, looks around and deletes the account.

  --rate <people a second>    0.5; each costs three password hashes besides the rest
  --seconds <n>               for how long people arrive: 60
  --visits <n>                requests of each look around: 6
  --think <seconds>           mean pause between them: 1
  --renew <seconds>           a JWT is renewed after so long, not only when it has expired: 15
  --modes <list>              in which modes they sign up, in turn: jwt,session
  --timeout <seconds>         how long to wait for one answer: 15
  --insecure                  look past a certificate that is not trusted
  --json                      the summary as one JSON document on standard output
  --help

All come from one address: the deployment must allow them, with LIMIT_SIGNUPS=100000 while it is tested. What stays: its
lines in the logs, and events of accounts that are gone in the audit trail.

Ends with 0 when all went as it should, 1 when an answer was wrong or an ended credential lived for longer than a second,
2 when nothing could be tested.
`;

const OPTIONS = {
  rate: { type: "string", default: "0.5" },
  seconds: { type: "string", default: "60" },
  visits: { type: "string", default: "6" },
  think: { type: "string", default: "1" },
  renew: { type: "string", default: "15" },
  modes: { type: "string", default: "jwt,session" },
  timeout: { type: "string", default: "15" },
  insecure: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

const MODES = ["jwt", "session"];
/** How long an ended credential may live (http-contract: prompt revocation). */
const REVOCATION_MS = 1_000;

/** What the arguments ask for. Throws a UsageError with a sentence. */
export function readArguments(args) {
  const { values, positionals } = parsedArguments(args, OPTIONS);
  if (values.help) return { help: true };
  const number = (name, min, max) => {
    const value = Number(values[name]);
    if (values[name].trim() !== "" && value >= min && value <= max) return value;
    throw new UsageError(`--${name} is "${values[name]}": give a number from ${min} to ${max}.`);
  };
  const url = givenOrigin(positionals);
  const modes = values.modes.split(",").map((mode) => mode.trim());
  if (!modes.every((mode) => MODES.includes(mode)))
    throw new UsageError(`--modes is "${values.modes}": give jwt, session, or both with a comma.`);
  return {
    url,
    modes,
    rate: number("rate", 0.01, 1000),
    seconds: number("seconds", 1, 86_400),
    visits: Math.round(number("visits", 0, 10_000)),
    thinkSeconds: number("think", 0, 3600),
    renewSeconds: number("renew", 0.1, 86_400),
    timeoutMs: number("timeout", 1, 600) * 1000,
    insecure: values.insecure,
    json: values.json,
  };
}

/** The ids of the instances that answered, where they tell. */
async function instancesOf(site) {
  const answers = await many(24, () => site.send("GET", "/api/health/live"));
  return [...new Set(answers.map((answer) => jsonOf(answer)?.instance).filter(Boolean))];
}

async function load(asked) {
  const { url, modes, rate, seconds, visits, thinkSeconds, renewSeconds, timeoutMs, insecure, json } = asked;
  const fresh = siteAt(url, { timeoutMs, insecure });
  const reason = await whyNotHalfstate(fresh);
  if (reason) {
    console.error(reason);
    return 2;
  }
  const instances = await instancesOf(fresh);
  const Agent = url.protocol === "https:" ? HttpsAgent : HttpAgent;
  // Gives an idle connection up before servers do: a request sent on it in that moment would be a reset.
  const agent = new Agent({ keepAlive: true, timeout: 4000 });
  const site = {
    send: (method, path, outgoing) =>
      exchange(url, method, path, { ...outgoing, timeoutMs, insecure, agent }),
  };
  const say = (text) => void (json || console.log(text));
  say(
    `Load on ${url.origin}: ${rate} people a second for ${seconds} s` +
      (instances.length > 0
        ? `, ${instances.length} ${instances.length === 1 ? "instance" : "instances"}`
        : ""),
  );

  const tally = newTally();
  const startedAt = performance.now();
  let isEnding = false;
  let wake = () => {};
  const ended = new Promise((resolve) => (wake = resolve));
  const end = () => {
    isEnding = true;
    wake();
  };
  const pause = (pauseSeconds) =>
    Promise.race([ended, new Promise((resolve) => setTimeout(resolve, pauseSeconds * 1000))]);

  let interrupted = false;
  const onSignal = () => {
    // The second time is meant: the accounts stay.
    if (interrupted) process.exit(130);
    interrupted = true;
    console.error("\nStopping; everybody deletes their account first.");
    end();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

  const present = new Set();
  const left = [];
  let arrived = 0;
  const report = () => {
    const { perSecond, p99 } = tally.lately(performance.now());
    const { limited, overloaded, wrong, revocations } = tally.summary();
    const elapsed = ((performance.now() - startedAt) / 1000).toFixed(0);
    return (
      `  ${elapsed.padStart(4)} s  ${String(present.size).padStart(4)} present  ${perSecond.toFixed(0).padStart(5)} requests/s` +
      `  p99 ${ms(p99).padStart(7)}  limited ${limited}  overloaded ${overloaded}  wrong ${wrong}` +
      `  refused after ${ms(revocations.slowest)}`
    );
  };
  const isLive = Boolean(process.stdout.isTTY) && !json;
  const reporting = setInterval(
    () => {
      if (isLive) process.stdout.write(`\r\x1b[K${report()}`);
      else say(report());
    },
    isLive ? 1_000 : 5_000,
  );

  try {
    const expected = Math.max(1, Math.round(rate * seconds));
    while (!isEnding && arrived < expected) {
      const mode = modes[arrived % modes.length];
      arrived += 1;
      const person = live(
        { site, tally, pause, isEnding: () => isEnding },
        { mode, visits, thinkSeconds, renewSeconds },
      ).then((stays) => {
        present.delete(person);
        if (stays) left.push(stays);
      });
      present.add(person);
      // By the clock, not by the pace of the answers: a slow deployment must not be spared.
      await pause(Math.max(0, (startedAt + (arrived / rate) * 1000 - performance.now()) / 1000));
    }
    // Whoever is there lives on to the end of their life; Ctrl+C shortens it.
    await Promise.all(present);
  } finally {
    clearInterval(reporting);
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    agent.destroy();
  }
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const summary = {
    address: url.origin,
    instances: instances.length || null,
    people: arrived,
    elapsedSeconds,
  };
  const result = { ...summary, ...tally.summary(), left };
  if (json) console.log(JSON.stringify(result, null, 2));
  else say(`${isLive ? "\n" : ""}\n${summaryText(result)}`);
  for (const email of left) console.error(`${email} could not be removed. Remove it in /admin.`);
  return exitCodeOf(result, interrupted);
}

export const exitCodeOf = ({ fine, wrong, revocations }, interrupted = false) => {
  if (interrupted) return 130;
  if (fine === 0) return 2;
  return wrong > 0 || (revocations.slowest ?? 0) > REVOCATION_MS ? 1 : 0;
};

const ms = (value) => (value === null ? "-" : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`);

/** The table of a finished run. */
export function summaryText({ people, elapsedSeconds, requests, rows, wrongs, revocations, ...total }) {
  const line = (cells) =>
    `  ${cells[0].padEnd(22)}${cells
      .slice(1)
      .map((cell) => String(cell).padStart(11))
      .join("")}`;
  return [
    line(["request", ...OUTCOMES, "p50", "p95", "p99", "slowest"]),
    ...rows.map((row) =>
      line([
        row.kind,
        ...OUTCOMES.map((name) => row[name]),
        ms(row.p50),
        ms(row.p95),
        ms(row.p99),
        ms(row.slowest),
      ]),
    ),
    "",
    `  ${people} people, ${requests} requests in ${elapsedSeconds.toFixed(0)} s (${(requests / elapsedSeconds).toFixed(0)} a second): ` +
      OUTCOMES.map((name) => `${total[name]} ${name}`).join(", "),
    `  ${revocations.count} ends watched: refused everywhere after ${ms(revocations.p50)} (p50), ${ms(revocations.p99)} (p99), ${ms(revocations.slowest)} (slowest)`,
    ...wrongs.map(({ what, count }) => `  wrong: ${count} x ${what}`),
    ...(total.limited > 0
      ? [
          "  Limited: all these people come from one address. Start the deployment with LIMIT_SIGNUPS=100000 for the test.",
        ]
      : []),
    ...(total.overloaded > 0
      ? [
          "  Overloaded: more passwords came than the hashing threads can judge; fewer people, or HASH_WORKERS.",
        ]
      : []),
  ].join("\n");
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    const asked = readArguments(process.argv.slice(2));
    if (asked.help) console.log(HELP);
    else process.exitCode = await load(asked);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  }
}
