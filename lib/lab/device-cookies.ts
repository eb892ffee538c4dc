/** A device of the Lab keeps cookies as a browser does. */
import { cookiesSetBy, type Delivered } from "./courier";
import type { Device } from "./identities";

/** Takes in what an answer set, and forgets what it cleared. */
export function keepCookies(device: Device, answer: Delivered): void {
  for (const [name, value] of cookiesSetBy(answer)) {
    if (value === null) device.cookies.delete(name);
    else device.cookies.set(name, value);
  }
}

/** The same credential in another hand: what this one is answered does not reach the other. */
export const copyOf = (device: Device): Device => ({ ...device, cookies: new Map(device.cookies) });
