/** Who knocks: what a use case needs to know of the request beyond its input. */
import type { Carrier, Origin } from "@/lib/auth/contract";

/** `carrier` holds what the request carried; where cookies must not count it carries none. */
export type Visit = { now: Date; origin: Origin; carrier: Carrier };
