/** Credentials as time or an attacker would leave them: expired ones with our key, forged ones without. */
import { generateKeyPairSync } from "node:crypto";
import { sealData } from "iron-session";
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import type { App } from "./app";

const ONE_HOUR_SECONDS = 3_600;

/** The same token, but issued an hour earlier than it was and over for as long; the device session is as alive as before. */
export async function expired(app: App, accessToken: string): Promise<string> {
  const claims = decodeJwt(accessToken);
  return signed(accessToken, app, {
    ...claims,
    iat: claims.iat! - ONE_HOUR_SECONDS,
    exp: claims.iat! - ONE_HOUR_SECONDS + 1,
  });
}

/** Every claim right, under our key's id, signed with a key that is not ours. */
export const forgedToken = (accessToken: string): Promise<string> =>
  signedWith(
    accessToken,
    generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }),
    decodeJwt(accessToken),
  );

/** These claims under the header of another token, signed with the server's own key. */
export const signed = (original: string, app: App, claims: JWTPayload): Promise<string> =>
  signedWith(original, ownKey(app), claims);

async function signedWith(original: string, key: JWK, claims: JWTPayload): Promise<string> {
  const header = decodeProtectedHeader(original);
  return new SignJWT(claims)
    .setProtectedHeader({ ...header, alg: header.alg! })
    .sign(await importJWK(key, header.alg));
}

function ownKey(app: App): JWK {
  const { keys } = JSON.parse(app.env.ACCESS_TOKEN_KEYS!) as { keys: JWK[] };
  return keys[0]!;
}

/** A seal of the right shape around a real session id, made without our secret. */
export const forgedSeal = (sessionId: string): Promise<string> =>
  sealData({ purpose: "session", sessionId }, { password: "a secret of the attacker's own making, long" });

/** Seals that make iron-session 8 throw, and other garbage a cookie may hold. */
export const GARBAGE_SEALS = [
  "Fe26.2*1*a*b*c*d*e*f~2",
  "Fe26.2*__proto__*a*b*c*d*e*f~2",
  "Fe26.2**********~2",
  "Fe26.2*1*a*b*c*d*e*f~999",
  "__proto__",
  "~",
  "%00",
  "a".repeat(3000),
];

export const GARBAGE_TOKENS = [
  "a",
  "a.b",
  "a.b.c",
  "..",
  "eyJhbGciOiJub25lIn0.e30.",
  "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiIxIn0.",
  "a".repeat(5000),
  "null",
  "{}",
  "[object Object]",
  "__proto__",
];
