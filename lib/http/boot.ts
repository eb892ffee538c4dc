/** What a node process does before its first request. */
import { startPruning } from "@/lib/accounts/pruning";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { env, EnvError } from "@/lib/core/env";
import { attendTheWire } from "./wire";

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
  attendTheWire();
  await revocationFeed().start();
  startPruning();
}
