/** Where this process listens, as the first connection to it told: what the Lab sends its own requests to. */
import type { Socket } from "node:net";

type OwnAddress = { host: string; port: number };

const shared = globalThis as { __halfstateOwnAddress?: OwnAddress };

export function rememberOwnAddress({ localAddress, localPort }: Socket): void {
  if (localAddress && localPort) shared.__halfstateOwnAddress ??= { host: localAddress, port: localPort };
}

/** Throws before the first request. */
export function ownAddress(): OwnAddress {
  if (!shared.__halfstateOwnAddress) throw new Error("No request has come in yet.");
  return shared.__halfstateOwnAddress;
}
