// What the scripts share: the project's root, child processes, and steps that say what they do and how long it took.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "..");
export const OLDEST_NODE = [20, 19];

/** A failure with a remedy: printed as it is, without a stack trace. */
export class Halt extends Error {}

export function assertNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Halt(
    `This is Node ${process.versions.node}; Halfstate needs ${OLDEST_NODE.join(".")} or newer. Install a newer one from https://nodejs.org.`,
  );
}

/** Runs `work`, then prints one line: the step, what came of it, and the time it took. */
export async function step(name, work) {
  const startedAt = performance.now();
  const outcome = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`  ${name.padEnd(22)} ${(outcome ?? "done").padEnd(44)} ${seconds.padStart(6)} s`);
}

/** Runs a command to its end; rejects with a Halt that carries its output and the remedy. */
export async function run(command, args, { env = {}, remedy = "", show = false } = {}) {
  const { code, output } = await capture(command, args, { env, show });
  if (code !== 0) {
    throw new Halt(
      `${show ? "" : output}\n${path.basename(command)} ${args.join(" ")} failed (exit ${code}). ${remedy}`,
    );
  }
  return output;
}

/** Runs a command to its end; never rejects for an exit code. */
export function capture(command, args, { env = {}, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The file behind a package's command, run with this very Node: no shell, no npx, no other version. */
export const bin = (name, file) => [process.execPath, path.join(ROOT, "node_modules", name, file)];

/** Rejects with a Halt when something listens on the port already. */
export function assertPortFree(port, host) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        new Halt(
          taken
            ? `Port ${port} is taken. Stop what listens there, or choose another: PORT=${Number(port) + 1} npm start`
            : `Cannot listen on ${host}:${port}: ${error.message}`,
        ),
      );
    });
    probe.listen(Number(port), host, () => probe.close(resolve));
  });
}

/** Runs a script's main function and turns its end into an exit code. */
export async function main(work) {
  try {
    process.exitCode = (await work(process.argv.slice(2))) ?? 0;
  } catch (error) {
    console.error(`\n${error instanceof Halt ? error.message.trim() : error.stack}\n`);
    process.exitCode = 1;
  }
}
