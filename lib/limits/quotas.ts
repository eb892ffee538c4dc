/** How often an address may open accounts, and a device session may be renewed. */
import { env } from "@/lib/core/env";
import { counted } from "@/lib/trace/metrics";
import { addressBucket } from "./address";
import { counting, takeBack } from "./store";

/** Counts a sign-up; the seconds to wait when it is one too many. `giveBack` for one that came to nothing. */
export async function takeSignUp(
  address: string,
): Promise<{ retryAfterSeconds: number | null; giveBack(): Promise<void> }> {
  const key = addressBucket(address);
  return quotas(async ({ signUps }) => {
    const { retryAfterSeconds } = await signUps.take(key);
    if (retryAfterSeconds !== null) counted.limited("sign-up");
    return { retryAfterSeconds, giveBack: () => takeBack([() => signUps.giveBack(key)]) };
  });
}

/** Rotations of one device session. Asked before one and counted after it: replays within the grace rotate nothing and never count. */
export const rotationQuota = {
  async wouldRefuse(sessionId: string): Promise<number | null> {
    const retryAfterSeconds = await quotas(({ rotations }) => rotations.wouldRefuse(sessionId));
    if (retryAfterSeconds !== null) counted.limited("refresh");
    return retryAfterSeconds;
  },
  count: async (sessionId: string): Promise<void> => {
    await quotas(({ rotations }) => rotations.take(sessionId));
  },
};

const quotas = counting((limiter) => {
  const { signUps, signUpWindowSeconds, refreshes, refreshWindowSeconds } = env().limits;
  return {
    signUps: limiter("sign-up", signUps, signUpWindowSeconds),
    rotations: limiter("refresh", refreshes, refreshWindowSeconds),
  };
});
