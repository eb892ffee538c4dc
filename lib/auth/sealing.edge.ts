/** Seals: small values for cookies that only this server can make and read; edge-safe. */
import { sealData, unsealData } from "iron-session";
import { env } from "@/lib/core/env";

/** Every seal says what it is for: the same secrets make them all, and one must not pass for another. */
type Sealed = { purpose: string };

export const seal = <T extends Sealed>(value: T, ttlSeconds: number): Promise<string> =>
  sealData(value, { password: env().sessionSecrets[0], ttl: ttlSeconds });

/** What was sealed for this purpose. Null: no accepted secret made it, its time is over, or it is for something else. */
export async function openSeal<T extends Sealed>(
  text: string,
  purpose: T["purpose"],
): Promise<Partial<T> | null> {
  for (const password of env().sessionSecrets) {
    const value = await unseal(text, password);
    if (typeof value === "object" && value !== null && "purpose" in value)
      return value.purpose === purpose ? (value as Partial<T>) : null;
  }
  return null;
}

async function unseal(text: string, password: string): Promise<unknown> {
  try {
    return await unsealData(text, { password });
  } catch {
    // iron-session 8 throws on some crafted seals (a bogus version suffix, a key id of `__proto__`): that is a bad cookie, not a fault.
    return null;
  }
}
