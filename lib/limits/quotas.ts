/** How often an address may open accounts, and a device session may be renewed. */
import { env } from "@/lib/core/env";
import { addressBucket } from "./address";
import { limiter, type Limiter } from "./store";

/** Counts a sign-up; the seconds to wait when it is one too many. `giveBack` for one that came to nothing. */
export async function takeSignUp(
  address: string,
): Promise<{ retryAfterSeconds: number | null; giveBack(): Promise<void> }> {
  const { signUps } = quotas();
  const key = addressBucket(address);
  const { retryAfterSeconds } = await signUps.take(key);
  return { retryAfterSeconds, giveBack: () => signUps.giveBack(key) };
}

/** Rotations of one device session. Asked before one and counted after it: replays within the grace rotate nothing and never count. */
export const rotationQuota = {
  wouldRefuse: (sessionId: string): Promise<number | null> => quotas().rotations.wouldRefuse(sessionId),
  count: async (sessionId: string): Promise<void> => {
    await quotas().rotations.take(sessionId);
  },
};

const shared = globalThis as { __halfstateQuotas?: { signUps: Limiter; rotations: Limiter } };

function quotas() {
  const { signUps, signUpWindowSeconds, refreshes, refreshWindowSeconds } = env().limits;
  return (shared.__halfstateQuotas ??= {
    signUps: limiter("sign-up", signUps, signUpWindowSeconds),
    rotations: limiter("refresh", refreshes, refreshWindowSeconds),
  });
}
