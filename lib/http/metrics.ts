/** `GET /metrics`, for Prometheus: to whoever has METRICS_TOKEN; without one to programs on this machine alone. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { hashPool } from "@/lib/auth/password/pool";
import { env } from "@/lib/core/env";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { exposition } from "@/lib/trace/metrics";
import type { Exchange } from "./exchange";
import { isLocalCaller } from "./peer";
import { problemResponse } from "./respond";

type Headers = { get(name: string): string | null };

export async function metricsResponse(request: Request, exchange: Exchange): Promise<Response> {
  const allowed = mayRead(request.headers);
  if (!allowed.ok) return problemResponse(allowed.failure, exchange);
  const feed = revocationFeed();
  const lag = feed.lag(exchange.now);
  const { contentType, text } = await exposition({
    hashQueueDepth: hashPool().depth,
    hashesRunning: hashPool().running,
    feedLagSeconds: lag === null ? null : lag / 1000,
    feedIsSilent: feed.isSilent(exchange.now),
    version: version(),
  });
  return new Response(text, { headers: { "content-type": contentType } });
}

/**
 * With a token set, it alone counts: `unauthenticated` without any, `credential_invalid` with another. Without one, strangers get
 * `not_found`, as for everything whose existence is not their business.
 */
export function mayRead(headers: Headers): Result<null, Failure> {
  const { metricsToken } = env();
  if (metricsToken === null) return isLocalCaller(headers) ? ok(null) : err(failure("not_found"));
  const [, presented] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (presented === undefined) return err(failure("unauthenticated"));
  return isSame(presented, metricsToken) ? ok(null) : err(failure("credential_invalid"));
}

/** Hashed first: the comparison takes texts of one length, and tells neither where they differ nor how long ours is. */
const isSame = (one: string, other: string) => timingSafeEqual(sha256(one), sha256(other));
const sha256 = (text: string) => createHash("sha256").update(text).digest();

const shared = globalThis as { __halfstateVersion?: string };

/** Of the package.json that lies beside the server. */
function version(): string {
  const file = join(/* turbopackIgnore: true */ process.cwd(), "package.json");
  return (shared.__halfstateVersion ??= (
    JSON.parse(readFileSync(file, "utf8")) as { version: string }
  ).version);
}
