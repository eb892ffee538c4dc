/** Random identifiers that cannot be guessed. */
import { randomBytes } from "node:crypto";

/** 128 random bits, base64url, 22 characters. */
export const randomId = (): string => randomBytes(16).toString("base64url");
