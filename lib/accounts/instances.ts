/** The processes that serve one database know of each other, so that one whose configuration differs is told of before people are signed out. */
import { randomId } from "@/lib/core/identifiers";
import { isStorageFailure } from "@/lib/db/client";
import { databaseClock, findInstancesSince, removeInstance, saveInstance } from "@/lib/db/instances";
import { log } from "@/lib/log/log";
import { differing, sharedConfiguration, warningOf, type SharedConfiguration } from "./configuration";

const BEAT_MILLISECONDS = 15_000;
/** Who was not seen for longer is gone, with or without saying so. */
const PRESENT_MILLISECONDS = 60_000;
/** Access tokens are pardoned five seconds, and both sides may be off. */
const MOST_SKEW_MILLISECONDS = 2_000;

type Voice = { warn(fields: object, message: string): void; info(fields: object, message: string): void };

export class Instance {
  /** Names this process until it ends; says nothing of the machine. */
  readonly id = randomId();
  readonly #startedAt = new Date();
  #differs: string[] = [];
  #hasSkew = false;
  #timer: NodeJS.Timeout | undefined;
  #isOn = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly configuration: (now: Date) => Promise<SharedConfiguration> = sharedConfiguration,
    private readonly voice: () => Voice = log,
  ) {}

  /** The variables of which another instance has values that do not go with ours, as of the last beat. */
  get differs(): readonly string[] {
    return this.#differs;
  }

  /** Begins to beat; the first one is awaited, so that what differs is known before anybody is served. */
  async start(): Promise<void> {
    this.#isOn = true;
    await this.#beatAndGoOn();
  }

  /** Leaves without waiting to be missed. */
  async stop(): Promise<void> {
    this.#isOn = false;
    clearTimeout(this.#timer);
    await this.#beating;
    await removeInstance(this.id).catch((error: unknown) => {
      if (!isStorageFailure(error)) throw error;
    });
  }

  /** Says that this instance is there and looks who else is; throws when the database does. */
  async beat(): Promise<void> {
    const askedAt = Date.now();
    const now = await databaseClock();
    const answeredAt = Date.now();
    this.#judgeClock(now.getTime(), askedAt, answeredAt);

    const shared = await this.configuration(new Date());
    // By the database's clock, which all of them share.
    await saveInstance({ id: this.id, startedAt: this.#startedAt, seenAt: now, shared });
    const since = new Date(now.getTime() - PRESENT_MILLISECONDS);
    const others = (await findInstancesSince(since)).filter(({ id }) => id !== this.id);
    const names = new Set(others.flatMap((other) => differing(shared, other.shared)));
    this.#judgeConfiguration(Object.keys(shared).filter((name) => names.has(name)));
  }

  /** Once for each change, not with every beat. */
  #judgeConfiguration(names: string[]): void {
    const isNews = names.join() !== this.#differs.join();
    this.#differs = names;
    if (!isNews) return;
    const fields = { instance: this.id, differs: names };
    if (names.length > 0) this.voice().warn(fields, warningOf(names));
    else this.voice().info(fields, "the instances agree again");
  }

  #judgeClock(now: number, askedAt: number, answeredAt: number): void {
    // The database read its clock somewhere in between; what that leaves open is not held against anybody.
    const skew = Math.max(askedAt - now, now - answeredAt, 0);
    const hasSkew = skew > MOST_SKEW_MILLISECONDS;
    if (hasSkew && !this.#hasSkew) {
      this.voice().warn(
        { instance: this.id, skewMilliseconds: skew },
        "This machine's clock and the database's differ: tokens may be refused by other instances, or live too long. Set both by NTP.",
      );
    }
    this.#hasSkew = hasSkew;
  }

  async #beatAndGoOn(): Promise<void> {
    this.#beating = this.beat().catch((error: unknown) => {
      // Without its database the revocation feed speaks up; here nothing is lost by a missed beat.
      if (!isStorageFailure(error)) log().error({ err: error }, "instance not registered");
    });
    await this.#beating;
    if (this.#isOn) this.#timer = setTimeout(() => void this.#beatAndGoOn(), BEAT_MILLISECONDS).unref();
  }
}

const shared = globalThis as { __halfstateInstance?: Instance };

export const instance = (): Instance => (shared.__halfstateInstance ??= new Instance());
