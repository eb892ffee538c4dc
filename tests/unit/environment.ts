/** A whole environment for rules that read one, without a file or a database behind it. */
import { generateKeyPairSync } from "node:crypto";
import { parseEnv, type Env, type PrivateJwk } from "@/lib/core/env";

export const ALGORITHMS = ["EdDSA", "ES256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export function newKey(alg: Algorithm, kid: string): PrivateJwk {
  const { privateKey } =
    alg === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid, alg } as PrivateJwk;
}

const KEYS = { EdDSA: newKey("EdDSA", "eddsa-1"), ES256: newKey("ES256", "es256-1") };
export const keyOf = (alg: Algorithm): PrivateJwk => KEYS[alg];

const SOURCE = {
  APP_URL: "http://localhost:3000",
  SESSION_SECRET: "session-secret-of-the-unit-tests-0123456789",
  REFRESH_TOKEN_SECRET: "refresh-secret-of-the-unit-tests-0123456789",
  PASSWORD_PEPPER: "password-pepper-of-the-unit-tests-0123456789",
  ACCESS_TOKEN_KEYS: JSON.stringify({ keys: [KEYS.EdDSA] }),
  BCRYPT_COST: "10",
  LOG_LEVEL: "silent",
};

/** Makes this the environment of the process, and forgets what was derived from the one before. */
export function useEnvironment(overrides: Record<string, string> = {}): Env {
  const shared = globalThis as Record<string, unknown>;
  const environment = parseEnv({ ...SOURCE, ...overrides });
  shared.__halfstateEnv = environment;
  // Emptied rather than replaced: lib/auth/keys.edge.ts holds on to it.
  (shared.__halfstateKeys as Map<string, unknown> | undefined)?.clear();
  delete shared.__halfstateProxies;
  delete shared.__halfstateOpenedSeals;
  delete shared.__halfstateVerifiedTokens;
  return environment;
}

export const useKeys = (...keys: PrivateJwk[]): Env =>
  useEnvironment({ ACCESS_TOKEN_KEYS: JSON.stringify({ keys }) });
