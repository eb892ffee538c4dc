/** What a node process does before its first request. */
import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startPruning } from "@/lib/accounts/pruning";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { env, EnvError } from "@/lib/core/env";
import { rememberResponse } from "./page-status";
import { stampPeerAddress } from "./peer";

const shared = globalThis as { __halfstateBooted?: boolean };

export async function boot(): Promise<void> {
  if (shared.__halfstateBooted) return;
  shared.__halfstateBooted = true;
  try {
    env();
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    // Whole and plain, to the one who starts it; a stack trace would bury it.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  // Node's own hook, before any handler of Next's: what Next does not pass on, we note here.
  diagnostics.subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    stampPeerAddress(request);
    rememberResponse(response);
  });
  await revocationFeed().start();
  startPruning();
}
