/** Remembers which accounts have signed in from this browser, so that limits can tell their owner from a stranger; it authenticates nothing. */
import { sealData, unsealData } from "iron-session";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import type { Carrier, CookieChange } from "./contract";

type SealedDevice = { purpose: "device"; id: string; accounts: string[] };

/** The longest that browsers keep a cookie (RFC 6265bis section 5.5). */
const TTL_SECONDS = 400 * 24 * 60 * 60;
/** The last so many accounts: a cookie has 4096 bytes. */
const MOST_ACCOUNTS = 8;

/** The id of this browser, where it is known to have signed in to this account. */
export async function knownDevice(carrier: Carrier, accountKey: string): Promise<string | null> {
  const device = await read(carrier);
  return device?.accounts.includes(accountKey) ? device.id : null;
}

export async function rememberAccount(
  carrier: Carrier,
  accountKey: string,
  now: Date,
): Promise<CookieChange<"device">> {
  const known = await read(carrier);
  const accounts = [accountKey, ...(known?.accounts ?? []).filter((key) => key !== accountKey)].slice(
    0,
    MOST_ACCOUNTS,
  );
  const device: SealedDevice = { purpose: "device", id: known?.id ?? randomId(), accounts };
  const value = await sealData(device, { password: env().sessionSecret, ttl: TTL_SECONDS });
  return { name: "device", value, expiresAt: new Date(now.getTime() + TTL_SECONDS * 1000) };
}

async function read(carrier: Carrier): Promise<SealedDevice | null> {
  const seal = carrier.cookies.get(wireName("device"))?.value;
  if (!seal || seal.length > 4096) return null;
  try {
    const value = await unsealData<Partial<SealedDevice>>(seal, {
      password: env().sessionSecret,
      ttl: TTL_SECONDS,
    });
    if (value.purpose !== "device" || typeof value.id !== "string" || !Array.isArray(value.accounts))
      return null;
    return { purpose: "device", id: value.id, accounts: value.accounts };
  } catch {
    // Crafted seals make iron-session throw; such a browser is simply not known.
    return null;
  }
}
