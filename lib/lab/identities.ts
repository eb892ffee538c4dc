/** Throw-away accounts for experiments: no person's, soon gone, and able to do nothing that a member may not. */
import { randomBytes } from "node:crypto";
import { changeRole } from "@/lib/auth/account/store";
import { asOnlyCredential, strategies } from "@/lib/auth/authenticate";
import type { Account, Issued, Mode, Role, Transport } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { hashPassword } from "@/lib/auth/password/password";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { withLabConditions, type Conditions } from "@/lib/trace/lab-scope";
import { createIdentity, removeIdentity } from "./store";

/** Longer than any experiment runs; it goes with its experiment, or with the next pruning after this. */
export const IDENTITY_TTL_SECONDS = 30 * 60;

/** `password` is null where nothing asks for one: hashing it would be the slowest part of most experiments. */
export type Identity = { user: Account; password: string | null; expiresAt: Date };

/** Rejects with HashQueueFull where a password is wanted and the hashing queue is full. */
export async function newIdentity(now: Date, { withPassword = false } = {}): Promise<Identity> {
  const id = randomId();
  const user = {
    id,
    email: `lab-${randomBytes(8).toString("hex")}@lab.invalid`,
    name: "Lab",
    role: "member" as const,
  };
  const password = withPassword ? randomBytes(18).toString("base64url") : null;
  const expiresAt = new Date(now.getTime() + IDENTITY_TTL_SECONDS * 1000);
  await createIdentity({
    user,
    // Compared with a decoy and never matched, as any hash of an unknown scheme (lib/auth/password).
    passwordHash: password === null ? "none" : await hashPassword(password),
    preferredMode: env().defaultMode,
    createdAt: now,
    labExpiresAt: expiresAt,
  });
  return { user, password, expiresAt };
}

export async function discardIdentity(userId: string): Promise<void> {
  await revocationFeed().announce(await removeIdentity(userId, new Date()));
}

/** As administration changes one, though by nobody. For these identities only: of a person's role an administrator decides. */
export async function giveRole({ user }: Identity, role: Role): Promise<void> {
  const by = { actorId: null, origin: { ip: "127.0.0.1", userAgent: "Halfstate Lab" }, now: new Date() };
  const changed = await changeRole(user.id, role, by);
  if (!changed.ok || !changed.value) throw new Error("A lab identity went away while its role was changed.");
  await revocationFeed().announce(changed.value.notices);
}

/** What a browser that was signed in holds. */
export type Device = {
  userId: string;
  sessionId: string;
  mode: Mode;
  /** By their names on the wire. */
  cookies: Map<string, string>;
  /** Only for `transport: "bearer"`. */
  tokens: Issued["tokens"];
};

type SignInOptions = { transport?: Transport; accessTokenTtlSeconds?: number; userAgent?: string };

/** Signs a device of the identity in by the function that log-in ends with; only the password is not asked for. */
export async function signIn(
  identity: Identity,
  mode: Mode,
  { transport = "cookie", accessTokenTtlSeconds, userAgent = "Halfstate Lab" }: SignInOptions = {},
): Promise<Device> {
  const conditions: Conditions = { userId: identity.user.id, accessTokenTtlSeconds };
  const issued = await withLabConditions(conditions, () =>
    strategies[mode].issue(identity.user, {
      now: new Date(),
      transport,
      origin: { ip: "127.0.0.1", userAgent },
      event: "logged_in",
    }),
  );
  if (!issued.ok) throw new Error("A lab identity went away while it was signed in.");
  const { session, cookies, tokens } = asOnlyCredential(issued.value);
  const held = cookies.flatMap(({ name, value }) =>
    value === null ? [] : [[wireName(name), value] as const],
  );
  return { userId: identity.user.id, sessionId: session.id, mode, cookies: new Map(held), tokens };
}
