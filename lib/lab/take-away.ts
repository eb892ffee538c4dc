/** A lab identity to take away: everything that an experiment's curl lines need. */
import { HashQueueFull } from "@/lib/auth/password/pool";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { signConditions } from "./conditions";
import { newIdentity } from "./identities";

export type TakeAway = {
  email: string;
  password: string;
  expiresAt: string;
  /** Values of the header `x-halfstate-lab`, good for this identity until it expires. */
  conditions: Record<
    "trace" | "databaseFails" | "databaseStalls" | "feedOff" | "graceOff" | "shortToken",
    string
  >;
};

/** `overloaded`. */
export async function takeAwayIdentity(now: Date): Promise<Result<TakeAway, Failure>> {
  try {
    const { user, password, expiresAt } = await newIdentity(now, { withPassword: true });
    const signed = (conditions: object) => signConditions({ userId: user.id, ...conditions }, expiresAt);
    return ok({
      email: user.email,
      password: password!,
      expiresAt: expiresAt.toISOString(),
      conditions: {
        trace: signed({}),
        databaseFails: signed({ database: "fails" }),
        databaseStalls: signed({ database: "stalls" }),
        feedOff: signed({ revocationFeed: "off" }),
        graceOff: signed({ refreshGraceSeconds: 0 }),
        shortToken: signed({ accessTokenTtlSeconds: 2 }),
      },
    });
  } catch (error) {
    if (error instanceof HashQueueFull) return err(failure("overloaded", { retryAfterSeconds: 5 }));
    throw error;
  }
}
