// `npm start`: from a fresh clone to a served app, one step after the other; a second start skips what is done.
import { spawn } from "node:child_process";
import path from "node:path";
import { assertNode, assertPortFree, main, ROOT, step } from "./lib.mjs";
import { database, generate, install, secrets } from "./prepare.mjs";

const HELP = `Usage: npm start            install, prepare, build what changed, and serve
       npm run dev          the same with Next's development server

Variables of the environment win over .env.local; README.md lists them.
`;

await main(async (args) => {
  if (args.includes("--help")) return void console.log(HELP);
  const isDevelopment = args.includes("--dev");
  const port = process.env.PORT ?? "3000";
  const host = process.env.HOST ?? "127.0.0.1";

  assertNode();
  await assertPortFree(port, host);
  console.log("\nHalfstate\n");
  await install();
  await generate();
  await secrets();
  await database();
  if (!isDevelopment) {
    const { build, isBuildFresh } = await import("./build.mjs");
    await step("build", async () => {
      if (isBuildFresh()) return "up to date";
      await build();
      return "built";
    });
  }
  return isDevelopment ? serveDevelopment(port, host) : serve(port, host);
});

function serveDevelopment(port, host) {
  const next = path.join(ROOT, "node_modules", "next", "dist", "bin", "next");
  return attend(spawn(process.execPath, [next, "dev", "-p", port, "-H", host], childOptions()));
}

async function serve(port, host) {
  const script = path.join(ROOT, ".next", "standalone", "scripts", "serve.mjs");
  const child = spawn(process.execPath, [script], childOptions());
  const ended = attend(child);
  const isUp = await answers(`http://${host}:${port}/api/health/live`, ended);
  if (isUp) {
    console.log(`
  Halfstate is up: ${process.env.APP_URL ?? `http://localhost:${port}`}

  To try: sign up, look at the dashboard, switch the mode in the settings, and look again.
  The same by hand: the curl examples in README.md. Stop with Ctrl+C.
`);
  }
  return ended;
}

function childOptions() {
  return { cwd: ROOT, stdio: "inherit", env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" } };
}

/** Passes signals on and resolves with the child's exit code. */
function attend(child) {
  const pass = (signal) => child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  return new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ? 0 : (code ?? 1))));
}

/** False when the server ends before it answers. */
async function answers(url, ended) {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
