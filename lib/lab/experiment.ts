/** What an experiment is, what it may use, and how one is run: with a budget, until a deadline, leaving nobody behind. */
import type { z } from "zod";
import type { Mode } from "@/lib/auth/contract";
import { HashQueueFull } from "@/lib/auth/password/pool";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { randomId } from "@/lib/core/identifiers";
import { err, ok, type Result } from "@/lib/core/result";
import { isStorageFailure } from "@/lib/db/client";
import { addressBucket } from "@/lib/limits/address";
import { counting } from "@/lib/limits/store";
import { log } from "@/lib/log/log";
import type { Conditions } from "@/lib/trace/lab-scope";
import { counted } from "@/lib/trace/metrics";
import { CONDITIONS_HEADER, signConditions } from "./conditions";
import { cookieHeader, deliver, type Delivered, type Outgoing, type OwnAddress } from "./courier";
import { discardIdentity, newIdentity, signIn, type Device, type Identity } from "./identities";
import { findRun, removeEventsFrom, saveRun, type StoredRun } from "./store";

/** The state of a running experiment: each replaces the one before, and the last one is the result. */
export type Snapshot<Shown> = {
  /** From 0 to 1. */
  progress: number;
  /** What is happening, in a few words. */
  says: string;
  result: Shown;
};

export type Experiment<Input, Shown> = {
  /** Its path below /lab and /api/lab. */
  slug: string;
  /** Judges the body that starts it. */
  input: z.ZodType<Input>;
  run(input: Input, bench: Bench): AsyncGenerator<Snapshot<Shown>, void>;
};

/** What an experiment works with. */
export type Bench = {
  /** Fires when the reader stops it, goes away, time is up, or the server shuts down. */
  signal: AbortSignal;
  /** A throw-away account that is gone when the experiment ends. */
  identity(options?: { withPassword?: boolean }): Promise<Identity>;
  signIn(identity: Identity, mode: Mode, options?: Parameters<typeof signIn>[2]): Promise<Device>;
  /**
   * Sends a request with what the device carries where one is given, traced. Its limits are counted for this experiment alone, so that
   * nothing the Lab does wrong on purpose is held against anybody's address.
   */
  send(
    outgoing: Outgoing,
    as?: Device | Identity,
    conditions?: Omit<Conditions, "userId" | "address"> & {
      /** As if from an address of its own: limits that count by address then see one request only. */
      freshAddress?: boolean;
    },
  ): Promise<Delivered>;
  /** As any client would: without conditions and without a trace, so that nothing of the Lab is in what is measured. */
  sendUnwatched(outgoing: Outgoing, as?: Device): Promise<Delivered>;
};

export const DEADLINE_MILLISECONDS = 60_000;
/** At the same time, in this process: a Lab in use must leave the server room to serve. */
const MOST_RUNNING = 6;
/** How long a result can be linked to. */
const KEPT_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/** `signal`: nobody reads any more. `closing`: the server shuts down, and the reader is told. */
export type Runner = { address: string; self: OwnAddress; signal: AbortSignal; closing: AbortSignal };

/** One line of the stream: a snapshot, then either the id that the result can be found by (null where it could not be kept) or a problem. */
export type Line<Shown> = Snapshot<Shown> | { runId: string | null } | { problem: Failure };

/**
 * Runs an experiment to its end or until the signal fires. `rate_limited`, `overloaded` before anything was done; `storage_unavailable`
 * and what else goes wrong on the way is the last line.
 */
export async function runExperiment<Input, Shown>(
  experiment: Experiment<Input, Shown>,
  input: Input,
  runner: Runner,
): Promise<Result<AsyncGenerator<Line<Shown>, void>, Failure>> {
  const { retryAfterSeconds } = await budget((runs) => runs.take(addressBucket(runner.address)));
  if (retryAfterSeconds !== null) return err(failure("rate_limited", { retryAfterSeconds }));
  if (running.count >= MOST_RUNNING) return err(failure("overloaded", { retryAfterSeconds: 10 }));
  return ok(lines(experiment, input, runner));
}

async function* lines<Input, Shown>(
  experiment: Experiment<Input, Shown>,
  input: Input,
  runner: Runner,
): AsyncGenerator<Line<Shown>, void> {
  running.count += 1;
  const { bench, cleanUp } = benchFor(runner);
  try {
    let result: Shown | undefined;
    for await (const snapshot of experiment.run(input, bench)) {
      if (runner.signal.aborted) return;
      result = snapshot.result;
      yield snapshot;
    }
    yield { runId: await keep(experiment.slug, input, result) };
  } catch (error) {
    if (runner.signal.aborted) return;
    const stopped = runner.closing.aborted ? SHUTTING_DOWN : TOOK_TOO_LONG;
    yield { problem: bench.signal.aborted ? stopped : problemOf(error, experiment.slug) };
  } finally {
    running.count -= 1;
    await cleanUp();
  }
}

function benchFor({ self, signal: stopped, closing }: Runner): { bench: Bench; cleanUp(): Promise<void> } {
  const signal = AbortSignal.any([stopped, closing, AbortSignal.timeout(DEADLINE_MILLISECONDS)]);
  const identities: string[] = [];
  const address = `lab:${randomId()}`;
  const startedAt = new Date();
  const bench: Bench = {
    signal,
    async identity(options) {
      const identity = await newIdentity(new Date(), options);
      identities.push(identity.user.id);
      return identity;
    },
    signIn,
    send(outgoing, as, { freshAddress = false, ...conditions } = {}) {
      const userId = as ? ("user" in as ? as.user.id : as.userId) : "nobody";
      const carried = as && "cookies" in as ? carriedBy(as, outgoing.path) : {};
      const signed = signConditions(
        { ...conditions, userId, address: freshAddress ? `${address}:${randomId()}` : address },
        new Date(Date.now() + DEADLINE_MILLISECONDS),
      );
      return deliver(self, {
        ...outgoing,
        headers: { ...carried, ...outgoing.headers, [CONDITIONS_HEADER]: signed },
        signal,
      });
    },
    sendUnwatched(outgoing, as) {
      const carried = as ? carriedBy(as, outgoing.path) : {};
      return deliver(self, { ...outgoing, headers: { ...carried, ...outgoing.headers }, signal });
    },
  };
  const cleanUp = async () => {
    // Of attempts at accounts that do not exist: nobody's events, which would stay in everybody's trail.
    await removeEventsFrom(address, startedAt).catch((error: unknown) =>
      log().warn({ err: error }, "lab events not removed"),
    );
    for (const userId of identities) {
      await discardIdentity(userId).catch((error: unknown) =>
        // It expires by itself; nobody waits for it.
        log().warn({ err: error }, "lab identity not removed"),
      );
    }
  };
  return { bench, cleanUp };
}

/** As a browser would: the refresh cookie only below its path. */
function carriedBy({ cookies, tokens }: Device, path: string): Record<string, string> {
  if (tokens) return { authorization: `Bearer ${tokens.accessToken}` };
  const sent = new Map(
    [...cookies].filter(([name]) => !name.endsWith("refresh") || path.startsWith("/api/auth")),
  );
  return sent.size > 0 ? { cookie: cookieHeader(sent) } : {};
}

async function keep(experiment: string, input: unknown, result: unknown): Promise<string | null> {
  const id = randomId();
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + KEPT_MILLISECONDS);
  try {
    await saveRun({ id, experiment, input, result, createdAt, expiresAt });
    return id;
  } catch (error) {
    log().warn({ err: error, experiment }, "result of an experiment not kept");
    return null;
  }
}

const TOOK_TOO_LONG = failure("overloaded", {
  detail: "The experiment took too long and was stopped. Try again.",
});

const SHUTTING_DOWN = failure("overloaded", {
  detail: "The server is restarting, so the experiment was stopped. Try again.",
  retryAfterSeconds: 10,
});

function problemOf(error: unknown, experiment: string): Failure {
  if (error instanceof HashQueueFull) return failure("overloaded", { retryAfterSeconds: 5 });
  if (isStorageFailure(error)) return failure("storage_unavailable", { retryAfterSeconds: 5 });
  log().error({ err: error, experiment }, "experiment failed");
  return failure("internal_error");
}

/** Null when there is none by that id, or none any more. */
export const keptRun = (id: string, experiment: string): Promise<StoredRun | null> =>
  findRun(id, experiment, new Date());

const shared = globalThis as { __halfstateLabRunning?: { count: number } };
const running = (shared.__halfstateLabRunning ??= { count: 0 });
const budget = counting((limiter) => limiter("lab", env().limits.labRuns, env().limits.labWindowSeconds));

/** Counts as one run: what else the Lab offers shares its budget. */
export async function takeFromBudget(address: string): Promise<Result<null, Failure>> {
  const { retryAfterSeconds } = await budget((runs) => runs.take(addressBucket(address)));
  if (retryAfterSeconds !== null) counted.limited("lab");
  return retryAfterSeconds === null ? ok(null) : err(failure("rate_limited", { retryAfterSeconds }));
}
