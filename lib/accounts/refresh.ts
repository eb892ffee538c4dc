/** Renews a JWT device session from its refresh token. */
import type { Issued, RenewFailure, Transport } from "@/lib/auth/contract";
import { renew } from "@/lib/auth/strategies/jwt/strategy";
import { failure } from "@/lib/core/failure";
import { err, type Result } from "@/lib/core/result";
import { rotationQuota } from "@/lib/limits/quotas";
import type { Visit } from "./visit";

/** `refresh_invalid` (also without any token), `refresh_expired`, `refresh_reused`, `session_ended`, `rate_limited`. */
export async function refresh(
  presented: { token: string; transport: Transport } | null,
  { origin, now }: Visit,
): Promise<Result<Issued, RenewFailure>> {
  if (!presented) return err({ ...failure("refresh_invalid"), mayHaveLostRace: false });
  return renew(presented.token, { transport: presented.transport, origin, now, rotationQuota });
}
