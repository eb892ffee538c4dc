/** The last step of signing up and logging in: one place that issues, so that both replace and choose alike. */
import { asOnlyCredential, namedSessions, strategies } from "@/lib/auth/authenticate";
import { rememberAccount } from "@/lib/auth/device-cookie";
import type { Account, Issued, Mode, Transport } from "@/lib/auth/contract";
import type { Failure } from "@/lib/core/failure";
import { ok, type Result } from "@/lib/core/result";
import { accountKey } from "@/lib/limits/password-attempts";
import type { Visit } from "./visit";

/** Left out, the mode is the account's preference; a bearer client has only one. */
export const modeFor = (input: { mode?: Mode; transport?: Transport }, preferred: Mode): Mode =>
  input.mode ?? (input.transport === "bearer" ? "jwt" : preferred);

/** Takes the place of the device session whose cookie came with the request; never reuses an id that a client sent. */
export async function signIn(
  user: Account,
  mode: Mode,
  event: "signed_up" | "logged_in",
  transport: Transport = "cookie",
  { now, origin, carrier }: Visit,
  verifiedPasswordHash?: string,
): Promise<Result<Issued, Failure<"session_ended">>> {
  // A bearer header is not looked at: it speaks for a client, not for the browser that signs in here.
  const sessions = await namedSessions({ cookies: carrier.cookies, headers: { get: () => null } }, now);
  const issued = await strategies[mode].issue(user, {
    now,
    origin,
    event,
    transport,
    verifiedPasswordHash,
    replaces: sessions.length > 0 ? { sessions, reason: "replaced" } : undefined,
  });
  if (!issued.ok || transport === "bearer") return issued;
  const only = asOnlyCredential(issued.value);
  const device = await rememberAccount(carrier, accountKey(user.email), now);
  return ok({ ...only, cookies: [...only.cookies, device] });
}
