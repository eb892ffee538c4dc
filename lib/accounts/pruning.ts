/** Rows whose time is over go away by themselves, a few at a time, so that tables stay small and nobody waits for it. */
import { db, isStorageFailure } from "@/lib/db/client";
import { env } from "@/lib/core/env";
import { log } from "@/lib/log/log";

const BATCH = 500;
const EVERY_MILLISECONDS = 60_000;
/** Ended and expired device sessions are kept a while: their refresh tokens still get the exact answer. */
const KEPT_DAYS = 7;
const DAY = 24 * 60 * 60 * 1000;

type Ids = { id: string }[];
type Prunable = { find(now: Date): Promise<Ids>; remove(ids: string[]): Promise<unknown> };

const daysBefore = (now: Date, days: number) => new Date(now.getTime() - days * DAY);

/** One entry a table: which rows may go, found by an index. */
const TABLES: Record<string, Prunable> = {
  revocations: {
    find: (now) =>
      db().revocation.findMany({ where: { expiresAt: { lt: now } }, take: BATCH, select: { id: true } }),
    remove: (ids) => db().revocation.deleteMany({ where: { id: { in: ids } } }),
  },
  expiredSessions: {
    find: (now) =>
      db().deviceSession.findMany({
        where: { expiresAt: { lt: daysBefore(now, KEPT_DAYS) } },
        take: BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().deviceSession.deleteMany({ where: { id: { in: ids } } }),
  },
  endedSessions: {
    find: (now) =>
      db().deviceSession.findMany({
        where: { endedAt: { lt: daysBefore(now, KEPT_DAYS) } },
        take: BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().deviceSession.deleteMany({ where: { id: { in: ids } } }),
  },
  limits: {
    async find(now) {
      const rows = await db().rateLimit.findMany({
        where: { expire: { lt: now } },
        take: BATCH,
        select: { key: true },
      });
      return rows.map(({ key }) => ({ id: key }));
    },
    // Only if still expired: a counter that began anew meanwhile must not be lost.
    remove: (ids) => db().rateLimit.deleteMany({ where: { key: { in: ids }, expire: { lt: new Date() } } }),
  },
  events: {
    find: (now) =>
      db().auditEvent.findMany({
        where: { at: { lt: daysBefore(now, env().auditRetentionDays) } },
        take: BATCH,
        select: { id: true },
      }),
    remove: (ids) => db().auditEvent.deleteMany({ where: { id: { in: ids } } }),
  },
};

/** Removes at most one batch of each table; returns how many rows went. */
export async function pruneOnce(now: Date): Promise<number> {
  let removed = 0;
  for (const { find, remove } of Object.values(TABLES)) {
    const ids = (await find(now)).map(({ id }) => id);
    if (ids.length > 0) await remove(ids);
    removed += ids.length;
  }
  return removed;
}

/** Prunes for as long as the process lives; a full batch is followed soon by the next. */
export function startPruning(): void {
  const next = (milliseconds: number) => void setTimeout(() => void round(), milliseconds).unref();
  const round = async () => {
    try {
      const removed = await pruneOnce(new Date());
      next(removed >= BATCH ? 250 : EVERY_MILLISECONDS);
    } catch (error) {
      if (!isStorageFailure(error)) log().error({ err: error }, "pruning failed");
      next(EVERY_MILLISECONDS);
    }
  };
  next(EVERY_MILLISECONDS);
}
