/** Access tokens: which are refused and why, and which key signs (RFC 9068, RFC 8725). */
import { createPrivateKey, createPublicKey, randomUUID, sign as signBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import { CompactSign, importJWK, type JWK } from "jose";
import { signAccessToken, verifyAccessToken } from "@/lib/auth/strategies/jwt/access-token.edge";
import type { PrivateJwk } from "@/lib/core/env";
import { ALGORITHMS, keyOf, newKey, useEnvironment, useKeys, type Algorithm } from "./environment";

const NOW = new Date("2026-03-01T12:00:00Z");
const NOW_SECONDS = NOW.getTime() / 1000;
const ORIGIN = "http://localhost:3000";
const LIFETIME = 900;

const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

type Json = Record<string, unknown>;

const claims = (more: Json = {}): Json => ({
  iss: ORIGIN,
  aud: ORIGIN,
  sub: "user-1",
  sid: "session-1",
  email: "ada@example.com",
  name: "Ada",
  role: "member",
  session_exp: NOW_SECONDS + 30 * 86_400,
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + LIFETIME,
  jti: randomUUID(),
  ...more,
});

const header = (key: PrivateJwk, more: Json = {}): Json => ({
  alg: key.alg,
  kid: key.kid,
  typ: "at+jwt",
  ...more,
});

async function sign(
  payload: Json,
  protectedHeader: Json,
  key: PrivateJwk | Uint8Array,
  crit?: Record<string, boolean>,
) {
  const signingKey = key instanceof Uint8Array ? key : await importJWK(key as unknown as JWK, key.alg);
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(protectedHeader as { alg: string })
    .sign(signingKey, crit && { crit });
}

const base64url = (value: string | Json) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const without = (name: string) => {
  const rest = claims();
  delete rest[name];
  return rest;
};

const code = async (token: string, now = NOW) => {
  const verified = await verifyAccessToken(token, now);
  return verified.ok ? "accepted" : verified.failure.code;
};

const publicPem = (key: PrivateJwk) =>
  createPublicKey({ key: key as unknown as JWK, format: "jwk" })
    .export({ type: "spki", format: "pem" })
    .toString();

/** Signs two parts as they stand, so that an odd spelling of them is the only thing wrong with the token. */
function signText(head: string, body: string, key: PrivateJwk): string {
  const privateKey = createPrivateKey({ key: key as unknown as JWK, format: "jwk" });
  const data = Buffer.from(`${head}.${body}`);
  const signature =
    key.alg === "EdDSA"
      ? signBytes(null, data, privateKey)
      : signBytes("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${head}.${body}.${signature.toString("base64url")}`;
}

/** JSON in base64url that leaves bits unused, so that it has a second spelling. */
const respellable = (value: Json) => {
  let text = JSON.stringify(value);
  while (text.length % 3 === 0) text += " ";
  return base64url(text);
};

/** The same bytes with another last character. */
function respelt(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const other = [...alphabet]
    .map((last) => text.slice(0, -1) + last)
    .find(
      (candidate) =>
        candidate !== text && Buffer.from(candidate, "base64url").equals(Buffer.from(text, "base64url")),
    );
  if (!other) throw new Error("No second spelling: give the text another length.");
  return other;
}

const lastPart = (token: string, change: (signature: string) => string) => {
  const [head, body, signature = ""] = token.split(".");
  return `${head}.${body}.${change(signature)}`;
};

type Forge = (key: PrivateJwk, alg: Algorithm) => Promise<string> | string;

const GARBLED: Record<string, Forge> = {
  "the empty string": () => "",
  "one word": () => "token",
  "two parts": async (key) => (await sign(claims(), header(key), key)).split(".").slice(0, 2).join("."),
  "four parts": async (key) => `${await sign(claims(), header(key), key)}.AAAA`,
  "an empty signature": async (key) =>
    `${(await sign(claims(), header(key), key)).split(".").slice(0, 2).join(".")}.`,
  "5000 characters": async (key) => sign(claims({ name: "A".repeat(5000) }), header(key), key),
  "5000 characters of nothing": () => "A".repeat(5000),
  "padding after the signature": async (key) => `${await sign(claims(), header(key), key)}==`,
  "padding after the header": (key) => signText(`${respellable(header(key))}=`, base64url(claims()), key),
  "padding after the payload": (key) => signText(base64url(header(key)), `${respellable(claims())}=`, key),
  "a space before": async (key) => ` ${await sign(claims(), header(key), key)}`,
  "a newline after": async (key) => `${await sign(claims(), header(key), key)}\n`,
  "a space inside the payload": (key) =>
    signText(base64url(header(key)), base64url(claims()).replace(/^.{10}/, "$& "), key),
  "the alphabet of plain base64": async (key) => {
    for (;;) {
      const token = await sign(claims(), header(key), key);
      const plain = lastPart(token, (signature) => signature.replaceAll("-", "+").replaceAll("_", "/"));
      if (plain !== token) return plain;
    }
  },
  "a header in another spelling of the same bytes": (key) =>
    signText(respelt(respellable(header(key))), base64url(claims()), key),
  "a payload in another spelling of the same bytes": (key) =>
    signText(base64url(header(key)), respelt(respellable(claims())), key),
  "a signature in another spelling of the same bytes": async (key) =>
    lastPart(await sign(claims(), header(key), key), respelt),
  "a header that is not JSON": async () =>
    `${base64url("{")}.${base64url(claims())}.${base64url("x".repeat(64))}`,
  "a header that is a list": async () =>
    `${base64url("[]")}.${base64url(claims())}.${base64url("x".repeat(64))}`,
  "a header that is null": async () =>
    `${base64url("null")}.${base64url(claims())}.${base64url("x".repeat(64))}`,
  "a payload that is not an object": async (key) => {
    const signingKey = await importJWK(key as unknown as JWK, key.alg);
    return new CompactSign(new TextEncoder().encode('"claims"'))
      .setProtectedHeader(header(key) as { alg: string })
      .sign(signingKey);
  },
};

const FORGED: Record<string, Forge> = {
  "alg none without a signature": (key) =>
    `${base64url(header(key, { alg: "none" }))}.${base64url(claims())}.`,
  "alg none with some signature": (key) =>
    `${base64url(header(key, { alg: "none" }))}.${base64url(claims())}.AAAA`,
  "HS256 with the public key as the secret": (key) =>
    sign(claims(), header(key, { alg: "HS256" }), new TextEncoder().encode(publicPem(key))),
  "HS256 with the key's coordinate as the secret": (key) =>
    sign(claims(), header(key, { alg: "HS256" }), Buffer.from(key.x, "base64url")),
  "another key under our key id": (key, alg) => sign(claims(), header(key), newKey(alg, key.kid)),
  "the other algorithm under our key id": (key, alg) => {
    const other = newKey(alg === "EdDSA" ? "ES256" : "EdDSA", key.kid);
    return sign(claims(), header(other), other);
  },
  "an unknown key id": (key, alg) => {
    const stranger = newKey(alg, "stranger");
    return sign(claims(), header(stranger), stranger);
  },
  "our key under an unknown key id": (key) => sign(claims(), header(key, { kid: "unknown" }), key),
  "no key id": (key) => sign(claims(), { alg: key.alg, typ: "at+jwt" }, key),
  "a key id that is a number": (key) => sign(claims(), header(key, { kid: 1 }), key),
  "a key id of __proto__": (key) => sign(claims(), header(key, { kid: "__proto__" }), key),
  "a key that it brings along": async (key, alg) => {
    const stranger = newKey(alg, key.kid);
    const { d: _, ...jwk } = stranger;
    return sign(claims(), header(key, { jwk }), stranger);
  },
  "a place to fetch its key from": (key, alg) =>
    sign(claims(), header(key, { jku: "https://evil.example/keys" }), newKey(alg, key.kid)),
  "a critical header that nobody here knows": (key) =>
    sign(claims(), header(key, { crit: ["exotic"], exotic: true }), key, { exotic: true }),
  "a payload that was changed after signing": async (key) => {
    const [head, , signature] = (await sign(claims(), header(key), key)).split(".");
    return `${head}.${base64url(claims({ role: "admin" }))}.${signature}`;
  },
};

const MISDIRECTED: Record<string, Forge> = {
  "typ JWT": (key) => sign(claims(), header(key, { typ: "JWT" }), key),
  "no typ": (key) => sign(claims(), { alg: key.alg, kid: key.kid }, key),
  "another issuer": (key) => sign(claims({ iss: "https://evil.example" }), header(key), key),
  "another audience": (key) => sign(claims({ aud: "https://other.example" }), header(key), key),
  "another audience, long expired": (key) =>
    sign(
      claims({ aud: "https://other.example", iat: NOW_SECONDS - 5000, exp: NOW_SECONDS - 4000 }),
      header(key),
      key,
    ),
  "an issue time 6 s from now": (key) => sign(claims({ iat: NOW_SECONDS + 6 }), header(key), key),
  ...Object.fromEntries(
    ["iss", "aud", "sub", "sid", "email", "name", "role", "session_exp", "iat", "exp", "jti"].map(
      (name): [string, Forge] => [`no ${name}`, (key) => sign(without(name), header(key), key)],
    ),
  ),
  ...Object.fromEntries(
    Object.entries({
      iss: 1,
      aud: { 0: ORIGIN },
      sub: 7,
      sid: ["session-1"],
      email: null,
      name: { first: "Ada" },
      role: "root",
      session_exp: "later",
      iat: "now",
      exp: "tomorrow",
    }).map(([name, value]): [string, Forge] => [
      `${name} of the wrong type`,
      (key) => sign(claims({ [name]: value }), header(key), key),
    ]),
  ),
};

for (const alg of ALGORITHMS) {
  const key = keyOf(alg);
  const ada = { id: "user-1", email: "ada@example.com", name: "Ada", role: "member" as const };
  const genuine = (device = { id: "session-1", expiresAt: after(86_400) }) =>
    signAccessToken(ada, device, NOW);

  test.describe(`with ${alg}`, () => {
    test.beforeEach(() => void useKeys(key));

    for (const [kind, table] of Object.entries({
      garbled: GARBLED,
      forged: FORGED,
      misdirected: MISDIRECTED,
    })) {
      for (const [name, forge] of Object.entries(table)) {
        test(`a ${kind} token is credential_invalid: ${name}`, async () => {
          expect(await code(await forge(key, alg))).toBe("credential_invalid");
        });
      }
    }

    test("every character of a genuine token counts", async () => {
      const { token } = await genuine();
      for (let position = 0; position < token.length; position += 7) {
        const other = token[position] === "A" ? "B" : "A";
        const changed = token.slice(0, position) + other + token.slice(position + 1);
        expect(await code(changed), `position ${position}`).toBe("credential_invalid");
      }
    });

    test("an expired token is token_expired and still says whose it was", async () => {
      const { token } = await genuine();
      const verified = await verifyAccessToken(token, after(LIFETIME + 5));
      expect(verified).toMatchObject({
        ok: false,
        failure: { code: "token_expired", expiredClaims: { sessionId: "session-1" } },
      });
    });

    test("an expired token whose device session is over too is session_expired", async () => {
      const { token } = await genuine({ id: "session-1", expiresAt: after(600) });
      expect(await code(token, after(605))).toBe("session_expired");
    });

    test("a token older than any access token may be is token_expired, whatever its exp says", async () => {
      const token = await sign(
        claims({ iat: NOW_SECONDS - LIFETIME - 6, exp: NOW_SECONDS + 1000 }),
        header(key),
        key,
      );
      expect(await code(token)).toBe("token_expired");
    });

    test("a token of a key past its publication is credential_invalid", async () => {
      const retired = { ...newKey(alg, "retired"), exp: NOW_SECONDS + 60 };
      useKeys(key, retired);
      const token = await sign(claims(), header(retired), retired);
      expect(await code(token, after(61))).toBe("credential_invalid");
      expect(await code(token, after(59))).toBe("accepted");
    });

    test("5 s of clock difference are tolerated, and no more", async () => {
      const { token } = await genuine();
      expect(await code(token, after(-6))).toBe("credential_invalid");
      expect(await code(token, after(-5))).toBe("accepted");
      expect(await code(token, after(LIFETIME + 4))).toBe("accepted");
      expect(await code(token, after(LIFETIME + 5))).toBe("token_expired");
    });

    test("a genuine token is believed, and says exactly what was signed", async () => {
      const { token, expiresAt } = await genuine();
      expect(await verifyAccessToken(token, NOW)).toEqual({
        ok: true,
        value: {
          user: ada,
          sessionId: "session-1",
          sessionExpiresAt: after(86_400),
          issuedAt: NOW,
          expiresAt: after(LIFETIME),
        },
      });
      expect(expiresAt).toEqual(after(LIFETIME));
      expect(JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString())).toEqual({
        alg,
        kid: key.kid,
        typ: "at+jwt",
      });
      const payload = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Json;
      expect(Object.keys(payload).sort()).toEqual(Object.keys(claims()).sort());
    });

    test("a token made by this test's own hand is believed as well, so that the refusals above have one cause each", async () => {
      expect(await code(await sign(claims(), header(key), key))).toBe("accepted");
      expect(await code(signText(respellable(header(key)), respellable(claims()), key))).toBe("accepted");
    });

    test("no token outlives its device session", async () => {
      for (const left of [1, 10, LIFETIME - 1, LIFETIME, LIFETIME + 1]) {
        const { token, expiresAt } = await genuine({ id: "session-1", expiresAt: after(left) });
        const payload = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as {
          exp: number;
          session_exp: number;
        };
        expect(payload.exp).toBeLessThanOrEqual(payload.session_exp);
        expect(expiresAt).toEqual(after(Math.min(left, LIFETIME)));
      }
    });

    test("two tokens of the same second differ", async () => {
      expect((await genuine()).token).not.toBe((await genuine()).token);
    });
  });
}

test("the newest key whose time has come signs; one that waits and one that retires only verify", async () => {
  const old = { ...newKey("ES256", "old"), exp: NOW_SECONDS + 3600 };
  const waiting = { ...newKey("EdDSA", "waiting"), nbf: NOW_SECONDS + 60 };
  const current = { ...newKey("EdDSA", "current"), nbf: NOW_SECONDS - 60 };
  useKeys(old, waiting, current);
  const ada = { id: "user-1", email: "ada@example.com", name: "Ada", role: "member" as const };
  const signedAt = async (now: Date) => {
    const { token } = await signAccessToken(ada, { id: "session-1", expiresAt: after(9999) }, now);
    return (JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()) as { kid: string }).kid;
  };
  expect(await signedAt(NOW)).toBe("current");
  expect(await signedAt(after(60))).toBe("waiting");
  for (const key of [old, waiting])
    expect(await code(await sign(claims(), header(key), key)), key.kid).toBe("accepted");
});

test("issuer and audience are the configured ones, not the application's address, where they are set apart", async () => {
  useEnvironment({ TOKEN_ISSUER: "https://issuer.example", TOKEN_AUDIENCE: "https://api.example" });
  const key = keyOf("EdDSA");
  expect(await code(await sign(claims(), header(key), key))).toBe("credential_invalid");
  const token = await sign(
    claims({ iss: "https://issuer.example", aud: "https://api.example" }),
    header(key),
    key,
  );
  expect(await code(token)).toBe("accepted");
});
