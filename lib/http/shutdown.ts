/** How this process ends: it says that it is leaving, takes nothing new, finishes what it has begun, and closes what it holds. */
import type { Server, ServerResponse } from "node:http";
import { constants } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { stopBackground } from "@/lib/accounts/background";
import { hashPool } from "@/lib/auth/password/pool";
import { env } from "@/lib/core/env";
import { log } from "@/lib/log/log";
import { flushSpans } from "@/lib/trace/span";

type Life = {
  /** When the first signal came; null while nobody has asked. */
  leavingSince: number | null;
  /** Fires when the delay is over and nothing new is taken: what could go on for long ends now. */
  closing: AbortController;
  /** Those that have been asked anything: more than one where something beside the app listens too. */
  servers: Set<Server>;
  unanswered: Set<ServerResponse>;
};

// On globalThis: Next keeps module state apart for each bundle.
const shared = globalThis as { __halfstateLife?: Life };
const life = (): Life =>
  (shared.__halfstateLife ??= {
    leavingSince: null,
    closing: new AbortController(),
    servers: new Set(),
    unanswered: new Set(),
  });

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** A terminal signals npm and us, and npm passes its own on: what comes this soon is the same wish. */
const SAME_SIGNAL_MILLISECONDS = 1_000;
/** A connection that was let in just before the door closed may still send its first request; browsers open some for no reason. */
const NEWCOMER_MILLISECONDS = 500;
const LOOK_AGAIN_MILLISECONDS = 25;

export const isLeaving = (): boolean => life().leavingSince !== null;

export const closingSignal = (): AbortSignal => life().closing.signal;

/** Called for each request before Next sees it (lib/http/wire.ts). */
export function rememberUnanswered(server: Server, response: ServerResponse): void {
  const { servers, unanswered } = life();
  servers.add(server);
  unanswered.add(response);
  response.once("close", () => unanswered.delete(response));
}

/** From here on a signal ends the process in good order; one more a second later ends it at once. */
export function attendSignals(): void {
  for (const signal of SIGNALS) {
    // Next's own, which closes the door at once, before a balancer knows; and that of scripts/serve.mjs, which ends a start.
    process.removeAllListeners(signal);
    process.on(signal, () => {
      const now = performance.now();
      const { leavingSince } = life();
      if (leavingSince === null) {
        life().leavingSince = now;
        void leave(signal);
      } else if (now - leavingSince > SAME_SIGNAL_MILLISECONDS) process.exit(128 + constants.signals[signal]);
    });
  }
}

async function leave(signal: string): Promise<void> {
  const { delaySeconds, timeoutSeconds } = env().shutdown;
  log().info({ signal, delaySeconds, unanswered: life().unanswered.size }, "shutting down");
  try {
    await wait(delaySeconds * 1000);
    setTimeout(() => {
      log().warn({ timeoutSeconds, unanswered: life().unanswered.size }, "shutdown took too long");
      process.exit(1);
    }, timeoutSeconds * 1000);
    life().closing.abort();
    await untilAnswered();
    await stopBackground();
    await flushSpans();
    log().info("shut down");
    process.exit(0);
  } catch (error) {
    log().error({ err: error }, "shutdown failed");
    process.exit(1);
  }
}

/** Closes the door, then waits for the answers that are owed. */
async function untilAnswered(): Promise<void> {
  const { servers, unanswered } = life();
  let open = servers.size;
  const closedAt = performance.now();
  for (const server of servers) server.close(() => (open -= 1));
  for (;;) {
    // Again and again: a connection whose answer began before all this is kept open by it, and idle afterwards.
    for (const server of servers) server.closeIdleConnections();
    const isQuiet = unanswered.size === 0 && performance.now() - closedAt > NEWCOMER_MILLISECONDS;
    if ((open === 0 || isQuiet) && hashPool().isIdle) return;
    await wait(LOOK_AGAIN_MILLISECONDS);
  }
}
