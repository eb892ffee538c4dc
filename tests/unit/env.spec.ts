/** The environment: every problem named at once, and no secret repeated. */
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvError, parseEnv } from "@/lib/core/env";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { ROOT } from "../../scripts/sources.mjs";

function problemsOf(source: Record<string, string | undefined>): string[] {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
}

test("fresh secrets are all that must be set", () => {
  expect(problemsOf(freshSecrets())).toEqual([]);
  expect(parseEnv(freshSecrets())).toMatchObject({
    port: 3000,
    appUrl: "http://localhost:3000",
    secureCookies: false,
    databaseUrl: "file:./data/halfstate.db",
    defaultMode: "jwt",
    accessTokenTtlSeconds: 900,
  });
});

test("an empty environment is refused with every missing variable and its remedy at once", () => {
  const problems = problemsOf({});
  for (const name of ["SESSION_SECRET", "REFRESH_TOKEN_SECRET", "PASSWORD_PEPPER", "ACCESS_TOKEN_KEYS"]) {
    expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${name} is missing: .*npm start`)));
  }
  expect(problems).toHaveLength(4);
});

const REFUSED: [string, string][] = [
  ["PORT", "http"],
  ["APP_URL", "example.com/path"],
  ["DATABASE_URL", "mysql://localhost/app"],
  ["DATABASE_POOL_SIZE", "0"],
  ["DATABASE_STATEMENT_TIMEOUT_SECONDS", "60"],
  ["REDIS_URL", "http://localhost:6379"],
  ["REDIS_KEY_PREFIX", "with a space"],
  ["SESSION_SECRET", "too short"],
  ["ACCESS_TOKEN_KEYS", "{"],
  ["ACCESS_TOKEN_KEYS", '{"keys":[{"kty":"oct","k":"AA"}]}'],
  ["ACCESS_TOKEN_TTL_SECONDS", "0"],
  ["BCRYPT_COST", "4"],
  ["DEFAULT_AUTH_MODE", "both"],
  ["CORS_ORIGINS", "https://a.example, nonsense"],
  ["REVOCATION_ON_OUTAGE", "maybe"],
  ["LOG_LEVEL", "loud"],
];

for (const [name, value] of REFUSED) {
  test(`${name}=${value} is refused by name`, () => {
    expect(problemsOf({ ...freshSecrets(), [name]: value })).toContainEqual(
      expect.stringMatching(`^${name} `),
    );
  });
}

test("a PostgreSQL database is accepted, one that is not usable is refused without repeating its password", () => {
  const withUrl = (url: string) => problemsOf({ ...freshSecrets(), DATABASE_URL: url });
  expect(
    withUrl("postgresql://ada:not-for-any-log@db.example.com:5432/halfstate?sslmode=verify-full"),
  ).toEqual([]);
  expect(withUrl("postgres://localhost/halfstate?schema=public")).toEqual([]);
  for (const url of [
    "postgresql://ada:not-for-any-log@db.example.com:port/halfstate",
    "postgresql://ada:not-for-any-log@db.example.com/halfstate?schema=other",
  ]) {
    const problems = withUrl(url);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain("not-for-any-log");
  }
});

test("a Redis server is accepted, with TLS, a user and a number; one that is not usable is refused without repeating its password", () => {
  const withUrl = (url: string) => problemsOf({ ...freshSecrets(), REDIS_URL: url });
  for (const url of [
    "redis://localhost",
    "redis://[::1]:6379/",
    "rediss://ada:p%40ss@redis.example.com:6380/15",
    "redis://:not-for-any-log@localhost:6379/0",
  ])
    expect(withUrl(url)).toEqual([]);
  for (const url of [
    "redis://ada:not-for-any-log@localhost:port",
    "redis://ada:not-for-any-log%zz@localhost",
    "redis://ada:not-for-any-log@localhost/name",
    "redis://ada:not-for-any-log@localhost/0?family=6",
    "unix:///run/not-for-any-log.sock",
  ]) {
    const problems = withUrl(url);
    expect(problems, url).toHaveLength(1);
    expect(problems[0]).toMatch(/^REDIS_URL /);
    expect(problems[0]).not.toContain("not-for-any-log");
  }
});

test("several problems are reported together", () => {
  const bad = Object.fromEntries(REFUSED);
  const names = Object.keys(bad);
  const problems = problemsOf({ ...freshSecrets(), ...bad });
  expect(problems.map((problem) => problem.split(" ")[0]).sort()).toEqual(names.sort());
});

test("one secret for two purposes is refused", () => {
  const secrets = freshSecrets();
  expect(problemsOf({ ...secrets, PASSWORD_PEPPER: secrets.SESSION_SECRET })).toContainEqual(
    expect.stringContaining("must differ"),
  );
});

const ROTATED = ["SESSION_SECRET", "REFRESH_TOKEN_SECRET", "PASSWORD_PEPPER"] as const;
const OTHER = "another-secret-of-the-unit-tests-0123456789";

for (const name of ROTATED) {
  test(`what is accepted beside ${name} is judged as strictly, each by its name`, () => {
    const secrets = freshSecrets();
    const problems = (more: Record<string, string>) => problemsOf({ ...secrets, ...more });
    const shorter = (variable: string): unknown[] => [
      expect.stringMatching(`^${variable} is shorter than 32`),
    ];
    expect(problems({ [`${name}_NEXT`]: "too short" })).toEqual(shorter(`${name}_NEXT`));
    expect(problems({ [`${name}_PREVIOUS`]: `${OTHER}, too short` })).toEqual(shorter(`${name}_PREVIOUS`));
    const twice: unknown[] = [expect.stringMatching(`^${name} has the same value twice`)];
    expect(problems({ [`${name}_NEXT`]: secrets[name]! })).toEqual(twice);
    expect(problems({ [`${name}_PREVIOUS`]: secrets[name]! })).toEqual(twice);
    expect(problems({ [`${name}_PREVIOUS`]: `${OTHER},${OTHER}` })).toEqual(twice);
    expect(problems({ [`${name}_NEXT`]: OTHER, [`${name}_PREVIOUS`]: OTHER })).toEqual(twice);
    for (const foreign of ROTATED.filter((one) => one !== name)) {
      const differ: unknown[] = [expect.stringContaining("must differ")];
      expect(problems({ [`${name}_NEXT`]: secrets[foreign]! })).toEqual(differ);
      expect(problems({ [`${name}_PREVIOUS`]: `${OTHER},${secrets[foreign]!}` })).toEqual(differ);
    }
    for (const problem of problems({
      [`${name}_NEXT`]: "too short",
      [`${name}_PREVIOUS`]: `${OTHER},${OTHER}`,
    }))
      expect(problem).not.toMatch(/too short|another-secret/);
  });
}

test("the secret in use makes, the next and the previous ones are accepted; the oldest pepper made what names none", () => {
  const secrets = freshSecrets();
  const [next, previous, oldest] = ["n", "p", "o"].map((letter) => letter.repeat(32));
  const rotating = (name: string) => ({
    [`${name}_NEXT`]: next!,
    [`${name}_PREVIOUS`]: ` ${previous} , ${oldest}`,
  });
  for (const [name, field] of [
    ["SESSION_SECRET", "sessionSecrets"],
    ["REFRESH_TOKEN_SECRET", "refreshTokenSecrets"],
    ["PASSWORD_PEPPER", "passwordPeppers"],
  ] as const) {
    expect(parseEnv(secrets)[field]).toEqual([secrets[name]]);
    expect(parseEnv({ ...secrets, ...rotating(name) })[field]).toEqual([
      secrets[name],
      next,
      previous,
      oldest,
    ]);
  }
  expect(parseEnv(secrets).oldestPepper).toBe(secrets.PASSWORD_PEPPER);
  expect(parseEnv({ ...secrets, PASSWORD_PEPPER_NEXT: next }).oldestPepper).toBe(secrets.PASSWORD_PEPPER);
  expect(parseEnv({ ...secrets, ...rotating("PASSWORD_PEPPER") }).oldestPepper).toBe(oldest);
});

test("keys that can only verify are refused, because nothing could sign", () => {
  const set = JSON.parse(freshSecrets().ACCESS_TOKEN_KEYS!) as { keys: object[] };
  const keys = set.keys.map((key) => ({ ...key, exp: 1 }));
  expect(problemsOf({ ...freshSecrets(), ACCESS_TOKEN_KEYS: JSON.stringify({ keys }) })).toHaveLength(1);
});

test("an https address turns on secure cookies", () => {
  expect(parseEnv({ ...freshSecrets(), APP_URL: "https://app.example.com" }).secureCookies).toBe(true);
});

test("the variables that are parsed, handed over and documented are the same", () => {
  const read = new Set<string>();
  const watched = new Proxy<Record<string, string>>(freshSecrets(), {
    get(target, name) {
      read.add(String(name));
      return target[String(name)];
    },
  });
  parseEnv(watched);

  const source = readFileSync(join(ROOT, "lib/core/env.ts"), "utf8");
  const handedOver = [...source.matchAll(/(\w+): process\.env\.(\w+)/g)].map(([, key, name]) => {
    expect(key).toBe(name);
    return name!;
  });
  const example = readFileSync(join(ROOT, ".env.example"), "utf8");
  const documented = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name!);

  expect(handedOver.sort()).toEqual([...read].sort());
  // HOST is for the script that starts the app; the app itself is told nothing of it.
  expect(documented.filter((name) => name !== "HOST").sort()).toEqual([...read].sort());
});
