/** What Redis keeps of session-mode device sessions, by their ids. */
import { dropCopies } from "@/lib/redis/copies";

/** The number is that of the shape (../strategies/session/store.ts): a release that changes it does not read the copies of another. */
export const copyName = (sessionId: string): string => `device session 1 ${sessionId}`;

/** Resolves when none of them can be read any more, or Redis could not be told; never throws. */
export const dropSessionCopies = (sessionIds: string[]): Promise<void> =>
  dropCopies(sessionIds.map(copyName));
