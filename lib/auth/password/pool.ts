/** A few hashing threads behind a bounded queue: a log-in storm is refused early instead of stalling the server. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import { env } from "@/lib/core/env";
import { timed } from "@/lib/trace/metrics";
import { inSpan, type Note } from "@/lib/trace/span";

export type HashTask =
  { kind: "hash"; input: string; cost: number } | { kind: "compare"; input: string; hash: string };

/** The queue is full: the caller answers `overloaded`. */
export class HashQueueFull extends Error {
  constructor() {
    super("The hashing queue is full.");
    this.name = "HashQueueFull";
  }
}

type Job = {
  task: HashTask;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  note: Note;
  /** By the clock of `performance`, as `startedAt`. */
  queuedAt: number;
  startedAt: number;
};
type Answer = { id: number; value: unknown } | { id: number; error: string };

export class HashPool {
  readonly #queue: Job[] = [];
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Job>();
  readonly #workers = new Set<Worker>();
  #nextId = 0;

  constructor(
    private readonly size: number,
    private readonly queueLimit: number,
  ) {}

  /** Jobs that wait for a thread. */
  get depth(): number {
    return this.#queue.length;
  }

  /** Threads at work. */
  get running(): number {
    return this.#running.size;
  }

  /** Nothing is being hashed, and nothing waits for it. */
  get isIdle(): boolean {
    return this.#running.size === 0 && this.#queue.length === 0;
  }

  /** Rejects with HashQueueFull, or with the worker's own error. */
  run<T>(task: HashTask): Promise<T> {
    if (this.#queue.length >= this.queueLimit) return Promise.reject(new HashQueueFull());
    const queue = (note: Note) =>
      new Promise<T>((resolve, reject) => {
        const job = { task, resolve: resolve as (value: unknown) => void, reject, note };
        this.#queue.push({ ...job, queuedAt: performance.now(), startedAt: 0 });
        this.#dispatch();
      });
    return inSpan("hash password", {}, queue);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#workers.size < this.size ? this.#start() : undefined);
    if (!worker) return;
    const job = this.#queue.shift()!;
    job.startedAt = performance.now();
    this.#running.set(worker, job);
    // A process may end while its threads are idle, but not in the middle of a hash somebody waits for.
    worker.ref();
    worker.postMessage({ id: this.#nextId++, task: job.task });
  }

  #start(): Worker {
    // By path, not by import: the bundler would try to swallow the file; tracing is told of it in next.config.ts.
    const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib/auth/password/worker.mjs");
    const worker = new Worker(file, { env: {} });
    this.#workers.add(worker);
    worker.on("message", (answer: Answer) => this.#settle(worker, answer));
    worker.on("error", (error) => this.#lose(worker, error));
    // Also without an error: whoever waits for it must hear that nothing will come.
    worker.on("exit", () =>
      this.#lose(worker, new Error("A hashing thread ended in the middle of its work.")),
    );
    return worker;
  }

  #settle(worker: Worker, answer: Answer): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    worker.unref();
    this.#idle.push(worker);
    if (!job) return;
    if ("error" in answer) job.reject(new Error(answer.error));
    else {
      const waited = job.startedAt - job.queuedAt;
      timed.hash(job.task.kind, waited / 1000, (performance.now() - job.startedAt) / 1000);
      job.note({ "halfstate.hash.kind": job.task.kind, "halfstate.hash.wait_ms": waited });
      job.resolve(answer.value);
    }
    this.#dispatch();
  }

  /** A thread that dies takes its one job with it; the next job starts another. */
  #lose(worker: Worker, error: Error): void {
    if (!this.#workers.delete(worker)) return;
    this.#running.get(worker)?.reject(error);
    this.#running.delete(worker);
    const position = this.#idle.indexOf(worker);
    if (position >= 0) this.#idle.splice(position, 1);
    this.#dispatch();
  }
}

const shared = globalThis as { __halfstateHashPool?: HashPool };

export const hashPool = (): HashPool =>
  (shared.__halfstateHashPool ??= new HashPool(env().hashWorkers, env().hashQueueLimit));
