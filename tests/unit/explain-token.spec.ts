/** The explanation of a refusal is the verifier's own: over every preset and hundreds of edits, thousands in a thorough run, both say the same. */
import { createPrivateKey, sign as signBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import { errors, jwtVerify, type JWK } from "jose";
import { getVerificationKey } from "@/lib/auth/keys.edge";
import {
  REQUIRED_CLAIMS,
  signAccessToken,
  verifyAccessToken,
} from "@/lib/auth/strategies/jwt/access-token.edge";
import type { PrivateJwk } from "@/lib/core/env";
import { explainTokenAlone } from "@/lib/lab/explain-token";
import { forgeToken } from "@/lib/lab/forge-token";
import type { Device } from "@/lib/lab/identities";
import { signRefusedToken } from "@/lib/lab/refused-tokens";
import { takeApart, type Json } from "@/lib/lab/token-parts";
import { presetOf, PRESETS, REFUSED_TOKENS, SIGNINGS, type PresetId } from "@/lib/lab/token-presets";
import { LIVE_RULES, TOKEN_RULES, type RuleId } from "@/lib/lab/token-rules";
import { numbersFrom, rounds } from "../support/rounds";
import { ALGORITHMS, keyOf, newKey, useKeys } from "./environment";

const NOW = new Date("2026-03-01T12:00:00.400Z");
const NOW_SECONDS = Math.floor(NOW.getTime() / 1000);
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
/** All over the first two hours, closer together than any token lives, and every second around the hour that the token from the future names. */
const STEPS = rounds(500);
const MOMENTS = [
  ...Array.from({ length: STEPS }, (_, at) => at * (7_500 / STEPS)),
  ...Array.from({ length: 40 }, (_, at) => 3580 + at),
];
const USER = { id: "user-1", email: "lab-1@lab.invalid", name: "Lab", role: "member" as const };

async function device(expiresAt = after(86_400)): Promise<Device> {
  const { token } = await signAccessToken(USER, { id: "session-1", expiresAt }, NOW);
  const tokens = { accessToken: token, tokenType: "Bearer" as const, expiresIn: 900, refreshToken: "" };
  return { userId: USER.id, sessionId: "session-1", mode: "jwt", cookies: new Map(), tokens };
}

/** What both say, once they have been seen to agree. */
async function refusal(token: string, now = NOW): Promise<{ refusedBy: RuleId | null; code: string | null }> {
  const verified = await verifyAccessToken(token, now);
  const explained = await explainTokenAlone(token, now);
  expect(explained.code, `${explained.refusedBy} for ${token}`).toBe(
    verified.ok ? null : verified.failure.code,
  );
  const names = await ruleByJose(token, now);
  if (names) expect(explained.refusedBy, token).toBe(names);
  return explained;
}

/** The rule that the library's own error names, where the token gets as far as the library. */
async function ruleByJose(token: string, now: Date): Promise<RuleId | null> {
  const kid = takeApart(token).header.json?.kid;
  const known = typeof kid === "string" ? await getVerificationKey(kid, now) : null;
  if (!known || token.length > 4096 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return null;
  const error: unknown = await jwtVerify(token, known.key, {
    algorithms: [known.alg],
    typ: "at+jwt",
    issuer: "http://localhost:3000",
    audience: "http://localhost:3000",
    requiredClaims: REQUIRED_CLAIMS,
    maxTokenAge: 900,
    clockTolerance: 5,
    currentDate: now,
  }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JOSENotSupported) return "critical";
  if (error instanceof errors.JWTExpired) return error.claim === "exp" ? "expiry" : "age";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return null;
  const { claim, reason } = error;
  if (reason === "missing") return "complete";
  if (reason === "invalid") return claim === "exp" ? "expiry" : "times";
  const RULES: Record<string, RuleId> = {
    typ: "type",
    iss: "issuer",
    aud: "audience",
    nbf: "not-before",
    iat: "future",
  };
  return RULES[claim]!;
}

async function made(id: PresetId): Promise<string> {
  const lab = await device();
  const preset = presetOf(id);
  if ("signedHere" in preset) return signRefusedToken(preset.signedHere, lab, NOW);
  return forgeToken(lab.tokens!.accessToken, preset.edit, NOW);
}

const REFUSED_BY: Record<PresetId, RuleId> = {
  "forged-role": "signature",
  "alg-none": "spelling",
  "alg-none-signed": "algorithm",
  "key-confusion": "algorithm",
  "embedded-key": "signature",
  "unknown-key": "key",
  "no-key": "key",
  padded: "spelling",
  spaced: "spelling",
  expired: "expiry",
  audience: "audience",
  type: "type",
  future: "future",
};

for (const alg of ALGORITHMS) {
  test.describe(`with ${alg}`, () => {
    const key = keyOf(alg);
    test.beforeEach(() => void useKeys(key));

    for (const { id } of PRESETS)
      test(`the preset ${id} is refused, by ${REFUSED_BY[id]}`, async () => {
        expect((await refusal(await made(id))).refusedBy).toBe(REFUSED_BY[id]);
      });

    test("what this server signs to be refused is refused at every moment, not only now", async () => {
      for (const which of REFUSED_TOKENS) {
        const token = await signRefusedToken(which, await device(), NOW);
        for (const later of MOMENTS)
          expect((await verifyAccessToken(token, after(later))).ok, `${which} after ${later} s`).toBe(false);
      }
    });

    test("it signs so for a lab device's own token alone", async () => {
      const lab = await device();
      await expect(signRefusedToken("type", { ...lab, userId: "somebody else" }, NOW)).rejects.toThrow();
      await expect(signRefusedToken("type", { ...lab, tokens: undefined }, NOW)).rejects.toThrow();
      const forged = forgeToken(
        lab.tokens!.accessToken,
        { header: {}, claims: { role: "admin" }, signing: "own-key" },
        NOW,
      );
      const tokens = { ...lab.tokens!, accessToken: forged };
      await expect(signRefusedToken("type", { ...lab, tokens }, NOW)).rejects.toThrow();
    });

    test("a token that nobody changed is let in, and stays so through an edit that changes nothing", async () => {
      const { accessToken } = (await device()).tokens!;
      const same = forgeToken(
        accessToken,
        { header: { alg }, claims: { role: "member" }, signing: "kept" },
        NOW,
      );
      expect(same).toBe(accessToken);
      expect(await refusal(same)).toEqual({ refusedBy: null, code: null });
    });

    test("both agree on whatever somebody without our key may send", async () => {
      const { accessToken } = (await device()).tokens!;
      for (const random of seeds(rounds(400))) {
        const edit = {
          header: changes(HEADER, random),
          claims: changes(CLAIMS, random),
          signing: pick(SIGNINGS, random),
        };
        const forged = forgeToken(accessToken, edit, NOW);
        const { refusedBy } = await refusal(mangled(forged, random));
        if (forged !== accessToken) expect(refusedBy, JSON.stringify(edit)).not.toBeNull();
      }
    });

    test("both agree on whatever our key may have signed, at every time", async () => {
      const { accessToken } = (await device()).tokens!;
      const { header, claims } = takeApart(accessToken);
      const met = new Set<RuleId | null>();
      const add = async (token: string, now: Date) => met.add((await refusal(token, now)).refusedBy);
      for (const random of seeds(rounds(1500))) {
        const signed = signText(
          base64url(merged(header.json!, changes(HEADER, random))),
          base64url(merged(claims.json!, changes(CLAIMS, random))),
          key,
        );
        await add(signed, after(pick([0, 0, 0, -7, -5, 4, 5, 899, 904, 905, 906, 90_000], random)));
      }
      // What chance makes too seldom to count on.
      const old = { ...claims.json, iat: NOW_SECONDS - 906 };
      await add(signText(header.text, base64url(old), key), NOW);
      await add(
        signText(base64url({ alg, kid: key.kid }), Buffer.from("[]").toString("base64url"), key),
        NOW,
      );
      await add(signText(Buffer.from("[]").toString("base64url"), base64url({}), key), NOW);
      await add("A".repeat(4097), NOW);
      await add(`${accessToken}=`, NOW);
      await add(
        forgeToken(accessToken, { header: {}, claims: { role: "admin" }, signing: "kept" }, NOW),
        NOW,
      );
      const asked = TOKEN_RULES.map(({ id }) => id).filter((id) => !LIVE_RULES.includes(id));
      expect([...met].filter((id) => id !== null).sort(), "every rule has refused something").toEqual(
        asked.sort(),
      );
      expect(met.has(null), "and something was let in").toBe(true);
    });
  });
}

test("an expired token of a device session that is over says so", async () => {
  useKeys(keyOf("EdDSA"));
  const { accessToken } = (await device(after(600))).tokens!;
  expect(await refusal(accessToken, after(606))).toEqual({ refusedBy: "expiry", code: "session_expired" });
});

test("a key that is not published any more is no key", async () => {
  const retired = { ...newKey("ES256", "retired"), exp: NOW_SECONDS + 60 };
  useKeys(retired, keyOf("EdDSA"));
  const { header, claims } = takeApart((await device()).tokens!.accessToken);
  const signed = signText(base64url({ ...header.json, alg: "ES256", kid: "retired" }), claims.text, retired);
  expect((await refusal(signed)).refusedBy).toBeNull();
  expect((await refusal(signed, after(61))).refusedBy).toBe("key");
});

// What a header and a set of claims may be changed to; undefined leaves it as it is.
const HEADER: Record<string, unknown[]> = {
  alg: ["none", "HS256", "EdDSA", "ES256", "", 1, null],
  kid: ["unknown", "__proto__", "", 7, null],
  typ: ["JWT", "AT+JWT", "application/at+jwt", "APPLICATION/AT+JWT", "at+jwt ", 3, null],
  crit: [["exotic"], ["b64"], [], "b64", ["b64", "b64"], null],
  b64: [true, false, "true", null],
  jwk: [{ kty: "OKP" }],
};
const CLAIMS: Record<string, unknown[]> = {
  iss: ["https://evil.example", 1, ["http://localhost:3000"], null],
  aud: ["https://other.example", ["https://other.example", "http://localhost:3000"], [], {}, 1, null],
  sub: ["someone", 7, "", null],
  sid: ["other", [], null],
  email: ["x@example.com", false, null],
  name: ["", {}, null],
  role: ["admin", "editor", "root", "", 1, null],
  session_exp: [NOW_SECONDS + 60, NOW_SECONDS - 60, "later", null],
  iat: [NOW_SECONDS + 5, NOW_SECONDS + 6, NOW_SECONDS - 905, NOW_SECONDS - 906, "now", 0.5, null],
  nbf: [NOW_SECONDS + 5, NOW_SECONDS + 6, NOW_SECONDS - 60, "now"],
  exp: [NOW_SECONDS - 4, NOW_SECONDS - 5, NOW_SECONDS + 9999, 1e308, "soon", null],
  jti: ["again", null],
};

type Random = () => number;

/** Numbers that look random and are the same in every run. */
const seeds = (count: number): Random[] =>
  Array.from({ length: count }, (_, at) => numbersFrom((at + 1) * 0x9e3779b9));

const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)]!;

/** One name or none, now and then two: with more wrong at once only the first rule would ever be met. */
function changes(table: Record<string, unknown[]>, random: Random): Json {
  const names = Object.keys(table).filter(() => random() < 0.06);
  return Object.fromEntries(names.map((name) => [name, pick(table[name]!, random)]));
}

const merged = (before: Json, patch: Json): Json =>
  Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null));

const base64url = (value: Json) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Mostly as it is; else one character is other, gone, or more. */
function mangled(token: string, random: Random): string {
  const at = Math.floor(random() * token.length);
  const how = random();
  if (how < 0.7) return token;
  const put = pick(["A", "=", ".", " ", "\n", "é", ""], random);
  return token.slice(0, at) + put + token.slice(how < 0.85 ? at : at + 1);
}

function signText(head: string, body: string, jwk: PrivateJwk): string {
  const privateKey = createPrivateKey({ key: jwk as unknown as JWK, format: "jwk" });
  const data = Buffer.from(`${head}.${body}`);
  const signature =
    jwk.alg === "EdDSA"
      ? signBytes(null, data, privateKey)
      : signBytes("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${head}.${body}.${signature.toString("base64url")}`;
}
