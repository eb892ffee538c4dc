/** The only reader of process.env: every variable named literally, all problems reported at once with their remedy. */

// Plain parsing, no schema library: the middleware reads this file, and code evaluation (which zod probes for) is refused at the edge.

export type Env = {
  port: number;
  appUrl: string;
  secureCookies: boolean;
  databaseUrl: string;
  /** For PostgreSQL: how many connections this process has at most, and how long it waits for what. */
  database: {
    poolSize: number;
    connectTimeoutSeconds: number;
    statementTimeoutSeconds: number;
    lockTimeoutSeconds: number;
  };
  /** Null: there is no Redis. */
  redisUrl: string | null;
  /** What every key and channel of this deployment begins with in Redis. */
  redisKeyPrefix: string;
  sessionSecrets: Secrets;
  refreshTokenSecrets: Secrets;
  passwordPeppers: Secrets;
  /** What made the password hashes that do not say which pepper did: all there were before hashes said it. */
  oldestPepper: string;
  /** Each verifies until its `exp`; of those whose `nbf` has come the newest signs. Both in seconds, both optional. */
  accessTokenKeys: PrivateJwk[];
  tokenIssuer: string;
  tokenAudience: string;
  accessTokenTtlSeconds: number;
  refreshTokenTtlSeconds: number;
  refreshGraceSeconds: number;
  sessionIdleTtlSeconds: number;
  sessionTtlSeconds: number;
  defaultMode: "session" | "jwt";
  bcryptCost: number;
  hashWorkers: number;
  hashQueueLimit: number;
  limits: Limits;
  corsOrigins: string[];
  trustedProxies: string[];
  auditRetentionDays: number;
  revocationOnOutage: "serve" | "refuse";
  /** Whether this deployment shows the Lab. */
  lab: "on" | "off";
  /** Who may read /metrics from elsewhere; null: programs on this machine alone. */
  metricsToken: string | null;
  /** Where spans go (OTLP/HTTP); null: nowhere. */
  tracesUrl: string | null;
  shutdown: { delaySeconds: number; timeoutSeconds: number };
  logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
};

/** http-contract.md rule 10; each settable. */
export type Limits = {
  passwordFailures: number;
  /** The wait after the last free failure, after the next one, and after each one from then on. */
  passwordDelaysSeconds: number[];
  addressFailures: number;
  addressWindowSeconds: number;
  accountFailures: number;
  accountWindowSeconds: number;
  signUps: number;
  signUpWindowSeconds: number;
  refreshes: number;
  refreshWindowSeconds: number;
  labRuns: number;
  labWindowSeconds: number;
};

/** The first makes what is new; each of them opens what is old. More than one while a secret is rotated (docs/secrets.md). */
export type Secrets = readonly [maker: string, ...accepted: string[]];

export type PrivateJwk = {
  kty: string;
  crv: string;
  kid: string;
  alg: "EdDSA" | "ES256";
  x: string;
  y?: string;
  d: string;
  nbf?: number;
  exp?: number;
};

/** What was wrong with the environment; `problems` holds one sentence a variable, each with its remedy. */
export class EnvError extends Error {
  constructor(readonly problems: string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "EnvError";
  }
}

type Source = Record<string, string | undefined>;

const SECRET_REMEDY =
  "`npm start` writes fresh ones to .env.local; elsewhere use the output of `openssl rand -base64 48`";

/** Throws an EnvError that names every problem. */
export function parseEnv(source: Source): Env {
  const problems: string[] = [];
  const text = (name: string) => source[name]?.trim() || undefined;

  function wholeNumber(name: string, fallback: number, min: number, max: number): number {
    const raw = text(name);
    if (raw === undefined) return fallback;
    const value = Number(raw);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    problems.push(
      `${name} is "${raw}": set a whole number from ${min} to ${max}, or leave it out for ${fallback}.`,
    );
    return fallback;
  }

  function oneOf<const T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    const raw = text(name);
    if (raw === undefined) return fallback;
    const match = allowed.find((candidate) => candidate === raw);
    if (match) return match;
    problems.push(`${name} is "${raw}": set one of ${allowed.join(", ")}, or leave it out for ${fallback}.`);
    return fallback;
  }

  function secrets(name: string): Secrets {
    const maker = text(name) ?? "";
    if (!maker) problems.push(`${name} is missing: ${SECRET_REMEDY}.`);
    const next = text(`${name}_NEXT`);
    const previous = list(`${name}_PREVIOUS`);
    const named = {
      [name]: maker ? [maker] : [],
      [`${name}_NEXT`]: next ? [next] : [],
      [`${name}_PREVIOUS`]: previous,
    };
    for (const [variable, values] of Object.entries(named)) {
      if (values.some((value) => value.length < 32))
        problems.push(`${variable} is shorter than 32 characters: ${SECRET_REMEDY}.`);
    }
    const all: Secrets = next ? [maker, next, ...previous] : [maker, ...previous];
    if (new Set(all).size < all.length) {
      problems.push(
        `${name} has the same value twice: of ${name}, ${name}_NEXT and ${name}_PREVIOUS each value belongs in one.`,
      );
    }
    return all;
  }

  function origin(name: string, raw: string): string {
    const url = URL.canParse(raw) ? new URL(raw) : null;
    if (
      url &&
      (url.protocol === "http:" || url.protocol === "https:") &&
      url.pathname === "/" &&
      !url.search
    ) {
      return url.origin;
    }
    problems.push(`${name} is "${raw}": set an origin such as https://app.example.com, without a path.`);
    return "http://localhost";
  }

  const list = (name: string) =>
    (text(name) ?? "")
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean);

  function wholeNumbers(name: string, fallback: number[], min: number, max: number): number[] {
    const values = list(name).map(Number);
    if (values.length === 0) return fallback;
    if (values.every((value) => Number.isInteger(value) && value >= min && value <= max)) return values;
    problems.push(
      `${name} is "${text(name)}": set whole numbers from ${min} to ${max}, separated by commas, or leave it out for ${fallback.join(",")}.`,
    );
    return fallback;
  }

  const port = wholeNumber("PORT", 3000, 0, 65535);
  const appUrl = origin("APP_URL", text("APP_URL") ?? `http://localhost:${port}`);
  const databaseUrl = text("DATABASE_URL") ?? "file:./data/halfstate.db";
  // Without its value, which may hold a password.
  if (!isDatabaseUrl(databaseUrl)) {
    problems.push(
      "DATABASE_URL is not one this build can open: set a SQLite file such as file:./data/halfstate.db, or a PostgreSQL database such as postgresql://user:password@host:5432/name.",
    );
  } else if (schemaOf(databaseUrl) !== "public") {
    problems.push(
      "DATABASE_URL names a schema of its own: leave `schema` out and give Halfstate a database of its own instead.",
    );
  }

  const redisUrl = text("REDIS_URL") ?? null;
  // Without its value too.
  if (redisUrl !== null && !isRedisUrl(redisUrl)) {
    problems.push(
      "REDIS_URL is not the URL of a Redis server: set one such as redis://user:password@host:6379/0 (rediss:// with TLS), or leave it out to go without Redis.",
    );
  }
  const redisKeyPrefix = text("REDIS_KEY_PREFIX") ?? "halfstate:";
  if (!/^[\w.:-]{1,64}$/.test(redisKeyPrefix)) {
    problems.push(
      `REDIS_KEY_PREFIX is "${redisKeyPrefix}": set up to 64 letters, digits and any of . : _ -, or leave it out for halfstate:.`,
    );
  }

  // The variables and their meaning are OpenTelemetry's: the general one is a base to which the kind of signal is added.
  function tracesUrl(): string | null {
    for (const [name, path] of [
      ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""],
      ["OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"],
    ] as const) {
      const raw = text(name);
      if (raw === undefined) continue;
      if (/^https?:\/\//.test(raw) && URL.canParse(raw)) return path ? raw.replace(/\/$/, "") + path : raw;
      problems.push(`${name} is not a URL: set one such as http://localhost:4318, or leave it out.`);
    }
    return null;
  }

  const metricsToken = text("METRICS_TOKEN") ?? null;
  if (metricsToken !== null && !/^[!-~]{32,}$/.test(metricsToken)) {
    problems.push(
      "METRICS_TOKEN is not fit for a header, or shorter than 32 characters: use the output of `openssl rand -base64 48`, or leave it out.",
    );
  }
  const sessionSecrets = secrets("SESSION_SECRET");
  const refreshTokenSecrets = secrets("REFRESH_TOKEN_SECRET");
  const passwordPeppers = secrets("PASSWORD_PEPPER");
  // Of each purpose once: a value that it has twice is told of above.
  const purposes = [sessionSecrets, refreshTokenSecrets, passwordPeppers, [metricsToken ?? ""]].map(
    (all) => new Set(all),
  );
  const everySecret = purposes.flatMap((all) => [...all]).filter(Boolean);
  if (new Set(everySecret).size < everySecret.length) {
    problems.push(
      "SESSION_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER and METRICS_TOKEN must differ from each other, also in their NEXT and PREVIOUS: what opens one door must not open the next.",
    );
  }

  const sessionTtlSeconds = wholeNumber("SESSION_TTL_SECONDS", 30 * DAY, 1, 400 * DAY);
  const env: Env = {
    port,
    appUrl,
    secureCookies: appUrl.startsWith("https:"),
    databaseUrl,
    database: {
      poolSize: wholeNumber("DATABASE_POOL_SIZE", 10, 1, 1_000),
      connectTimeoutSeconds: wholeNumber("DATABASE_CONNECT_TIMEOUT_SECONDS", 3, 1, 60),
      statementTimeoutSeconds: wholeNumber("DATABASE_STATEMENT_TIMEOUT_SECONDS", 5, 1, 15),
      lockTimeoutSeconds: wholeNumber("DATABASE_LOCK_TIMEOUT_SECONDS", 3, 1, 15),
    },
    redisUrl,
    redisKeyPrefix,
    sessionSecrets,
    refreshTokenSecrets,
    passwordPeppers,
    oldestPepper: list("PASSWORD_PEPPER_PREVIOUS").at(-1) ?? passwordPeppers[0],
    accessTokenKeys: parseKeys(text("ACCESS_TOKEN_KEYS"), problems),
    tokenIssuer: text("TOKEN_ISSUER") ?? appUrl,
    tokenAudience: text("TOKEN_AUDIENCE") ?? appUrl,
    accessTokenTtlSeconds: wholeNumber("ACCESS_TOKEN_TTL_SECONDS", 15 * 60, 1, DAY),
    refreshTokenTtlSeconds: wholeNumber("REFRESH_TOKEN_TTL_SECONDS", 30 * DAY, 1, 400 * DAY),
    refreshGraceSeconds: wholeNumber("REFRESH_GRACE_SECONDS", 10, 0, 60),
    sessionIdleTtlSeconds: wholeNumber(
      "SESSION_IDLE_TTL_SECONDS",
      Math.min(7 * DAY, sessionTtlSeconds),
      1,
      400 * DAY,
    ),
    sessionTtlSeconds,
    defaultMode: oneOf("DEFAULT_AUTH_MODE", "jwt", ["session", "jwt"]),
    bcryptCost: wholeNumber("BCRYPT_COST", 12, 10, 15),
    hashWorkers: wholeNumber("HASH_WORKERS", 2, 1, 64),
    hashQueueLimit: wholeNumber("HASH_QUEUE_LIMIT", 64, 1, 10_000),
    limits: {
      passwordFailures: wholeNumber("LIMIT_PASSWORD_FAILURES", 5, 1, 1_000_000),
      passwordDelaysSeconds: wholeNumbers("LIMIT_PASSWORD_DELAYS_SECONDS", [60, 300, 900], 1, DAY),
      addressFailures: wholeNumber("LIMIT_ADDRESS_FAILURES", 50, 1, 1_000_000),
      addressWindowSeconds: wholeNumber("LIMIT_ADDRESS_WINDOW_SECONDS", 900, 1, DAY),
      accountFailures: wholeNumber("LIMIT_ACCOUNT_FAILURES", 100, 1, 1_000_000),
      accountWindowSeconds: wholeNumber("LIMIT_ACCOUNT_WINDOW_SECONDS", 3600, 1, DAY),
      signUps: wholeNumber("LIMIT_SIGNUPS", 20, 1, 1_000_000),
      signUpWindowSeconds: wholeNumber("LIMIT_SIGNUP_WINDOW_SECONDS", 3600, 1, DAY),
      refreshes: wholeNumber("LIMIT_REFRESHES", 60, 1, 1_000_000),
      refreshWindowSeconds: wholeNumber("LIMIT_REFRESH_WINDOW_SECONDS", 60, 1, DAY),
      labRuns: wholeNumber("LIMIT_LAB_RUNS", 120, 1, 1_000_000),
      labWindowSeconds: wholeNumber("LIMIT_LAB_WINDOW_SECONDS", 900, 1, DAY),
    },
    corsOrigins: list("CORS_ORIGINS").map((item) => origin("CORS_ORIGINS", item)),
    trustedProxies: list("TRUSTED_PROXIES").filter((entry) => {
      if (isAddressOrSubnet(entry)) return true;
      problems.push(
        `TRUSTED_PROXIES has "${entry}": list IP addresses or subnets such as 10.0.0.0/8, separated by commas.`,
      );
      return false;
    }),
    auditRetentionDays: wholeNumber("AUDIT_RETENTION_DAYS", 400, 1, 10_000),
    revocationOnOutage: oneOf("REVOCATION_ON_OUTAGE", "serve", ["serve", "refuse"]),
    lab: oneOf("LAB", "on", ["on", "off"]),
    metricsToken,
    tracesUrl: tracesUrl(),
    shutdown: {
      delaySeconds: wholeNumber("SHUTDOWN_DELAY_SECONDS", 0, 0, 300),
      timeoutSeconds: wholeNumber("SHUTDOWN_TIMEOUT_SECONDS", 25, 1, 300),
    },
    logLevel: oneOf("LOG_LEVEL", "info", ["trace", "debug", "info", "warn", "error", "silent"]),
  };
  if (problems.length > 0) throw new EnvError(problems);
  return env;
}

const isDatabaseUrl = (url: string): boolean =>
  /^file:./.test(url) || (/^postgres(ql)?:\/\/./.test(url) && URL.canParse(url));

/** The path is the number of a database, of which a server has 16 unless it is told otherwise. */
function isRedisUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(url);
  const isScheme = protocol === "redis:" || protocol === "rediss:";
  return (
    isScheme &&
    hostname !== "" &&
    [username, password].every(isDecodable) &&
    /^(?:\/\d{0,5})?$/.test(pathname) &&
    !search &&
    !hash
  );
}

/** Whether each % begins an escape: a password with one that does not would be another password to each program that reads it. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Prisma's own parameter, which the driver does not read: the tables would be looked for elsewhere than they were made. */
const schemaOf = (url: string): string =>
  (url.startsWith("file:") ? null : new URL(url).searchParams.get("schema")) ?? "public";

/** Shape only: the edge has no address parser, and Node's own reads the value where it is used. */
function isAddressOrSubnet(entry: string): boolean {
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const isV4 =
    /^(\d{1,3})(\.\d{1,3}){3}$/.test(address) && address.split(".").every((part) => Number(part) <= 255);
  const isV6 = URL.canParse(`http://[${address}]`);
  return (isV4 || isV6) && (prefix === undefined || Number(prefix) <= (isV4 ? 32 : 128));
}

const DAY = 24 * 60 * 60;
const KEYS_REMEDY = "`npm start` writes a fresh key to .env.local; elsewhere copy the value from there";

function parseKeys(raw: string | undefined, problems: string[]): PrivateJwk[] {
  if (!raw) {
    problems.push(`ACCESS_TOKEN_KEYS is missing: ${KEYS_REMEDY}.`);
    return [];
  }
  let keys: unknown;
  try {
    keys = (JSON.parse(raw) as { keys?: unknown }).keys;
  } catch {
    problems.push(`ACCESS_TOKEN_KEYS is not JSON: ${KEYS_REMEDY}.`);
    return [];
  }
  if (!Array.isArray(keys) || !keys.every(isPrivateJwk)) {
    problems.push(
      `ACCESS_TOKEN_KEYS is not a JWK Set of private keys with kid and alg (EdDSA with Ed25519, or ES256 with P-256): ${KEYS_REMEDY}.`,
    );
    return [];
  }
  if (new Set(keys.map((key) => key.kid)).size < keys.length)
    problems.push("ACCESS_TOKEN_KEYS has one kid twice.");
  const now = Date.now() / 1000;
  if (!keys.some((key) => (key.nbf ?? 0) <= now && (key.exp ?? Infinity) > now)) {
    problems.push("ACCESS_TOKEN_KEYS has no key that may sign now: add one with `npm run keys -- rotate`.");
  }
  return keys;
}

function isPrivateJwk(key: unknown): key is PrivateJwk {
  if (typeof key !== "object" || key === null) return false;
  const { kty, crv, kid, alg, x, y, d, nbf, exp } = key as Record<string, unknown>;
  const isTime = (value: unknown) => value === undefined || typeof value === "number";
  const isText = (value: unknown) => typeof value === "string" && value.length > 0;
  const shaped =
    (alg === "EdDSA" && kty === "OKP" && crv === "Ed25519") ||
    (alg === "ES256" && kty === "EC" && crv === "P-256" && isText(y));
  return shaped && isText(kid) && isText(x) && isText(d) && isTime(nbf) && isTime(exp);
}

const shared = globalThis as { __halfstateEnv?: Env };

/** The validated environment, parsed once per runtime. Throws an EnvError when it is not usable. */
export function env(): Env {
  // Named one by one: the edge runtime only offers what the code names.
  return (shared.__halfstateEnv ??= parseEnv({
    PORT: process.env.PORT,
    APP_URL: process.env.APP_URL,
    DATABASE_URL: process.env.DATABASE_URL,
    DATABASE_POOL_SIZE: process.env.DATABASE_POOL_SIZE,
    DATABASE_CONNECT_TIMEOUT_SECONDS: process.env.DATABASE_CONNECT_TIMEOUT_SECONDS,
    DATABASE_STATEMENT_TIMEOUT_SECONDS: process.env.DATABASE_STATEMENT_TIMEOUT_SECONDS,
    DATABASE_LOCK_TIMEOUT_SECONDS: process.env.DATABASE_LOCK_TIMEOUT_SECONDS,
    REDIS_URL: process.env.REDIS_URL,
    REDIS_KEY_PREFIX: process.env.REDIS_KEY_PREFIX,
    SESSION_SECRET: process.env.SESSION_SECRET,
    SESSION_SECRET_NEXT: process.env.SESSION_SECRET_NEXT,
    SESSION_SECRET_PREVIOUS: process.env.SESSION_SECRET_PREVIOUS,
    REFRESH_TOKEN_SECRET: process.env.REFRESH_TOKEN_SECRET,
    REFRESH_TOKEN_SECRET_NEXT: process.env.REFRESH_TOKEN_SECRET_NEXT,
    REFRESH_TOKEN_SECRET_PREVIOUS: process.env.REFRESH_TOKEN_SECRET_PREVIOUS,
    PASSWORD_PEPPER: process.env.PASSWORD_PEPPER,
    PASSWORD_PEPPER_NEXT: process.env.PASSWORD_PEPPER_NEXT,
    PASSWORD_PEPPER_PREVIOUS: process.env.PASSWORD_PEPPER_PREVIOUS,
    ACCESS_TOKEN_KEYS: process.env.ACCESS_TOKEN_KEYS,
    TOKEN_ISSUER: process.env.TOKEN_ISSUER,
    TOKEN_AUDIENCE: process.env.TOKEN_AUDIENCE,
    ACCESS_TOKEN_TTL_SECONDS: process.env.ACCESS_TOKEN_TTL_SECONDS,
    REFRESH_TOKEN_TTL_SECONDS: process.env.REFRESH_TOKEN_TTL_SECONDS,
    REFRESH_GRACE_SECONDS: process.env.REFRESH_GRACE_SECONDS,
    SESSION_IDLE_TTL_SECONDS: process.env.SESSION_IDLE_TTL_SECONDS,
    SESSION_TTL_SECONDS: process.env.SESSION_TTL_SECONDS,
    DEFAULT_AUTH_MODE: process.env.DEFAULT_AUTH_MODE,
    BCRYPT_COST: process.env.BCRYPT_COST,
    HASH_WORKERS: process.env.HASH_WORKERS,
    HASH_QUEUE_LIMIT: process.env.HASH_QUEUE_LIMIT,
    LIMIT_PASSWORD_FAILURES: process.env.LIMIT_PASSWORD_FAILURES,
    LIMIT_PASSWORD_DELAYS_SECONDS: process.env.LIMIT_PASSWORD_DELAYS_SECONDS,
    LIMIT_ADDRESS_FAILURES: process.env.LIMIT_ADDRESS_FAILURES,
    LIMIT_ADDRESS_WINDOW_SECONDS: process.env.LIMIT_ADDRESS_WINDOW_SECONDS,
    LIMIT_ACCOUNT_FAILURES: process.env.LIMIT_ACCOUNT_FAILURES,
    LIMIT_ACCOUNT_WINDOW_SECONDS: process.env.LIMIT_ACCOUNT_WINDOW_SECONDS,
    LIMIT_SIGNUPS: process.env.LIMIT_SIGNUPS,
    LIMIT_SIGNUP_WINDOW_SECONDS: process.env.LIMIT_SIGNUP_WINDOW_SECONDS,
    LIMIT_REFRESHES: process.env.LIMIT_REFRESHES,
    LIMIT_REFRESH_WINDOW_SECONDS: process.env.LIMIT_REFRESH_WINDOW_SECONDS,
    LIMIT_LAB_RUNS: process.env.LIMIT_LAB_RUNS,
    LIMIT_LAB_WINDOW_SECONDS: process.env.LIMIT_LAB_WINDOW_SECONDS,
    LAB: process.env.LAB,
    CORS_ORIGINS: process.env.CORS_ORIGINS,
    TRUSTED_PROXIES: process.env.TRUSTED_PROXIES,
    AUDIT_RETENTION_DAYS: process.env.AUDIT_RETENTION_DAYS,
    REVOCATION_ON_OUTAGE: process.env.REVOCATION_ON_OUTAGE,
    SHUTDOWN_DELAY_SECONDS: process.env.SHUTDOWN_DELAY_SECONDS,
    SHUTDOWN_TIMEOUT_SECONDS: process.env.SHUTDOWN_TIMEOUT_SECONDS,
    LOG_LEVEL: process.env.LOG_LEVEL,
    METRICS_TOKEN: process.env.METRICS_TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  }));
}
