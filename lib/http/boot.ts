/** What a node process does before its first request. */
import { startBackground } from "@/lib/accounts/background";
import { env, EnvError } from "@/lib/core/env";
import { log } from "@/lib/log/log";
import { attendSignals } from "./shutdown";
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
  const { tracesUrl } = env();
  // Nothing of it is loaded where nobody collects traces.
  if (tracesUrl) {
    const { startTracing } = await import("@/lib/trace/opentelemetry");
    startTracing(tracesUrl, (reason) => log().warn({ reason }, "traces could not be sent"));
  }
  attendTheWire();
  // The development server ends in its own way.
  if (process.env.NODE_ENV === "production") attendSignals();
  await startBackground();
}
