/** Refresh tokens: a family, a generation, and a MAC over both, so that garbage costs no query and a successor can be computed again. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/core/env";

/** `family` is the id of the device session; `generation` counts rotations from 0. */
export type RefreshTokenName = { family: string; generation: number };

const PREFIX = "hsr1";
const SHAPE = /^hsr1\.([A-Za-z0-9_-]{22})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/** The one text of this generation of this family. */
export const refreshToken = ({ family, generation }: RefreshTokenName): string =>
  `${PREFIX}.${family}.${generation}.${mac({ family, generation })}`;

/** Null for everything this server did not sign. */
export function readRefreshToken(token: string): RefreshTokenName | null {
  const match = SHAPE.exec(token);
  if (!match) return null;
  const name = { family: match[1]!, generation: Number(match[2]) };
  return timingSafeEqual(Buffer.from(match[3]!), Buffer.from(mac(name))) ? name : null;
}

/** What the database keeps of a token. */
export const refreshTokenHash = (token: string): string =>
  createHash("sha256").update(token).digest("base64url");

const mac = ({ family, generation }: RefreshTokenName): string =>
  createHmac("sha256", env().refreshTokenSecret)
    .update(`${PREFIX}.${family}.${generation}`)
    .digest("base64url");
