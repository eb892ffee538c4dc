/** What is remembered of verified tokens, and when it does not count. */
import { expect, test } from "@playwright/test";
import { MOST_REMEMBERED, type CredentialMemory } from "@/lib/auth/credential-memory";
import { signAccessToken, type AccessTokenClaims } from "@/lib/auth/strategies/jwt/access-token.edge";
import { verifyTokenOnce } from "@/lib/auth/strategies/jwt/verified-tokens";
import { env, type PrivateJwk } from "@/lib/core/env";
import { rounds } from "../support/rounds";
import { ALGORITHMS, keyOf, newKey, useEnvironment, useKeys } from "./environment";

const NOW = new Date("2026-03-01T12:00:00Z");
const LIFETIME = 900;
const ADA = { id: "user-1", email: "ada@example.com", name: "Ada", role: "member" as const };

const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const shared = globalThis as {
  __halfstateVerifiedTokens?: CredentialMemory<{ claims: AccessTokenClaims; key: PrivateJwk }>;
};
const remembered = () => shared.__halfstateVerifiedTokens!;

const signed = async (device = { id: "session-1", expiresAt: after(86_400) }, now = NOW) =>
  (await signAccessToken(ADA, device, now)).token;

/** The session that is told, or why none is. */
const outcome = async (token: string, now = NOW) => {
  const verified = await verifyTokenOnce(token, now);
  return verified.ok ? verified.value.sessionId : verified.failure.code;
};

/** From now on an answer from memory can be told from a verification: it names another session. */
const markMemory = () => {
  for (const { what } of remembered().values()) what.claims = { ...what.claims, sessionId: "from memory" };
};

for (const alg of ALGORITHMS) {
  test.describe(`with ${alg}`, () => {
    test.beforeEach(() => void useKeys(keyOf(alg)));

    test("a token is verified the first time and remembered afterwards, without its own text", async () => {
      const token = await signed();
      expect(await outcome(token)).toBe("session-1");
      expect([...remembered().keys()]).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
      expect(JSON.stringify([...remembered()])).not.toContain(token.split(".")[2]);
      const first = await verifyTokenOnce(token, NOW);
      expect(await verifyTokenOnce(token, NOW)).toEqual(first);
      markMemory();
      expect(await outcome(token)).toBe("from memory");
    });

    test("a remembered token is refused from its expiry on, and by no later clock believed again", async () => {
      const token = await signed();
      await outcome(token);
      markMemory();
      expect(await outcome(token, after(LIFETIME - 1))).toBe("from memory");
      // The clock tolerance is not granted from memory: the verification grants it, and is asked.
      expect(await outcome(token, after(LIFETIME))).toBe("session-1");
      expect(remembered().size).toBe(0);
      expect(await outcome(token, after(LIFETIME + 5))).toBe("token_expired");
      expect(await outcome(token, after(LIFETIME + 5))).toBe("token_expired");
      expect(remembered().size).toBe(0);
    });

    test("a remembered token of a device session that is over by time is session_expired", async () => {
      const token = await signed({ id: "session-1", expiresAt: after(60) });
      expect(await outcome(token)).toBe("session-1");
      expect(await outcome(token, after(65))).toBe("session_expired");
    });

    test("a remembered token is older than any may be when the life of tokens is over, whatever its exp says", async () => {
      useEnvironment({ ACCESS_TOKEN_TTL_SECONDS: "3600", ACCESS_TOKEN_KEYS: keySet(keyOf(alg)) });
      const token = await signed();
      useKeys(keyOf(alg));
      expect(env().accessTokenTtlSeconds).toBe(LIFETIME);
      expect(await outcome(token)).toBe("session-1");
      expect(await outcome(token, after(LIFETIME + 6))).toBe("token_expired");
    });

    test("a clock that goes back is judged anew: a token from the future stays refused", async () => {
      const token = await signed();
      await outcome(token);
      markMemory();
      expect(await outcome(token, after(-5))).toBe("session-1");
      expect(await outcome(token, after(-6))).toBe("credential_invalid");
    });

    test("a key that leaves the key set takes its remembered tokens with it", async () => {
      const old = newKey(alg, "old");
      const next = newKey(alg, "next");
      useKeys(old);
      const token = await signed();
      expect(await outcome(token)).toBe("session-1");
      // In place, because a new environment begins with an empty memory.
      env().accessTokenKeys.splice(0, 1, next);
      expect(remembered().size).toBe(1);
      expect(await outcome(token)).toBe("credential_invalid");
    });

    test("a key past its publication takes its remembered tokens with it", async () => {
      useKeys(newKey(alg, "retired"));
      env().accessTokenKeys[0]!.exp = after(60).getTime() / 1000;
      const token = await signed();
      await outcome(token);
      markMemory();
      expect(await outcome(token, after(59))).toBe("from memory");
      expect(await outcome(token, after(60))).toBe("credential_invalid");
    });

    test("another key under the same name inherits no token", async () => {
      useKeys(newKey(alg, "same"));
      const token = await signed();
      await outcome(token);
      env().accessTokenKeys.splice(0, 1, newKey(alg, "same"));
      (globalThis as { __halfstateKeys?: Map<string, unknown> }).__halfstateKeys!.clear();
      expect(await outcome(token)).toBe("credential_invalid");
    });

    test("every other text is another token: one character, padding, white space, another signature", async () => {
      const token = await signed();
      await outcome(token);
      const [head, body, signature = ""] = token.split(".");
      const others = [
        `${token}=`,
        `${token}==`,
        ` ${token}`,
        `${token} `,
        `${token}\n`,
        `${token}\0`,
        `${token}.`,
        token.slice(0, -1),
        token.toLowerCase(),
        `${head}.${body}.`,
        `${head}..${signature}`,
        `${head}.${body}.${Buffer.from(signature, "base64url").toString("base64")}`,
        ...Array.from({ length: token.length }, (_, n) => n)
          .filter((n) => n % 11 === 0)
          .map((n) => token.slice(0, n) + (token[n] === "A" ? "B" : "A") + token.slice(n + 1)),
      ];
      for (const other of others) expect(await outcome(other), other).toBe("credential_invalid");
      expect(remembered().size).toBe(1);
    });

    test("what is read of a remembered token cannot be changed for the next reader", async () => {
      const token = await signed();
      for (let n = 0; n < 2; n += 1) {
        const verified = await verifyTokenOnce(token, NOW);
        expect(() => {
          if (verified.ok) verified.value.user.role = "admin";
        }).toThrow(TypeError);
      }
    });
  });
}

const keySet = (...keys: PrivateJwk[]) => JSON.stringify({ keys });

test("garbage, forgeries and expired tokens are not remembered, however many come", async () => {
  useKeys(keyOf("EdDSA"));
  const token = await signed();
  const expired = await signed({ id: "session-1", expiresAt: after(86_400) }, after(-LIFETIME - 10));
  for (let n = 0; n < rounds(500); n += 1) {
    expect(await outcome(`${token.slice(0, -10)}${String(n).padStart(10, "A")}`)).toBe("credential_invalid");
    expect(await outcome(`garbage ${n}`)).toBe("credential_invalid");
    expect(await outcome(expired)).toBe("token_expired");
  }
  expect(remembered().size).toBe(0);
});

test("of more tokens than are kept, the one not used for longest goes", async () => {
  useKeys(keyOf("EdDSA"));
  const [old, used, fresh] = await Promise.all(
    ["old", "used", "fresh"].map((id) => signed({ id, expiresAt: after(86_400) })),
  );
  await outcome(old!);
  await outcome(used!);
  const filler = { ...[...remembered().values()][0]!, until: Infinity };
  while (remembered().size < MOST_REMEMBERED) remembered().set(String(remembered().size), filler);
  await outcome(used!);
  await outcome(fresh!);
  expect(remembered().size).toBe(MOST_REMEMBERED);
  const last = [...remembered().values()].slice(-2).map(({ what }) => what.claims.sessionId);
  expect(last).toEqual(["used", "fresh"]);
  markMemory();
  expect(await outcome(old!)).toBe("old");
});
