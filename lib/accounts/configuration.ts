/** What the instances of one deployment must have in common, in a form that gives nothing away, and where two of them differ. */
import { createHmac } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { publicKeySet, requireSigningKey } from "@/lib/auth/keys.edge";
import { env } from "@/lib/core/env";

/** By what an instance makes new values, and by what it accepts values: short texts that are the same where the settings are. */
export type SharedSetting = { makes: string; accepts: string[] };
/** By the name of the variable. */
export type SharedConfiguration = Record<string, SharedSetting>;

/** The variables of which one instance makes what the other does not accept, in the order of `EFFECTS`. */
export function differing(mine: SharedConfiguration, theirs: SharedConfiguration): string[] {
  return Object.keys(EFFECTS).filter((name) => {
    const [one, other] = [mine[name], theirs[name]];
    // An instance of another version may share less, or more.
    if (!one || !other) return false;
    return !other.accepts.includes(one.makes) || !one.accepts.includes(other.makes);
  });
}

/** What is to be told to whoever operates this: names, effects and the remedy, never a value. */
export function warningOf(names: string[]): string {
  const effects = names.map((name) => `  - ${name}: ${EFFECTS[name]}`);
  return [
    "Another instance on this database is configured differently:",
    ...effects,
    "Give all instances the same environment and restart those that have the wrong one; how to change a secret or a key while they run is in docs/secrets.md.",
  ].join("\n");
}

/** What goes wrong where two instances differ. */
const EFFECTS: Record<string, string> = {
  SESSION_SECRET: "session cookies that one of them sets are refused by the other, which signs people out.",
  REFRESH_TOKEN_SECRET:
    "refresh tokens that one of them issues are refused by the other, which signs people out.",
  PASSWORD_PEPPER: "passwords that are set at one of them are wrong at the other.",
  ACCESS_TOKEN_KEYS: "access tokens that one of them signs are refused by the other.",
  TOKEN_ISSUER: "access tokens of one of them are refused by the other.",
  TOKEN_AUDIENCE: "access tokens of one of them are refused by the other.",
  APP_URL: "forms and cookies of one of them are refused by the other.",
  ACCESS_TOKEN_TTL_SECONDS: "how long an access token lives depends on which of them issues it.",
  REFRESH_TOKEN_TTL_SECONDS: "how long a JWT device session lives depends on which of them begins it.",
  REFRESH_GRACE_SECONDS: "a refresh that is sent twice may sign people out at one of them.",
  SESSION_IDLE_TTL_SECONDS: "how long an unused session lives depends on which of them is asked.",
  SESSION_TTL_SECONDS: "how long a session lives depends on which of them begins it.",
};

/** Of this process, as it is now: the key that signs changes with time. */
export async function sharedConfiguration(now: Date): Promise<SharedConfiguration> {
  const {
    sessionSecrets,
    refreshTokenSecrets,
    passwordPeppers,
    tokenIssuer,
    tokenAudience,
    appUrl,
    accessTokenTtlSeconds,
    refreshTokenTtlSeconds,
    refreshGraceSeconds,
    sessionIdleTtlSeconds,
    sessionTtlSeconds,
  } = env();
  return {
    SESSION_SECRET: secret("SESSION_SECRET", sessionSecrets),
    REFRESH_TOKEN_SECRET: secret("REFRESH_TOKEN_SECRET", refreshTokenSecrets),
    PASSWORD_PEPPER: secret("PASSWORD_PEPPER", passwordPeppers),
    ACCESS_TOKEN_KEYS: await keys(now),
    TOKEN_ISSUER: plain(tokenIssuer),
    TOKEN_AUDIENCE: plain(tokenAudience),
    APP_URL: plain(appUrl),
    ACCESS_TOKEN_TTL_SECONDS: plain(accessTokenTtlSeconds),
    REFRESH_TOKEN_TTL_SECONDS: plain(refreshTokenTtlSeconds),
    REFRESH_GRACE_SECONDS: plain(refreshGraceSeconds),
    SESSION_IDLE_TTL_SECONDS: plain(sessionIdleTtlSeconds),
    SESSION_TTL_SECONDS: plain(sessionTtlSeconds),
  };
}

const plain = (value: string | number): SharedSetting => ({ makes: String(value), accepts: [String(value)] });

/** The first of `values` makes new ones; what any of them has made is accepted. */
function secret(name: string, values: readonly [maker: string, ...accepted: string[]]): SharedSetting {
  const [makes, ...others] = values.map((value) => fingerprint(name, value)) as [string, ...string[]];
  return { makes, accepts: [makes, ...others] };
}

/** 64 bits, bound to the variable: enough to tell secrets apart, and of 32 random characters nothing can be found out by it. */
const fingerprint = (name: string, value: string): string =>
  createHmac("sha256", value).update(`halfstate fingerprint of ${name}`).digest("hex").slice(0, 16);

/** Public parts alone, each bound to its `kid`: a token is refused by an instance that knows another key under that name. */
async function keys(now: Date): Promise<SharedSetting> {
  const signing = await requireSigningKey(now);
  const published = await Promise.all(
    publicKeySet(now).keys.map(async (key) => ({
      kid: key.kid,
      name: `${key.kid} ${await calculateJwkThumbprint(key)}`,
    })),
  );
  const makes = published.find(({ kid }) => kid === signing.kid)!.name;
  return { makes, accepts: published.map(({ name }) => name) };
}
