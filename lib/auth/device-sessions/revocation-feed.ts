/** What this process knows of ended and changed device sessions: how JWT mode feels a logout without a query. */
import type { Role } from "@/lib/auth/contract";
import { env } from "@/lib/core/env";
import { log } from "@/lib/log/log";
import { timed } from "@/lib/trace/metrics";
import { tellOthers } from "./announcements";
import { findNoticesSince, type RevocationNotice } from "./store";

/** Contract: refused by every instance within one second. Two polls fit in it. */
export const POLL_MILLISECONDS = 400;
// Commit order is not the order of `createdAt`, and clocks differ between servers: each poll looks this far back again.
// Longer than a transaction may last (lib/db/client.ts) and its commit be waited for (DATABASE_STATEMENT_TIMEOUT_SECONDS).
const OVERLAP_MILLISECONDS = 30_000;
/** Within this the feed knows of all that was ended: what is older than a second may be judged by it alone. */
const FRESH_MILLISECONDS = 1_000;
/** After this long without an answer from the database the feed counts as silent. */
export const SILENT_AFTER_MILLISECONDS = 5_000;

type Known = { role: Role | null; createdAt: number; expiresAt: number };

export class RevocationFeed {
  readonly #known = new Map<string, Known>();
  #caughtUpAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;
  #lastPollFailed = false;
  #silenceReported = false;

  constructor(
    private readonly find: (since: Date) => Promise<RevocationNotice[]> = findNoticesSince,
    private readonly tell: (notices: RevocationNotice[]) => Promise<void> = async () => {},
  ) {}

  /** `ended`: refuse. `stale`: the claims are out of date, a renewal helps. `unknown`: this process cannot tell. */
  judge(sid: string, claimedRole: Role, now: Date): "good" | "ended" | "stale" | "unknown" {
    if (this.#caughtUpAt === null) return "unknown";
    if (env().revocationOnOutage === "refuse" && this.isSilent(now)) return "unknown";
    const known = this.#known.get(sid);
    if (!known) return "good";
    if (known.role === null) return "ended";
    return known.role === claimedRole ? "good" : "stale";
  }

  /**
   * Whether what was read of a live device session some seconds ago still holds: nothing has ended or changed it, and this process
   * would know. Stricter than `judge`: a feed that has not heard from the database within the last second vouches for nothing.
   */
  vouchesFor(sid: string, role: Role, now: Date): boolean {
    return this.isFresh(now) && this.judge(sid, role, now) === "good";
  }

  isFresh(now: Date): boolean {
    if (this.#caughtUpAt === null || this.#lastPollFailed) return false;
    // A clock that was put back says nothing of how long ago that was.
    return Math.abs(now.getTime() - this.#caughtUpAt) < FRESH_MILLISECONDS;
  }

  /** What this process has ended or changed: known here at once, and told to the others. Never throws; resolves when they were told. */
  announce(notices: RevocationNotice[]): Promise<void> {
    this.takeIn(notices);
    return this.tell(notices);
  }

  /** Takes in notices at once; the poll would bring them too, only later. */
  takeIn(notices: RevocationNotice[]): void {
    for (const { sid, role, createdAt, expiresAt } of notices) {
      const known = this.#known.get(sid);
      // An end is final; of two role changes the later one counts, in whatever order they arrive.
      if (known && (known.role === null || (role !== null && known.createdAt > createdAt.getTime())))
        continue;
      // Not what a process finds when it starts, nor what a later poll brings once more.
      if (this.#caughtUpAt !== null && known?.createdAt !== createdAt.getTime())
        timed.revocation(
          role === null ? "ended" : "stale",
          Math.max(0, Date.now() - createdAt.getTime()) / 1000,
        );
      this.#known.set(sid, { role, createdAt: createdAt.getTime(), expiresAt: expiresAt.getTime() });
    }
  }

  /** Reads what is new; throws when the database does. */
  async catchUp(now: Date): Promise<void> {
    const lookBack =
      this.#caughtUpAt === null ? Infinity : now.getTime() - this.#caughtUpAt + OVERLAP_MILLISECONDS;
    const since = lookBack === Infinity ? new Date(0) : new Date(now.getTime() - lookBack);
    this.takeIn(await this.find(since));
    this.#caughtUpAt = now.getTime();
    for (const [sid, known] of this.#known) if (known.expiresAt <= now.getTime()) this.#known.delete(sid);
  }

  isSilent(now: Date): boolean {
    return this.#caughtUpAt === null || now.getTime() - this.#caughtUpAt > SILENT_AFTER_MILLISECONDS;
  }

  /** Milliseconds since this process last heard everything; null before it first has. */
  lag(now: Date): number | null {
    return this.#caughtUpAt === null ? null : Math.max(0, now.getTime() - this.#caughtUpAt);
  }

  /** Begins polling; the first answer is awaited so that no request is judged by an empty memory. */
  async start(): Promise<void> {
    this.#isPolling = true;
    await this.#poll();
  }

  stop(): void {
    this.#isPolling = false;
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    try {
      await this.catchUp(new Date());
      this.#lastPollFailed = false;
      if (this.#silenceReported) log().info("revocation feed is back");
      this.#silenceReported = false;
    } catch (error) {
      this.#lastPollFailed = true;
      if (!this.#silenceReported && this.isSilent(new Date())) {
        this.#silenceReported = true;
        log().error({ err: error, policy: env().revocationOnOutage }, "revocation feed is silent");
      }
    }
    if (!this.#isPolling) return;
    // One that began before a stop and a new start must not go on beside the new one.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), POLL_MILLISECONDS).unref();
  }
}

const shared = globalThis as { __halfstateRevocations?: RevocationFeed };

export const revocationFeed = (): RevocationFeed =>
  (shared.__halfstateRevocations ??= new RevocationFeed(findNoticesSince, tellOthers));
