/** What the pages of the Lab ask: whether it is open, and for a kept result. */
import { env } from "@/lib/core/env";
import { keptRun as find } from "@/lib/lab/experiment";
import type { StoredRun } from "@/lib/lab/store";
import { isStorageFailure } from "@/lib/db/client";

export const labIsOpen = (): boolean => env().lab === "on";

/** Null for an id that names nothing, and while the database is away: the experiment itself can still be read about. */
export async function keptRun(slug: string, id: string | string[] | undefined): Promise<StoredRun | null> {
  if (typeof id !== "string" || !/^[\w-]{22}$/.test(id)) return null;
  try {
    return await find(id, slug);
  } catch (error) {
    if (isStorageFailure(error)) return null;
    throw error;
  }
}
