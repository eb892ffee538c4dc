/** What is written to Redis: whoever reads Redis without SESSION_SECRET learns nothing from it, and whoever writes there makes nothing up. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { env } from "@/lib/core/env";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `name` says what it is and whose; under another name it does not open. */
export function sealFor(name: string, value: unknown): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyFor(name, env().sessionSecrets[0]), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Undefined for everything that was not sealed under this name, with a secret that is accepted. */
export function openFor(name: string, sealed: Buffer): unknown {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  for (const secret of env().sessionSecrets) {
    const text = openWith(keyFor(name, secret), sealed);
    if (text !== undefined) return JSON.parse(text);
  }
  return undefined;
}

function openWith(key: Buffer, sealed: Buffer): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8");
    return text + decipher.final("utf8");
  } catch {
    return undefined;
  }
}

/** A key for each name: random nonces would in time meet under one key for all. */
const keyFor = (name: string, secret: string): Buffer =>
  createHmac("sha256", secret).update(`halfstate redis\0${name}`).digest();
