/** Moves this device, and the account's preference, to the other strategy under a new device session. */
import { asOnlyCredential, strategies } from "@/lib/auth/authenticate";
import type { Issued, Mode, Principal } from "@/lib/auth/contract";
import { invalidField, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import type { Visit } from "./visit";

/** `validation_failed` for a bearer client that asks for session mode; `session_ended` when a logout was faster. */
export async function switchMode(
  caller: Principal,
  mode: Mode,
  visit: Visit,
): Promise<Result<Issued, Failure>> {
  const strategy = strategies[mode];
  const { transport } = caller.session;
  if (!strategy.transports.includes(transport)) {
    return err(invalidField("mode", "Bearer transport works in jwt mode only."));
  }
  const issued = await strategy.issue(caller.user, {
    now: visit.now,
    origin: visit.origin,
    transport,
    event: "mode_switched",
    replaces: { sessions: [caller.session.id], reason: "mode_switched", mustBeLive: caller.session.id },
    becomesPreference: true,
  });
  return issued.ok ? ok(asOnlyCredential(issued.value)) : issued;
}
