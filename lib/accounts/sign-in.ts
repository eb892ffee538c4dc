/** The last step of signing up and logging in: one place that issues, so that both replace and choose alike. */
import { asOnlyCredential, namedSessions, strategies } from "@/lib/auth/authenticate";
import type { Account, Issued, Mode, Transport } from "@/lib/auth/contract";
import type { Failure } from "@/lib/core/failure";
import { ok, type Result } from "@/lib/core/result";
import type { Visit } from "./visit";

/** Left out, the mode is the account's preference; a bearer client has only one. */
export const modeFor = (input: { mode?: Mode; transport?: Transport }, preferred: Mode): Mode =>
  input.mode ?? (input.transport === "bearer" ? "jwt" : preferred);

/** Takes the place of the device session whose cookie came with the request; never reuses an id that a client sent. */
export async function signIn(
  user: Account,
  mode: Mode,
  transport: Transport = "cookie",
  { now, origin, carrier }: Visit,
): Promise<Result<Issued, Failure<"session_ended">>> {
  // A bearer header is not looked at: it speaks for a client, not for the browser that signs in here.
  const sessionIds = await namedSessions({ cookies: carrier.cookies, headers: { get: () => null } }, now);
  const issued = await strategies[mode].issue(user, {
    now,
    origin,
    transport,
    replaces: sessionIds.length > 0 ? { sessionIds, reason: "replaced" } : undefined,
  });
  return issued.ok ? ok(asOnlyCredential(issued.value)) : issued;
}
