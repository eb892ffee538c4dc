// What the commands share: a named and timed step on one line, and running a program whose output matters only when it fails.
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { constants } from "node:os";
import { createInterface } from "node:readline";

/** A failure that the reader can act on: its message is all there is to say. */
export class StepError extends Error {}

/** Prints `name  result  time`. `work` returns what happened, in a few words. */
export async function step(name, work) {
  const started = performance.now();
  process.stdout.write(`  ${name.padEnd(14)}`);
  try {
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${String(result).padEnd(44)}${seconds.padStart(6)} s\n`);
  } catch (error) {
    process.stdout.write("failed\n");
    throw error;
  }
}

/** npm passes SIGTERM to a shell that dies without passing it on: without this, the server would outlive `npm start`. */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    // Once: a second signal ends a server that is finishing its requests.
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500).unref();
}

/** Runs `main`; a StepError ends the process with its message alone, anything else with its stack. */
export async function command(main) {
  endWithNpm();
  try {
    await main();
  } catch (error) {
    console.error(error instanceof StepError ? `\n${error.message}` : error);
    process.exit(1);
  }
}

const children = new Set();

function stopChildren(signal) {
  for (const child of children) child.kill(signal);
  process.exit(128 + constants.signals[signal]);
}

/**
 * Runs a program to its end. With `show` its output goes through; where that is a function, each line to it, whole. Otherwise it is kept and
 * returned.
 */
export function run(program, args, { env = process.env, show = false, shell = false, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      cwd,
      shell,
      stdio: show === true ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    if (children.size === 0) process.on("SIGINT", stopChildren).on("SIGTERM", stopChildren);
    children.add(child);
    const done = () => {
      // Left in place, these handlers would end the process before a server in it could finish its requests.
      if (children.delete(child) && children.size === 0) {
        process.off("SIGINT", stopChildren).off("SIGTERM", stopChildren);
      }
    };
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      if (typeof show === "function") createInterface({ input: stream }).on("line", show);
      else stream.on("data", (chunk) => (output += chunk));
    }
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, signal) => {
      done();
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), output });
    });
  });
}

export const node = (args, options) => run(process.execPath, args, options);

/** npm as it was started, so that no shell has to find it; by name when a person runs the script directly. */
export function npm(args, options) {
  const cli = process.env.npm_execpath ?? "";
  if (basename(cli) === "npm-cli.js") return node([cli, ...args], options);
  return run("npm", args, { ...options, shell: process.platform === "win32" });
}
