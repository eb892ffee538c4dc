/** Sends spans to an OpenTelemetry collector: Next's own of each request, and ours within them. Loaded only where an exporter is configured. */
import { diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { setTracer, type Tracer } from "./span";

/**
 * `url`: where OTLP/HTTP traces are taken, in JSON. What else can be set is the SDK's own: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_*. A collector that is away costs its spans and nothing else; `tell` hears of it.
 */
export function startTracing(url: string, tell: (reason: string) => void): void {
  const warn = (message: string) => tell(message.slice(0, MOST_TEXT));
  const ignore = () => {};
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "halfstate" }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [withoutAddresses, new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  // Also makes the W3C header `traceparent` of a request the parent of its spans.
  provider.register();
  setTracer(tracerOf(provider));
}

const MOST_TEXT = 500;

function tracerOf(provider: NodeTracerProvider): Tracer {
  const tracer = trace.getTracer("halfstate");
  return {
    span: (name, attributes, work) =>
      tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work((more) => void span.setAttributes(more));
        } catch (error) {
          // Its name alone: a message may repeat what was sent, and stands in the log.
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: error instanceof Error ? error.name : undefined,
          });
          throw error;
        } finally {
          span.end();
        }
      }),
    flush: () => provider.forceFlush().catch(() => {}),
  };
}

/**
 * Next puts the whole address of a request into its spans, with the ids in its path and whatever was searched for, and the messages
 * of errors. The pattern of the route stays (`http.route`).
 */
const withoutAddresses: SpanProcessor = {
  onStart() {},
  onEnd(span: ReadableSpan) {
    for (const name of ["http.target", "http.url", "next.pathname"]) delete span.attributes[name];
    span.events.length = 0;
    delete span.status.message;
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};
