/** Situations the specs begin in: accounts, the requests of a browser or client that was issued something, settings for a while. */
import { deleteAccount } from "@/lib/auth/account/store";
import { strategies } from "@/lib/auth/authenticate";
import type { Account, Carrier, IssueContext, Issued, Mode, Origin, Transport } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { wireName } from "@/lib/core/cookie-names";
import { env, type Env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { createUser } from "@/lib/db/users";

/** The clock that every spec hands in. */
export const NOW = new Date("2026-03-01T12:00:00Z");
export const after = (seconds: number, from = NOW): Date => new Date(from.getTime() + seconds * 1000);

export const ORIGIN: Origin = { ip: "203.0.113.9", userAgent: "Halfstate tests" };

export const NOTHING: Carrier = { headers: { get: () => null }, cookies: { get: () => undefined } };

/** A request with these cookies (by logical name) and this bearer token. */
export function carrying(
  cookies: Partial<Record<"session" | "access" | "refresh", string>>,
  bearer?: string,
): Carrier {
  const jar = new Map(Object.entries(cookies).map(([name, value]) => [wireName(name as "session"), value]));
  return {
    cookies: { get: (name) => (jar.has(name) ? { value: jar.get(name)! } : undefined) },
    headers: {
      get: (name) =>
        name.toLowerCase() === "authorization" && bearer !== undefined ? `Bearer ${bearer}` : null,
    },
  };
}

/** The next request of whoever was issued this. */
export function requestOf({ cookies, tokens }: Issued): Carrier {
  const set = cookies.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  return carrying(Object.fromEntries(set), tokens?.accessToken);
}

export function refreshTokenOf({ cookies, tokens }: Issued): string {
  const token = tokens?.refreshToken ?? cookies.find(({ name }) => name === "refresh")?.value;
  if (!token) throw new Error("Nothing to refresh was issued.");
  return token;
}

/** An account that nobody can log in to: for specs that start behind the password. */
export async function newAccount(more: Partial<Account> & { preferredMode?: Mode } = {}): Promise<Account> {
  const id = randomId();
  const { preferredMode = "jwt", ...rest } = more;
  const account: Account = {
    id,
    email: `${id.toLowerCase()}@example.com`,
    name: "Ada",
    role: "member",
    ...rest,
  };
  await createUser({ ...account, passwordHash: "none", preferredMode, createdAt: NOW });
  return account;
}

export async function issued(
  mode: Mode,
  user: Account,
  more: Partial<IssueContext> & { transport?: Transport } = {},
): Promise<Issued> {
  const result = await strategies[mode].issue(user, {
    now: NOW,
    transport: "cookie",
    origin: ORIGIN,
    event: "logged_in",
    ...more,
  });
  if (!result.ok) throw new Error(`Not issued: ${result.failure.code}`);
  return result.value;
}

/** Ends a device session as a logout does, and lets this process know. */
export async function end(sessionId: string, now = NOW): Promise<void> {
  const ending = { reason: "logout" as const, actorId: null, origin: ORIGIN, now };
  await revocationFeed().announce(await endDeviceSessions({ id: sessionId }, ending));
}

export async function remove(userId: string, now = NOW): Promise<void> {
  const deleted = await deleteAccount(userId, { adminId: null, origin: ORIGIN, now });
  if (!deleted.ok) throw new Error(`Not deleted: ${deleted.failure.code}`);
  await revocationFeed().announce(deleted.value);
}

/** The code that a verdict or result was refused with, or "ok". */
export const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } } | null): string =>
  result === null ? "nothing carried" : result.ok ? "ok" : result.failure.code;

export const sessionRow = (id: string) => db().deviceSession.findUniqueOrThrow({ where: { id } });

/** Runs `work` under other settings, and puts the settings back. */
export async function withSettings<T>(settings: Partial<Env>, work: () => Promise<T>): Promise<T> {
  const before = { ...env() };
  Object.assign(env(), settings);
  try {
    return await work();
  } finally {
    Object.assign(env(), before);
  }
}
