/** Metrics for Prometheus, on loopback or with METRICS_TOKEN (docs/observability.md). */
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";
import { metricsResponse } from "@/lib/http/metrics";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, (exchange) => metricsResponse(request, exchange)),
});

export const dynamic = "force-dynamic";
