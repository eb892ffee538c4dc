/** Renews a JWT device session from its refresh token. */
import type { Issued, RenewFailure, Transport } from "@/lib/auth/contract";
import { renew } from "@/lib/auth/strategies/jwt/strategy";
import { failure } from "@/lib/core/failure";
import { err, type Result } from "@/lib/core/result";
import { rotationQuota } from "@/lib/limits/quotas";
import { counted } from "@/lib/trace/metrics";
import { inSpan } from "@/lib/trace/span";
import type { Visit } from "./visit";

/** `refresh_invalid` (also without any token), `refresh_expired`, `refresh_reused`, `session_ended`, `rate_limited`. */
export function refresh(
  presented: { token: string; transport: Transport } | null,
  { origin, now }: Visit,
): Promise<Result<Issued, RenewFailure>> {
  return inSpan("refresh", {}, async (note) => {
    const renewed: Result<Issued, RenewFailure> = presented
      ? await renew(presented.token, { transport: presented.transport, origin, now, rotationQuota })
      : err({ ...failure("refresh_invalid"), mayHaveLostRace: false });
    if (!renewed.ok) counted.refresh(renewed.failure.code);
    note({ "halfstate.result": renewed.ok ? "ok" : renewed.failure.code });
    return renewed;
  });
}
