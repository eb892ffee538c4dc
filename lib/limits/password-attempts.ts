/** How often a password may be tried: judged before anything is hashed, and alike for right and wrong ones. */
import { createHash } from "node:crypto";
import { env } from "@/lib/core/env";
import { counted } from "@/lib/trace/metrics";
import { addressBucket } from "./address";
import { counting, takeBack, type Limiter } from "./store";

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
export const admitPasswordAttempt = (attempt: Attempt): Promise<Admission> =>
  counters((limiters) => admit(attempt, limiters));

async function admit(
  { email, address, deviceId }: Attempt,
  { source, rounds, byAddress, byAccount }: Limiters,
): Promise<Admission> {
  const account = accountKey(email);
  const bucket = addressBucket(address);
  const sourceKey = `${account}:${deviceId ?? bucket}`;

  const undo: (() => Promise<void>)[] = [];
  const refuse = async (
    limit: "password" | "address" | "account",
    retryAfterSeconds: number,
    isFirstRefusal: boolean,
  ): Promise<Admission> => {
    counted.limited(limit);
    await takeBack(undo);
    return { admitted: false, retryAfterSeconds, isFirstRefusal };
  };

  const delays = env().limits.passwordDelaysSeconds;
  const round = await rounds.count(sourceKey);
  const allowance = round === 0 ? env().limits.passwordFailures : 1;
  const taken = await source.take(sourceKey);
  if (taken.count > allowance) {
    // Not given back: the counter stays above its allowance until the wait is over, and then begins anew.
    const wait = taken.retryAfterSeconds ?? (await source.wouldRefuse(sourceKey)) ?? delays[0]!;
    return refuse("password", wait, taken.count === env().limits.passwordFailures + 1);
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
    for (const [limit, counter, key] of [
      ["address", byAddress, bucket],
      ["account", byAccount, account],
    ] as const) {
      const { retryAfterSeconds } = await counter.take(key);
      undo.push(() => counter.giveBack(key));
      if (retryAfterSeconds !== null) return refuse(limit, retryAfterSeconds, false);
    }
  }
  const shared = [() => byAddress.giveBack(bucket), () => byAccount.giveBack(account)];
  return {
    admitted: true,
    succeeded: () =>
      takeBack([
        () => source.clear(sourceKey),
        () => rounds.clear(sourceKey),
        ...(deviceId === null ? shared : []),
      ]),
    notJudged: () => takeBack(undo),
  };
}

type Limiters = { source: Limiter; rounds: Limiter; byAddress: Limiter; byAccount: Limiter };

/** A wait is forgotten after a day without a failure. */
const MEMORY_SECONDS = 24 * 60 * 60;

const counters = counting((limiter): Limiters => {
  const { passwordFailures, addressFailures, addressWindowSeconds, accountFailures, accountWindowSeconds } =
    env().limits;
  return {
    source: limiter("password", passwordFailures, MEMORY_SECONDS),
    rounds: limiter("password-round", Number.MAX_SAFE_INTEGER, MEMORY_SECONDS),
    byAddress: limiter("address", addressFailures, addressWindowSeconds),
    byAccount: limiter("account", accountFailures, accountWindowSeconds),
  };
});
