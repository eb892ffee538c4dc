/** Short-lived copies of what the database said. Never the truth: whoever uses one must know by itself that it still holds. */
import { createHash } from "node:crypto";
import { labConditions } from "@/lib/trace/lab-scope";
import { askRedis, nameInRedis, redisIsReady } from "./client";
import { openFor, sealFor } from "./seal";

/** No copy is good for longer, counted from before the database was asked. */
export const COPY_LIFE_MILLISECONDS = 30_000;
// A mark stays where a copy was dropped, longer than any copy that was read before can be good, clocks included that differ by
// some seconds: a reader who was slow cannot put the old one back.
const DROPPED_MARK_SECONDS = COPY_LIFE_MILLISECONDS / 1000 + 10;
const DROPPED = "";

/** The copy that is good at `now`, else null. `name` says of what it is; Redis gets to see its hash only. */
export async function readCopy(name: string, now: Date): Promise<unknown> {
  // The Lab shows what a mode does and costs by itself, and what becomes of it without its database.
  if (!redisIsReady() || labConditions()) return null;
  const sealed = await askRedis((client) => client.getBuffer(keyOf(name)));
  if (!sealed || sealed.length === 0) return null;
  const copy = openFor(name, sealed) as Copy | undefined;
  const left = copy ? copy.until - now.getTime() : 0;
  return copy && left > 0 && left <= COPY_LIFE_MILLISECONDS ? copy.what : null;
}

type Copy = { what: unknown; until: number };

/** `readAt`: before the database was asked for it. `until`: when it stops being good, if that is sooner than for any copy. */
export function keepCopy(name: string, what: unknown, readAt: Date, until: Date): void {
  if (!redisIsReady()) return;
  const life = Math.min(until.getTime() - readAt.getTime(), COPY_LIFE_MILLISECONDS);
  if (life <= 0) return;
  const copy: Copy = { what, until: readAt.getTime() + life };
  // Only where there is nothing: what was dropped meanwhile stays so.
  void askRedis((client) => client.set(keyOf(name), sealFor(name, copy), "PX", Math.ceil(life), "NX"));
}

/** Resolves when no copy of before can be read any more, or when Redis could not be told. */
export async function dropCopies(names: string[]): Promise<void> {
  if (names.length === 0) return;
  await askRedis(async (client) => {
    const commands = client.pipeline();
    for (const name of names) commands.set(keyOf(name), DROPPED, "EX", DROPPED_MARK_SECONDS);
    const refused = (await commands.exec())?.find(([error]) => error)?.[0];
    if (refused) throw refused;
  });
}

const keyOf = (name: string) => nameInRedis(`copy:${createHash("sha256").update(name).digest("base64url")}`);
