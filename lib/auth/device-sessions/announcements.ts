/** What one process ends or changes, the others hear of at once: by Redis, or by PostgreSQL where there is no Redis. The feed's poll stays the truth. */
import { ROLES } from "@/lib/auth/contract";
import { env } from "@/lib/core/env";
import * as postgres from "@/lib/db/channel";
import * as redis from "@/lib/redis/channel";
import { openFor, sealFor } from "@/lib/redis/seal";
import { dropSessionCopies } from "./copies";
import type { RevocationNotice } from "./store";

const CHANNEL = "revocations";
const PURPOSE = "revocation notices 1";
/** So many fit into one message of PostgreSQL, sealed and all. */
const NOTICES_A_MESSAGE = 50;

/**
 * Drops what Redis keeps of these device sessions, and tells the other processes. Resolves when the first is done or cannot be; never
 * throws, and nobody waits for the second.
 */
export async function tellOthers(notices: RevocationNotice[]): Promise<void> {
  if (notices.length === 0) return;
  const dropped = dropSessionCopies(notices.map(({ sid }) => sid));
  const publish =
    env().redisUrl === null ? postgres.publish : (message: string) => redis.publish(CHANNEL, message);
  for (const message of messagesOf(notices)) void publish(message);
  await dropped;
}

/** Hands on what the others tell, for as long as the process lives. */
export function hearOthers(takeIn: (notices: RevocationNotice[]) => void): void {
  const hear = (message: string) => takeIn(noticesIn(message));
  if (env().redisUrl === null) postgres.subscribe(`halfstate_${CHANNEL}`, hear);
  else redis.subscribe(CHANNEL, hear);
}

/** `[sid, role, createdAt, expiresAt]`, times in milliseconds. */
type Told = [string, RevocationNotice["role"], number, number];

export function messagesOf(notices: RevocationNotice[]): string[] {
  const told = notices.map(({ sid, role, createdAt, expiresAt }): Told => [
    sid,
    role,
    createdAt.getTime(),
    expiresAt.getTime(),
  ]);
  const messages: string[] = [];
  for (let from = 0; from < told.length; from += NOTICES_A_MESSAGE)
    messages.push(sealFor(PURPOSE, told.slice(from, from + NOTICES_A_MESSAGE)).toString("base64"));
  return messages;
}

/** What is no notice of ours is left out. */
export function noticesIn(message: string): RevocationNotice[] {
  const told = openFor(PURPOSE, Buffer.from(message, "base64"));
  if (!Array.isArray(told)) return [];
  return told.filter(isTold).map(([sid, role, createdAt, expiresAt]) => ({
    sid,
    role,
    createdAt: new Date(createdAt),
    expiresAt: new Date(expiresAt),
  }));
}

function isTold(entry: unknown): entry is Told {
  if (!Array.isArray(entry)) return false;
  const [sid, role, createdAt, expiresAt] = entry as unknown[];
  const isTime = (value: unknown) => typeof value === "number" && Number.isFinite(value);
  const isRole = role === null || ROLES.some((known) => known === role);
  return typeof sid === "string" && isRole && isTime(createdAt) && isTime(expiresAt);
}
