/** Security events: who did what, to whom, when and from where; never a secret, never a password, never a token. */
import type { Prisma } from "@/generated/sqlite/client";
import { randomId } from "@/lib/core/identifiers";
import { log } from "@/lib/log/log";
import { counted } from "@/lib/trace/metrics";
import { db, onceCommitted, type DbOrTransaction } from "./client";

export const AUDIT_TYPES = [
  "signed_up",
  "logged_in",
  "log_in_failed",
  "log_in_limited",
  "session_ended",
  "mode_switched",
  "password_changed",
  "password_check_failed",
  "profile_changed",
  "account_deleted",
  "role_changed",
] as const;
export type AuditType = (typeof AUDIT_TYPES)[number];

export type AuditEntry = {
  type: AuditType;
  at: Date;
  /** Who did it; null for somebody who was not signed in, and for the system. */
  actorId: string | null;
  /** The account it happened to; null where there is none (any more). */
  subjectId: string | null;
  sessionId?: string | null;
  ip: string;
  userAgent: string;
  detail?: Record<string, string | number | boolean>;
};

export async function recordEvents(on: DbOrTransaction, entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await on.auditEvent.createMany({
    data: entries.map(({ sessionId = null, detail = {}, userAgent, ...entry }) => ({
      id: randomId(),
      sessionId,
      detail,
      userAgent: userAgent.slice(0, 512),
      ...entry,
    })),
  });
  onceCommitted(on, () => entries.forEach(tell));
}

/** To the metrics and the log, which outlives the account: without where it was done from. */
function tell({ type, actorId, subjectId, sessionId, detail }: AuditEntry): void {
  counted.securityEvent(type);
  if (type === "session_ended") counted.sessionEnded(String(detail?.reason));
  log().info({ event: type, actorId, subjectId, sessionId, detail }, "security event");
}

export const recordEvent = (entry: AuditEntry): Promise<void> => recordEvents(db(), [entry]);

export type AuditRow = {
  id: string;
  at: Date;
  type: string;
  actorId: string | null;
  subjectId: string | null;
  sessionId: string | null;
  ip: string;
  userAgent: string;
  detail: Prisma.JsonValue;
};

/** Newest first. `subjectId` left out means everybody's. `before` is the id of the last row of the page before. */
export function findEvents(
  where: { subjectId?: string },
  limit: number,
  before?: string,
): Promise<AuditRow[]> {
  return db().auditEvent.findMany({
    where,
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: limit,
    ...(before === undefined ? {} : { cursor: { id: before }, skip: 1 }),
    select: {
      id: true,
      at: true,
      type: true,
      actorId: true,
      subjectId: true,
      sessionId: true,
      ip: true,
      userAgent: true,
      detail: true,
    },
  });
}

/** What belongs to a person goes with the person; what they did to others stays, without where they did it from. */
export async function forgetPerson(transaction: DbOrTransaction, userId: string): Promise<void> {
  await transaction.auditEvent.deleteMany({ where: { subjectId: userId } });
  await transaction.auditEvent.updateMany({ where: { actorId: userId }, data: { ip: "", userAgent: "" } });
}
