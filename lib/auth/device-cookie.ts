/** Remembers which accounts have signed in from this browser, so that limits can tell their owner from a stranger; it authenticates nothing. */
import { wireName } from "@/lib/core/cookie-names";
import { randomId } from "@/lib/core/identifiers";
import type { Carrier, CookieChange } from "./contract";
import { openSeal, seal } from "./sealing.edge";

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
  const value = await seal(device, TTL_SECONDS);
  return { name: "device", value, expiresAt: new Date(now.getTime() + TTL_SECONDS * 1000) };
}

async function read(carrier: Carrier): Promise<SealedDevice | null> {
  const carried = carrier.cookies.get(wireName("device"))?.value;
  if (!carried || carried.length > 4096) return null;
  const device = await openSeal<SealedDevice>(carried, "device");
  if (typeof device?.id !== "string" || !Array.isArray(device.accounts)) return null;
  return { purpose: "device", id: device.id, accounts: device.accounts };
}
