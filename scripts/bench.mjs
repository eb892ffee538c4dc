// What authentication costs (`npm run bench`): short windows of every kind in turn, against a production server of its own; writes docs/benchmarks.md.
import "./node-version.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { withBuild } from "./bench/build.mjs";
import { agent, caller, cookieOf, median, must, quantile, window } from "./measuring.mjs";
import { freePort } from "./port.mjs";
import { freshSecrets } from "./secrets.mjs";
import { ROOT } from "./sources.mjs";
import { command, step } from "./steps.mjs";

const HELP = `Usage: npm run bench                        about six minutes on an idle machine; writes docs/benchmarks.md
       npm run bench -- --profile session   where the server's time goes: health, bare, session, jwt-cookie or jwt-bearer, or
                                            bare-session, bare-jwt-cookie or bare-jwt-bearer, the bare handler sent the same
`;

// Many and short: the machine is a different one from second to second, and only neighbours in time are compared.
const ROUNDS = 60;
const WINDOW_MS = 250;
const CONNECTIONS = 20;
const BCRYPT_COST = 12;
const HASH_WORKERS = 2;
const PASSWORD = "correct horse battery";
const FILE = join(ROOT, "docs", "benchmarks.md");
const AIMS = { session: 0.8, "jwt-cookie": 0.95, "jwt-bearer": 0.95, storm: 2, logIns: 0.9 };

/** A production server on a database of its own. */
async function startServer(build, nodeOptions = []) {
  const folder = mkdtempSync(join(tmpdir(), "halfstate-bench-"));
  const port = await freePort();
  const server = spawn(process.execPath, [...nodeOptions, join(build, "scripts", "serve.mjs")], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      ...freshSecrets(),
      PORT: String(port),
      DATABASE_URL: `file:${join(folder, "bench.db")}`,
      BCRYPT_COST: String(BCRYPT_COST),
      HASH_WORKERS: String(HASH_WORKERS),
      LOG_LEVEL: "warn",
      LIMIT_SIGNUPS: "100000",
      LIMIT_REFRESHES: "1000000",
    },
  });
  // Cut short, it must not leave a server behind.
  process.once("exit", () => server.kill("SIGKILL"));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const stop = async () => {
    if (server.exitCode === null) {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const call = caller(port);
  for (const deadline = Date.now() + 30_000; ;) {
    const answer = await call("GET", "/api/health/ready").catch(() => null);
    if (answer?.status === 200) return { pid: server.pid, folder, call, stop };
    if (server.exitCode !== null || Date.now() > deadline) throw new Error("The server did not get ready.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** More than five log-ins of one account at once would be limited like guesses: each client has an account of its own. */
const CLIENTS = 10;

async function prepare({ call }) {
  const emailOf = (n) => `bench-${n % CLIENTS}@example.com`;
  const [signUp] = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) =>
      must(
        await call("POST", "/api/auth/signup", {
          body: { email: emailOf(n), password: PASSWORD, mode: "session" },
        }),
        201,
      ),
    ),
  );
  const logIn = async (n, more = { transport: "bearer" }) =>
    must(
      await call("POST", "/api/auth/login", { body: { email: emailOf(n), password: PASSWORD, ...more } }),
      200,
    );
  const cookie = await logIn(0, { mode: "jwt" });
  const bearer = await logIn(0);
  const me = (headers, mode, queries) => async () => {
    const answer = must(await call("GET", "/api/me", { headers }), 200, emailOf(0), `"mode":"${mode}"`);
    if (!String(answer.headers["server-timing"]).includes(`desc="${queries} queries"`))
      throw new Error(`Not ${queries} queries: ${answer.headers["server-timing"]}`);
  };
  const bare = (headers) => async () =>
    void must(await call("GET", "/api/bare", { headers }), 200, emailOf(0), `"mode":"jwt"`);
  const credentials = {
    session: { cookie: cookieOf(signUp, "session") },
    "jwt-cookie": { cookie: cookieOf(cookie, "access") },
    "jwt-bearer": { authorization: `Bearer ${JSON.parse(bearer.body).accessToken}` },
  };
  return {
    acts: {
      health: async () => void must(await call("GET", "/api/health/live"), 200, "ok"),
      bare: bare({}),
      session: me(credentials.session, "session", 1),
      "jwt-cookie": me(credentials["jwt-cookie"], "jwt", 0),
      "jwt-bearer": me(credentials["jwt-bearer"], "jwt", 0),
      ...Object.fromEntries(Object.entries(credentials).map(([kind, sent]) => [`bare-${kind}`, bare(sent)])),
    },
    logIn: (n) => logIn(n),
  };
}

const AUTHENTICATED = ["session", "jwt-cookie", "jwt-bearer"];
const SHOWN = ["health", "bare", ...AUTHENTICATED];
const KINDS = [...SHOWN, ...AUTHENTICATED.map((kind) => `bare-${kind}`)];

/** Every kind in turn, again and again, so that what else the machine does strikes all of them alike. */
async function requests(server, acts) {
  for (const kind of KINDS) await window(server.pid, CONNECTIONS, 1000, acts[kind]);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const results = {};
    const order = KINDS.map((_, n) => KINDS[(n + round) % KINDS.length]);
    for (const kind of order) results[kind] = await window(server.pid, CONNECTIONS, WINDOW_MS, acts[kind]);
    rounds.push(results);
  }
  const ratio = (kind, to) =>
    median(rounds.map((results) => results[kind].perSecond / results[to].perSecond));
  return SHOWN.map((kind) => {
    const of = (pick) => median(rounds.map((results) => pick(results[kind])));
    const latencies = rounds.flatMap((results) => results[kind].latencies);
    return {
      kind,
      perSecond: of(({ perSecond }) => perSecond),
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      cpu: of(({ cpuMicroseconds }) => cpuMicroseconds),
      toBare: ratio(kind, "bare"),
      toBareSentTheSame: AUTHENTICATED.includes(kind) ? ratio(kind, `bare-${kind}`) : NaN,
    };
  });
}

/** How many comparisons as many hashing threads do alone, as the server starts them. */
async function bcryptWindow(milliseconds) {
  const bcrypt = createRequire(import.meta.url)("bcryptjs");
  const hash = bcrypt.hashSync("x".repeat(64), BCRYPT_COST);
  const workers = Array.from(
    { length: HASH_WORKERS },
    () => new Worker(join(ROOT, "lib", "auth", "password", "worker.mjs"), { env: {} }),
  );
  const compare = async (worker) => {
    worker.postMessage({ id: 0, task: { kind: "compare", input: "x".repeat(64), hash } });
    const [{ value }] = await once(worker, "message");
    if (value !== true) throw new Error("A comparison was wrong.");
  };
  await Promise.all(workers.map(compare));
  const result = await window(process.pid, HASH_WORKERS, milliseconds, (n) => compare(workers[n]));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return result;
}

async function logIns(server, { logIn }) {
  await Promise.all([0, 1, 2, 3].map(logIn));
  const rounds = [];
  for (let round = 0; round < 3; round += 1) {
    const possible = await bcryptWindow(3000);
    const done = await window(server.pid, CLIENTS, 3000, logIn);
    rounds.push({ possible: possible.perSecond, done: done.perSecond });
  }
  return {
    possible: median(rounds.map(({ possible }) => possible)),
    perSecond: median(rounds.map(({ done }) => done)),
    ratio: median(rounds.map(({ possible, done }) => done / possible)),
  };
}

/** Fifty reads a second, each at its time whether or not the one before has been answered. */
async function reads(act, milliseconds) {
  const latencies = [];
  const pending = [];
  const startedAt = performance.now();
  for (let n = 0; n < milliseconds / 20; n += 1) {
    const due = startedAt + n * 20;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const sentAt = performance.now();
    pending.push(act().then(() => latencies.push(performance.now() - sentAt)));
  }
  await Promise.all(pending);
  return latencies;
}

const STORM_MS = 6000;

/**
 * Calm and storm in turn. The p99 is of all reads of a kind together: of those of one round it would be the third slowest, and as much
 * chance as anything.
 */
async function storm(server, { acts, logIn }) {
  const [idle, stormy] = [[], []];
  for (let round = 0; round < 4; round += 1) {
    idle.push(...(await reads(acts["jwt-cookie"], STORM_MS)));
    const [latencies] = await Promise.all([
      reads(acts["jwt-cookie"], STORM_MS),
      window(server.pid, CLIENTS, STORM_MS, logIn),
    ]);
    stormy.push(...latencies);
  }
  const [idleP99, stormP99] = [quantile(idle, 0.99), quantile(stormy, 0.99)];
  return { idleP99, stormP99, ratio: stormP99 / idleP99 };
}

async function refreshes(server, { logIn }) {
  const tokens = [];
  for (let n = 0; n < 8; n += 1) tokens.push(JSON.parse((await logIn(n)).body).refreshToken);
  const rotate = async (n) => {
    const answer = must(
      await server.call("POST", "/api/auth/refresh", { body: { refreshToken: tokens[n] } }),
      200,
      "accessToken",
    );
    const { refreshToken } = JSON.parse(answer.body);
    if (refreshToken === tokens[n]) throw new Error("A refresh did not rotate.");
    tokens[n] = refreshToken;
  };
  const rounds = [];
  for (let round = 0; round < 3; round += 1)
    rounds.push(await window(server.pid, tokens.length, 1500, rotate));
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p99: median(rounds.map(({ p99 }) => p99)),
  };
}

function environment() {
  const require = createRequire(import.meta.url);
  const version = (name) => require(`${name}/package.json`).version;
  return [
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)} at the start`,
    `Node ${process.version}, ${process.platform} ${process.arch}; next ${version("next")}, jose ${JSON.parse(readFileSync(join(ROOT, "node_modules/jose/package.json"), "utf8")).version}, bcryptjs ${JSON.parse(readFileSync(join(ROOT, "node_modules/bcryptjs/package.json"), "utf8")).version}`,
    `${CONNECTIONS} connections, ${ROUNDS} rounds of ${WINDOW_MS} ms for each kind in turn, load generator on the same cores; bcrypt cost ${BCRYPT_COST} in ${HASH_WORKERS} threads`,
  ];
}

const round = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : "-");

const LEARNED = "## What was learned";

function report(facts, { kinds, logIn, stormy, refresh }) {
  const row = ({ kind, perSecond, p50, p99, cpu, toBare, toBareSentTheSame }) =>
    `| ${NAMES[kind]} | ${round(perSecond, 0)} | ${round(p50, 1)} | ${round(p99, 1)} | ${round(cpu, 0)} | ${round(toBare)} | ${round(toBareSentTheSame)} | ${AIMS[kind] ?? ""} |`;
  return `# Benchmarks

What authentication costs on a production build. Absolute figures belong to the machine; the ratios are what to compare.
Every answer was checked. Written by \`npm run bench\` (about six minutes on an idle machine); only the last section is kept from run to run.

${facts.map((fact) => `- ${fact}`).join("\n")}

| request | per second | p50 ms | p99 ms | server CPU µs | throughput to bare | to bare, sent the same | aim |
| --- | --- | --- | --- | --- | --- | --- | --- |
${kinds.map(row).join("\n")}

| what | measured | ratio | aim |
| --- | --- | --- | --- |
| log-ins a second, to what the hashing threads do alone | ${round(logIn.perSecond, 1)} of ${round(logIn.possible, 1)} | ${round(logIn.ratio)} | at least ${AIMS.logIns} |
| p99 of \`GET /api/me\` in JWT mode while ${CLIENTS} clients log in, to idle | ${round(stormy.stormP99, 1)} ms to ${round(stormy.idleP99, 1)} ms | ${round(stormy.ratio)} | at most ${AIMS.storm} |
| refreshes a second, each a rotation that is written through to the disk | ${round(refresh.perSecond, 0)}, p99 ${round(refresh.p99, 1)} ms | | |

"Bare" is the handler of \`GET /api/me\` without authentication: a build for the benchmark alone has \`GET /api/bare\`, which gives the same answer and asks nobody who they are (\`scripts/bench/bare-route.ts\`). "Sent the same" is bare with the same credential in the request, which Next parses whether or not anybody asks for it: what differs then is authentication, and the \`Server-Timing\` that tells of it.
`;
}

const NAMES = {
  health: "`GET /api/health/live`",
  bare: "bare handler",
  session: "`GET /api/me`, session cookie",
  "jwt-cookie": "`GET /api/me`, JWT cookie",
  "jwt-bearer": "`GET /api/me`, JWT bearer",
};

async function bench(build) {
  const facts = environment();
  for (const fact of facts) console.log(`  ${fact}`);
  const server = await startServer(build);
  try {
    const prepared = await prepare(server);
    const results = {};
    const part = (name, key, work, words) =>
      step(name, async () => {
        results[key] = await work();
        return words(results[key]);
      });
    await part(
      "requests",
      "kinds",
      () => requests(server, prepared.acts),
      (kinds) =>
        kinds.map((one) => `${one.kind} ${round(one.toBare)} (${round(one.toBareSentTheSame)})`).join(", "),
    );
    await part(
      "refreshes",
      "refresh",
      () => refreshes(server, prepared),
      ({ perSecond }) => `${perSecond.toFixed(0)} a second`,
    );
    await part(
      "log-ins",
      "logIn",
      () => logIns(server, prepared),
      ({ ratio }) => `${ratio.toFixed(2)} of what bcrypt allows`,
    );
    await part(
      "storm",
      "stormy",
      () => storm(server, prepared),
      ({ ratio }) => `p99 ${ratio.toFixed(2)} of idle`,
    );
    const learned = existsSync(FILE) ? readFileSync(FILE, "utf8").split(LEARNED)[1] : undefined;
    const text = report(facts, results);
    mkdirSync(join(ROOT, "docs"), { recursive: true });
    writeFileSync(FILE, `${text}\n${LEARNED}${learned ?? "\n"}`);
    console.log(`\n${text}`);
  } finally {
    await server.stop();
    agent.destroy();
  }
}

/** Which functions the server spent its own time in, under one kind of request. */
async function profile(build, kind) {
  const folder = mkdtempSync(join(tmpdir(), "halfstate-profile-"));
  const server = await startServer(build, ["--cpu-prof", "--cpu-prof-dir", folder]);
  const { acts } = await prepare(server);
  await window(server.pid, CONNECTIONS, 8000, acts[kind]);
  await server.stop();
  agent.destroy();
  const profiles = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  rmSync(folder, { recursive: true, force: true });
  // The main thread's; the hashing threads write one each.
  const { nodes, samples, timeDeltas } = profiles.sort((a, b) => b.samples.length - a.samples.length)[0];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map();
  samples.forEach((id, n) => {
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const name = `${functionName || "(anonymous)"} ${url.split("/").slice(-2).join("/")}:${lineNumber}`;
    times.set(name, (times.get(name) ?? 0) + timeDeltas[n]);
  });
  const busy = [...times].filter(([name]) => !/^\((?:idle|program)\)/.test(name));
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  for (const [name, time] of busy.sort((a, b) => b[1] - a[1]).slice(0, 45))
    console.log(`${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`);
}

const args = process.argv.slice(2);
if (args.includes("--help")) console.log(HELP);
else if (args[0] !== "--profile") await command(() => withBuild(bench));
else if (KINDS.includes(args[1])) await command(() => withBuild((build) => profile(build, args[1])));
else {
  console.error(HELP);
  process.exitCode = 1;
}
