// Asks the server on this machine how it is, and says so with its exit code: for container engines and service managers, which have no curl.
import { setTimeout as pause } from "node:timers/promises";
import { reachable } from "./port.mjs";

const HELP = `Usage: node scripts/health.mjs live|ready [--wait SECONDS]

Ends with 0 where the server at HOST and PORT answers /api/health/live (the process answers) or /api/health/ready (it can
do its work) with 200, else with 1. With --wait it asks again until it does, for at most so many seconds.
`;

const ANSWER_WITHIN_MS = 4_000;
const ASK_EVERY_MS = 200;

/** Null where the server answers 200, else why not. */
async function problem(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok ? null : `${url} answers ${response.status}.`;
  } catch (error) {
    return `${url} does not answer: ${error.cause?.code ?? error.message}`;
  }
}

async function main([what, option, seconds = "0"]) {
  if (what === "--help") return void console.log(HELP);
  const isKnown = what === "live" || what === "ready";
  if (!isKnown || (option !== undefined && option !== "--wait") || !/^\d+$/.test(seconds)) {
    console.error(HELP);
    process.exitCode = 2;
    return;
  }
  const host = reachable(process.env.HOST || "127.0.0.1");
  const url = `http://${host}:${process.env.PORT || 3000}/api/health/${what}`;
  const deadline = Date.now() + Number(seconds) * 1000;
  let found = await problem(url);
  while (found && Date.now() < deadline) {
    await pause(ASK_EVERY_MS);
    found = await problem(url);
  }
  if (!found) return;
  console.error(found);
  process.exitCode = 1;
}

await main(process.argv.slice(2));
