/** How a Lab request says under which conditions it runs: a header that only this server can write, good for one lab identity and a short time. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/core/env";
import type { Conditions } from "@/lib/trace/lab-scope";

/** On a request: the signed conditions. */
export const CONDITIONS_HEADER = "x-halfstate-lab";
/** On its answer: what it did, as JSON of the shape `Trace`. */
export const TRACE_HEADER = "x-halfstate-trace";

/** `<conditions and expiry as JSON, base64url>.<HMAC-SHA256, base64url>` */
export function signConditions(conditions: Conditions, expiresAt: Date): string {
  const text = Buffer.from(JSON.stringify({ ...conditions, exp: expiresAt.getTime() })).toString("base64url");
  return `${text}.${mac(text, env().sessionSecrets[0]).toString("base64url")}`;
}

/** Null for anything that this server did not sign, or whose time is over: the request then runs as every other. */
export function readConditions(header: string, now: Date): Conditions | null {
  const [text = "", signature = ""] = header.split(".");
  const presented = Buffer.from(signature, "base64url");
  const fits = (expected: Buffer) =>
    presented.length === expected.length && timingSafeEqual(presented, expected);
  if (!env().sessionSecrets.some((secret) => fits(mac(text, secret)))) return null;
  // Signed, so it is JSON of ours.
  const { exp, ...conditions } = JSON.parse(Buffer.from(text, "base64url").toString()) as Conditions & {
    exp: number;
  };
  return exp > now.getTime() ? conditions : null;
}

/** A key of its own, so that nothing else this secret authenticates can be passed off as conditions. */
const mac = (text: string, secret: string): Buffer =>
  createHmac("sha256", createHmac("sha256", secret).update("lab conditions").digest()).update(text).digest();
