// What one and three instances make of the same work (`npm run scaling`): real servers, PostgreSQL, Redis and HAProxy; writes the table of docs/scaling.md.
import "./node-version.mjs";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { Redis } from "ioredis";
import { buildIfNeeded } from "./build.mjs";
import { agent, caller, cookieOf, cpuSeconds, median, must, window } from "./measuring.mjs";
import { freePort } from "./port.mjs";
import { freshSecrets } from "./secrets.mjs";
import { ROOT } from "./sources.mjs";
import { command, step, StepError } from "./steps.mjs";

const HELP = `Usage: npm run scaling      about seven minutes; writes the measurements of docs/scaling.md

Needs haproxy, a PostgreSQL that lets postgres make databases (SCALING_DATABASE_URL, or 127.0.0.1:5432 without a password) and a
Redis (SCALING_REDIS_URL, or 127.0.0.1:6379).
`;

const POSTGRES = process.env.SCALING_DATABASE_URL || "postgresql://postgres@127.0.0.1:5432/postgres";
const REDIS = process.env.SCALING_REDIS_URL || "redis://127.0.0.1:6379";
const FILE = join(ROOT, "docs", "scaling.md");
const [BEGIN, END] = ["<!-- measured -->", "<!-- /measured -->"];
const PASSWORD = "correct horse battery";
const DATABASE = `halfstate_scaling_${process.pid}`;
const CONNECTIONS = 20;
const ROUNDS = 4;
const WINDOW_MS = 1500;
const BCRYPT_COST = 12;
const CLIENTS = 8;

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

function start(program, args, env) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], env });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function onPostgres(sql) {
  const client = new pg.Client({ connectionString: POSTGRES });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** So many servers behind HAProxy on a database of their own. */
async function deploy(instances, withRedis) {
  await onPostgres(`CREATE DATABASE ${DATABASE}`);
  const folder = mkdtempSync(join(tmpdir(), "halfstate-scaling-"));
  const port = await freePort();
  const databaseUrl = new URL(POSTGRES);
  databaseUrl.pathname = `/${DATABASE}`;
  const ports = [];
  for (let n = 0; n < instances; n += 1) ports.push(await freePort());
  const environment = {
    PATH: process.env.PATH,
    ...freshSecrets(),
    APP_URL: `http://localhost:${port}`,
    DATABASE_URL: databaseUrl.href,
    ...(withRedis ? { REDIS_URL: REDIS, REDIS_KEY_PREFIX: `${DATABASE}:` } : {}),
    TRUSTED_PROXIES: "127.0.0.1",
    BCRYPT_COST: String(BCRYPT_COST),
    LOG_LEVEL: "warn",
    LIMIT_SIGNUPS: "1000000",
    LIMIT_ADDRESS_FAILURES: "1000000",
    LIMIT_REFRESHES: "1000000",
  };
  const servers = ports.map((each) =>
    start(process.execPath, [join(ROOT, ".next", "standalone", "scripts", "serve.mjs")], {
      ...environment,
      PORT: String(each),
    }),
  );
  writeFileSync(join(folder, "haproxy.cfg"), balancerConfiguration(port, ports));
  const balancer = start("haproxy", ["-db", "-q", "-f", join(folder, "haproxy.cfg")], {
    PATH: `${process.env.PATH}:/usr/sbin`,
  });
  const call = caller(port);
  const seen = new Set();
  for (const deadline = Date.now() + 60_000; seen.size < instances;) {
    const answer = await call("GET", "/api/health/ready").catch(() => null);
    if (answer?.status === 200) seen.add(JSON.parse(answer.body).instance);
    if (Date.now() > deadline) throw new StepError("The servers did not get ready.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `http://localhost:${port}`,
    call,
    cpu: () => cpuOf({ servers, balancer, withRedis }),
    async end() {
      await Promise.all([...servers, balancer].map(stop));
      agent.destroy();
      rmSync(folder, { recursive: true, force: true });
      await onPostgres(`DROP DATABASE ${DATABASE} WITH (FORCE)`);
    },
  };
}

/** The one that operators are given, with the addresses of these servers. */
function balancerConfiguration(port, ports) {
  const given = readFileSync(join(ROOT, "deploy", "haproxy.cfg"), "utf8");
  const lines = ports.map((each, n) => `    server instance${n} 127.0.0.1:${each}`).join("\n");
  return given
    .replace(/^( +bind ):8080$/m, `$1127.0.0.1:${port}`)
    .replace(/( +server \w+ 10\.0\.0\.\d+:3000\n?)+/, `${lines}\n`);
}

/** Seconds of CPU so far, by who used them. */
async function cpuOf({ servers, balancer, withRedis }) {
  const sum = (pids) => pids.reduce((total, pid) => total + (cpuSeconds(pid) ?? 0), 0);
  const backends = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(` ${DATABASE} `);
    } catch {
      return false;
    }
  });
  return {
    servers: sum(servers.map(({ pid }) => pid)),
    proxy: sum([balancer.pid]),
    postgres: sum(backends),
    redis: withRedis ? await redisCpu() : 0,
  };
}

async function redisCpu() {
  const client = new Redis(REDIS);
  try {
    const info = await client.info("cpu");
    const of = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
    return of("used_cpu_user") + of("used_cpu_sys");
  } finally {
    client.disconnect();
  }
}

async function acts({ call }) {
  const people = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const email = `scaling-${n}@example.com`;
      const answer = await call("POST", "/api/auth/signup", {
        body: { email, password: PASSWORD, mode: "session" },
      });
      return { email, session: cookieOf(must(answer, 201), "session") };
    }),
  );
  const logIn = async (n, more = { transport: "bearer" }) =>
    must(
      await call("POST", "/api/auth/login", {
        body: { email: people[n % CLIENTS].email, password: PASSWORD, ...more },
      }),
      200,
    );
  const tokens = [];
  for (let n = 0; n < CLIENTS; n += 1) tokens.push(JSON.parse((await logIn(n)).body));
  const me = (headers, mode) => async (n) =>
    void must(await call("GET", "/api/me", { headers: headers(n % CLIENTS) }), 200, `"mode":"${mode}"`);
  return {
    bare: async () => void must(await call("GET", "/api/health/live"), 200, "ok"),
    jwt: me((n) => ({ authorization: `Bearer ${tokens[n].accessToken}` }), "jwt"),
    session: me((n) => ({ cookie: people[n].session }), "session"),
    refresh: async (n) => {
      const { refreshToken } = tokens[n];
      const answer = await call("POST", "/api/auth/refresh", { body: { refreshToken } });
      tokens[n] = JSON.parse(must(answer, 200, "accessToken").body);
    },
    "log-in": (n) => logIn(n),
  };
}

const GROUPS = ["servers", "proxy", "postgres", "redis"];

async function measure(deployment) {
  const all = await acts(deployment);
  const kinds = [
    ["bare", CONNECTIONS],
    ["jwt", CONNECTIONS],
    ["session", CONNECTIONS],
    ["refresh", CLIENTS],
    ["log-in", CLIENTS],
  ];
  for (const [kind, parallel] of kinds.slice(0, 3)) await window(0, parallel, 1000, all[kind]);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const results = {};
    for (const [kind, parallel] of kinds) {
      const before = await deployment.cpu();
      const seen = await window(0, parallel, kind === "log-in" ? 2 * WINDOW_MS : WINDOW_MS, all[kind]);
      const after = await deployment.cpu();
      const cpu = Object.fromEntries(
        GROUPS.map((group) => [group, ((after[group] - before[group]) / seen.latencies.length) * 1e6]),
      );
      results[kind] = { ...seen, cpu };
    }
    rounds.push(results);
  }
  return kinds.map(([kind]) => {
    const of = (pick) => median(rounds.map((results) => pick(results[kind])));
    return {
      kind,
      perSecond: of(({ perSecond }) => perSecond),
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
      cpu: Object.fromEntries(GROUPS.map((group) => [group, of(({ cpu }) => cpu[group])])),
    };
  });
}

/** People, as `npm run load` simulates them. */
async function people(url) {
  const args = [join(ROOT, "scripts", "load.mjs"), url, "--json", "--rate", "0.5", "--seconds", "30"];
  const output = await new Promise((resolve, reject) =>
    execFile(process.execPath, args, (error, stdout, stderr) =>
      stdout ? resolve(stdout) : reject(error ?? new Error(stderr)),
    ),
  );
  return JSON.parse(output);
}

const NAMES = {
  bare: "bare handler",
  jwt: "`GET /api/me`, JWT",
  session: "`GET /api/me`, session",
  refresh: "refresh",
  "log-in": "log-in",
};

function report(facts, results) {
  const number = (value, digits) => value.toFixed(digits);
  const rows = results.flatMap(({ name, kinds }) =>
    kinds.map(
      ({ kind, perSecond, p50, p99, cpu }) =>
        `| ${name} | ${NAMES[kind]} | ${number(perSecond, perSecond < 20 ? 1 : 0)} | ${number(p50, 1)} | ${number(p99, 1)} | ${GROUPS.map((group) => number(cpu[group], 0)).join(" | ")} |`,
    ),
  );
  const lives = results.map(({ name, load }) => {
    const { people: count, requests, wrong, limited, overloaded, revocations, rows: kinds } = load;
    const p99 = (kind) => kinds.find((row) => row.kind === kind)?.p99;
    const { count: ends, p50, slowest } = revocations;
    return `| ${name} | ${count} | ${requests} | ${wrong + limited + overloaded} | ${number(p99("GET /api/me, jwt"), 0)} | ${number(p99("GET /api/me, session"), 0)} | ${ends} | ${number(p50, 0)} | ${number(slowest, 0)} |`;
  });
  return `${facts.map((fact) => `- ${fact}`).join("\n")}

| deployment | what | per second | p50 ms | p99 ms | servers µs | HAProxy µs | PostgreSQL µs | Redis µs |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

The last four columns are CPU time for one of them, of all processes of that kind together. What PostgreSQL and Redis do beside it (polls, heartbeats, other databases) is in it.

People, as \`npm run load -- --rate 0.5 --seconds 30\` simulates them:

| deployment | people | requests | not as they should be | p99 JWT ms | p99 session ms | ends watched | refused after, p50 ms | slowest |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${lives.join("\n")}
`;
}

async function scaling() {
  await buildIfNeeded();
  const facts = [
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)} at the start, Node ${process.version}; everything, the load too, on these cores`,
    `${CONNECTIONS} connections (${CLIENTS} for refreshes and log-ins), ${ROUNDS} rounds of ${WINDOW_MS} ms in turn; bcrypt cost ${BCRYPT_COST} in 2 threads of each server`,
  ];
  const results = [];
  for (const [instances, withRedis] of [
    [1, false],
    [3, false],
    [1, true],
    [3, true],
  ]) {
    const name = `${instances} ${instances === 1 ? "instance" : "instances"}${withRedis ? ", Redis" : ""}`;
    const deployment = await deploy(instances, withRedis);
    try {
      let kinds;
      await step(name, async () => {
        kinds = await measure(deployment);
        return kinds.map(({ kind, perSecond }) => `${kind} ${perSecond.toFixed(0)}`).join(", ");
      });
      let load;
      await step("people", async () => {
        load = await people(deployment.url);
        return `${load.requests} requests, ${load.wrong} wrong`;
      });
      results.push({ name, kinds, load });
    } finally {
      await deployment.end();
    }
  }
  const text = report(facts, results);
  const [before, rest] = readFileSync(FILE, "utf8").split(BEGIN);
  writeFileSync(FILE, `${before}${BEGIN}\n\n${text}\n${END}${rest.split(END)[1]}`);
  console.log(`\n${text}`);
}

if (process.argv.includes("--help")) console.log(HELP);
else await command(scaling);
