/** How often a password may be tried: judged before anything is hashed, and alike for right and wrong ones. */
import { createHash } from "node:crypto";
import { env } from "@/lib/core/env";
import { addressBucket } from "./address";
import { limiter, type Limiter } from "./store";

/** Where an attempt comes from. `deviceId` only where this browser is known to have signed in to this very account. */
export type Attempt = { email: string; address: string; deviceId: string | null };

export type Admission =
  | { admitted: false; retryAfterSeconds: number; isFirstRefusal: boolean }
  | { admitted: true; succeeded(): Promise<void>; notJudged(): Promise<void> };

/** The account as limits and device cookies name it: no email is kept with them. */
export const accountKey = (email: string): string => createHash("sha256").update(email).digest("base64url");

/**
 * Counts the attempt as a failure at once and takes it back when it succeeds: parallel guesses cannot slip in between a look
 * and a count. Three counters (http-contract.md rule 10): the account from this address, this address, the account from anywhere.
 * A browser known to the account has a counter of its own and is not judged by the other two, so that no stranger's
 * failures, not even from the same address, can keep its owner out.
 */
export async function admitPasswordAttempt({ email, address, deviceId }: Attempt): Promise<Admission> {
  const { source, rounds, byAddress, byAccount } = limiters();
  const account = accountKey(email);
  const bucket = addressBucket(address);
  const sourceKey = `${account}:${deviceId ?? bucket}`;

  const undo: (() => Promise<void>)[] = [];
  const refuse = async (retryAfterSeconds: number, isFirstRefusal: boolean): Promise<Admission> => {
    await Promise.all(undo.map((step) => step()));
    return { admitted: false, retryAfterSeconds, isFirstRefusal };
  };

  const delays = env().limits.passwordDelaysSeconds;
  const round = await rounds.count(sourceKey);
  const allowance = round === 0 ? env().limits.passwordFailures : 1;
  const taken = await source.take(sourceKey);
  if (taken.count > allowance) {
    // Not given back: the counter stays above its allowance until the wait is over, and then begins anew.
    const wait = taken.retryAfterSeconds ?? (await source.wouldRefuse(sourceKey)) ?? delays[0]!;
    return refuse(wait, taken.count === env().limits.passwordFailures + 1);
  }
  const isLast = taken.count === allowance;
  if (isLast) {
    await source.hold(sourceKey, env().limits.passwordFailures, delays[Math.min(round, delays.length - 1)]!);
    await rounds.take(sourceKey);
  }
  undo.push(async () => {
    // Only this one is taken back: the failures before it still count.
    if (isLast)
      await Promise.all([source.hold(sourceKey, allowance - 1, MEMORY_SECONDS), rounds.giveBack(sourceKey)]);
    else await source.giveBack(sourceKey);
  });

  if (deviceId === null) {
    for (const [counter, key] of [
      [byAddress, bucket],
      [byAccount, account],
    ] as const) {
      const { retryAfterSeconds } = await counter.take(key);
      undo.push(() => counter.giveBack(key));
      if (retryAfterSeconds !== null) return refuse(retryAfterSeconds, false);
    }
  }
  const giveBackShared = () =>
    deviceId === null
      ? Promise.all([byAddress.giveBack(bucket), byAccount.giveBack(account)])
      : Promise.resolve();
  return {
    admitted: true,
    async succeeded() {
      await Promise.all([source.clear(sourceKey), rounds.clear(sourceKey), giveBackShared()]);
    },
    async notJudged() {
      await Promise.all(undo.map((step) => step()));
    },
  };
}

type Limiters = { source: Limiter; rounds: Limiter; byAddress: Limiter; byAccount: Limiter };

/** A wait is forgotten after a day without a failure. */
const MEMORY_SECONDS = 24 * 60 * 60;

const shared = globalThis as { __halfstatePasswordLimiters?: Limiters };

function limiters(): Limiters {
  const { passwordFailures, addressFailures, addressWindowSeconds, accountFailures, accountWindowSeconds } =
    env().limits;
  return (shared.__halfstatePasswordLimiters ??= {
    source: limiter("password", passwordFailures, MEMORY_SECONDS),
    rounds: limiter("password-round", Number.MAX_SAFE_INTEGER, MEMORY_SECONDS),
    byAddress: limiter("address", addressFailures, addressWindowSeconds),
    byAccount: limiter("account", accountFailures, accountWindowSeconds),
  });
}
