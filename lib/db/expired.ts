/** Rows whose time is over, and how they go: found by an index, a few at a time. */
import { counted } from "@/lib/trace/metrics";
import { db } from "./client";

/** How many rows of a table go at once. */
export const PRUNE_BATCH = 500;
/** Ended and expired device sessions are kept a while: their refresh tokens still get the exact answer. */
const KEPT_DAYS = 7;
/** However many people try the Lab, its results stay a small part of the database. */
export const MOST_LAB_RUNS = 2_000;
/** Of a process that ended without a word; it counts as gone long before (lib/accounts/instances.ts). */
const INSTANCE_KEPT_MILLISECONDS = 60 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;

type Ids = { id: string }[];
type Prunable = {
  find(now: Date, auditRetentionDays: number): Promise<Ids>;
  remove(ids: string[]): Promise<unknown>;
};

const daysBefore = (now: Date, days: number) => new Date(now.getTime() - days * DAY);

/** One entry a table: which rows may go, found by an index. */
const TABLES: Record<string, Prunable> = {
  revocations: {
    find: (now) =>
      db().revocation.findMany({
        where: { expiresAt: { lt: now } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().revocation.deleteMany({ where: { id: { in: ids } } }),
  },
  expiredSessions: {
    find: (now) =>
      db().deviceSession.findMany({
        where: { expiresAt: { lt: daysBefore(now, KEPT_DAYS) } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().deviceSession.deleteMany({ where: { id: { in: ids } } }),
  },
  endedSessions: {
    find: (now) =>
      db().deviceSession.findMany({
        where: { endedAt: { lt: daysBefore(now, KEPT_DAYS) } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().deviceSession.deleteMany({ where: { id: { in: ids } } }),
  },
  limits: {
    async find(now) {
      const rows = await db().rateLimit.findMany({
        where: { expire: { lt: now } },
        take: PRUNE_BATCH,
        select: { key: true },
      });
      return rows.map(({ key }) => ({ id: key }));
    },
    // Only if still expired: a counter that began anew meanwhile must not be lost.
    remove: (ids) => db().rateLimit.deleteMany({ where: { key: { in: ids }, expire: { lt: new Date() } } }),
  },
  instances: {
    find: (now) =>
      db().instance.findMany({
        where: { seenAt: { lt: new Date(now.getTime() - INSTANCE_KEPT_MILLISECONDS) } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().instance.deleteMany({ where: { id: { in: ids } } }),
  },
  labIdentities: {
    find: (now) =>
      db().user.findMany({
        where: { labExpiresAt: { lt: now } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) =>
      db().$transaction([
        db().user.deleteMany({ where: { id: { in: ids } } }),
        db().auditEvent.deleteMany({ where: { subjectId: { in: ids } } }),
      ]),
  },
  labRuns: {
    find: (now) =>
      db().labRun.findMany({ where: { expiresAt: { lt: now } }, take: PRUNE_BATCH, select: { id: true } }),
    remove: (ids) => db().labRun.deleteMany({ where: { id: { in: ids } } }),
  },
  labRunsTooMany: {
    // All are kept equally long, so the order of their ends is that of their beginnings.
    find: () =>
      db().labRun.findMany({
        orderBy: { expiresAt: "desc" },
        skip: MOST_LAB_RUNS,
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().labRun.deleteMany({ where: { id: { in: ids } } }),
  },
  events: {
    find: (now, auditRetentionDays) =>
      db().auditEvent.findMany({
        where: { at: { lt: daysBefore(now, auditRetentionDays) } },
        take: PRUNE_BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().auditEvent.deleteMany({ where: { id: { in: ids } } }),
  },
};

/** Removes at most one batch of each table; returns how many rows went. */
export async function pruneOnce(now: Date, auditRetentionDays: number): Promise<number> {
  let removed = 0;
  for (const [table, { find, remove }] of Object.entries(TABLES)) {
    const ids = (await find(now, auditRetentionDays)).map(({ id }) => id);
    if (ids.length > 0) await remove(ids);
    counted.pruned(table, ids.length);
    removed += ids.length;
  }
  return removed;
}
