/** Announcements between the processes of a deployment, by PostgreSQL. One that is lost is not sent again: whoever listens has a slower way too. */
import pg from "pg";
import { env } from "@/lib/core/env";
import { log } from "@/lib/log/log";

/** Of the server: a message with more bytes is refused. */
export const MOST_MESSAGE_BYTES = 7_999;
const PATIENCE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 1_000;
const PING_EVERY_MILLISECONDS = 5_000;
/** As many messages may wait for their turn; those beyond are left to the slower way. */
const MOST_WAITING = 1_000;

/**
 * LISTEN and NOTIFY over a connection that does nothing else: a pool hands its connections on, and a request's queries are counted.
 * It comes back by itself.
 */
export class PostgresChannel {
  #client: pg.Client | null = null;
  #waiting: string[] = [];
  #sending: Promise<void> | null = null;
  #attempt = 0;
  #isReported = false;
  #isClosed = false;
  #next: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly hear: (message: string) => void,
  ) {}

  get isOpen(): boolean {
    return this.#client !== null;
  }

  async open(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: "halfstate announcements",
      keepAlive: true,
      connectionTimeoutMillis: PATIENCE_MILLISECONDS,
      query_timeout: PATIENCE_MILLISECONDS,
    });
    client.on("notification", ({ payload }) => this.hear(payload ?? ""));
    client.on("error", (error) => this.#lose(client, error));
    client.on("end", () => this.#lose(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.channel)}`);
    } catch (error) {
      return this.#lose(client, error);
    }
    if (this.#isClosed) return void client.end();
    this.#client = client;
    this.#attempt = 0;
    if (this.#isReported) log().info("PostgreSQL's announcements are back");
    this.#isReported = false;
    this.#ping(client);
  }

  /** Resolves when it is sent, or cannot be. */
  publish(message: string): Promise<void> {
    if (!this.#client || this.#waiting.length >= MOST_WAITING) return Promise.resolve();
    this.#waiting.push(message);
    return this.#send(this.#client);
  }

  /** What waits, be it nothing: then all that is learned is that the server answers. */
  #send(client: pg.Client): Promise<void> {
    return (this.#sending ??= this.#sendAll(client).finally(() => (this.#sending = null)));
  }

  async #sendAll(client: pg.Client): Promise<void> {
    try {
      do {
        // One question at a time, with all that has come meanwhile.
        const question = "SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message";
        await client.query(question, [this.channel, this.#waiting.splice(0)]);
      } while (this.#client === client && this.#waiting.length > 0);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#next);
    void this.#client?.end();
    this.#client = null;
  }

  /** A connection that leads nowhere any more says nothing, and neither does one over which nobody is told anything. */
  #ping(client: pg.Client): void {
    this.#next = setTimeout(async () => {
      await this.#send(client);
      if (this.#client === client) this.#ping(client);
    }, PING_EVERY_MILLISECONDS).unref();
  }

  readonly #lost = new WeakSet<pg.Client>();

  #lose(client: pg.Client, error?: unknown): void {
    if (this.#isClosed || this.#lost.has(client)) return;
    this.#lost.add(client);
    this.#client = null;
    this.#waiting = [];
    void client.end().catch(() => {});
    if (!this.#isReported) log().warn({ err: error }, "PostgreSQL's announcements are lost");
    this.#isReported = true;
    this.#attempt += 1;
    const pause = Math.min(25 * 2 ** this.#attempt, LONGEST_PAUSE_MILLISECONDS) + Math.random() * 50;
    clearTimeout(this.#next);
    this.#next = setTimeout(() => void this.open(), pause).unref();
  }
}

const shared = globalThis as { __halfstatePostgresChannel?: PostgresChannel };

/** Does nothing before `subscribe`. */
export const publish = async (message: string): Promise<void> =>
  shared.__halfstatePostgresChannel?.publish(message);

/** For as long as the process lives. Does nothing without PostgreSQL, or the second time. */
export function subscribe(channel: string, hear: (message: string) => void): void {
  const { databaseUrl } = env();
  if (databaseUrl.startsWith("file:") || shared.__halfstatePostgresChannel) return;
  shared.__halfstatePostgresChannel = new PostgresChannel(databaseUrl, channel, hear);
  void shared.__halfstatePostgresChannel.open();
}
