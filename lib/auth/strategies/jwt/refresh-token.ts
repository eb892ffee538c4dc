/** Refresh tokens: a family, a generation, and a MAC over both, so that garbage costs no query and a successor can be computed again. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/core/env";

/** `family` is the id of the device session; `generation` counts rotations from 0. */
export type RefreshTokenName = { family: string; generation: number };

const PREFIX = "hsr1";
const SHAPE = /^hsr1\.([A-Za-z0-9_-]{22})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/** The text of this generation of this family, as this process makes it. */
export const refreshToken = (name: RefreshTokenName): string => textOf(name, env().refreshTokenSecrets[0]);

/**
 * The one text of this generation that was handed out, whichever process made it: while secrets are rotated two may make with
 * different ones, and the row tells by `hash` whose was first. Null: none of the accepted secrets made it.
 */
export const refreshTokenOfHash = (name: RefreshTokenName, hash: string): string | null =>
  env()
    .refreshTokenSecrets.map((secret) => textOf(name, secret))
    .find((token) => refreshTokenHash(token) === hash) ?? null;

/** Null for everything that none of the accepted secrets made. */
export function readRefreshToken(token: string): RefreshTokenName | null {
  const match = SHAPE.exec(token);
  if (!match) return null;
  const name = { family: match[1]!, generation: Number(match[2]) };
  const presented = Buffer.from(match[3]!);
  const fits = (secret: string) => timingSafeEqual(presented, Buffer.from(mac(name, secret)));
  return env().refreshTokenSecrets.some(fits) ? name : null;
}

/** What the database keeps of a token. */
export const refreshTokenHash = (token: string): string =>
  createHash("sha256").update(token).digest("base64url");

const textOf = (name: RefreshTokenName, secret: string): string =>
  `${PREFIX}.${name.family}.${name.generation}.${mac(name, secret)}`;

const mac = ({ family, generation }: RefreshTokenName, secret: string): string =>
  createHmac("sha256", secret).update(`${PREFIX}.${family}.${generation}`).digest("base64url");
