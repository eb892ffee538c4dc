/** Rows whose time is over go away by themselves, a few at a time, so that tables stay small and nobody waits for it. */
import { env } from "@/lib/core/env";
import { isStorageFailure } from "@/lib/db/client";
import { PRUNE_BATCH, pruneOnce } from "@/lib/db/expired";
import { log } from "@/lib/log/log";

const EVERY_MILLISECONDS = 60_000;

/** Prunes until what it returns is called; a full batch is followed soon by the next. */
export function startPruning(): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const next = (milliseconds: number) => {
    if (!isOver) timer = setTimeout(() => void round(), milliseconds).unref();
  };
  const round = async () => {
    try {
      const removed = await pruneOnce(new Date(), env().auditRetentionDays);
      next(removed >= PRUNE_BATCH ? 250 : EVERY_MILLISECONDS);
    } catch (error) {
      if (!isStorageFailure(error)) log().error({ err: error }, "pruning failed");
      next(EVERY_MILLISECONDS);
    }
  };
  next(EVERY_MILLISECONDS);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
