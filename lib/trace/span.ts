/** Pieces of work as spans of a trace, where an exporter is configured (lib/trace/opentelemetry.ts); elsewhere just the work, without a promise more. */

export type Attributes = Record<string, string | number | boolean>;
/** Adds attributes while the work goes on. No secret, no email, no value of a query. */
export type Note = (attributes: Attributes) => void;

export type Tracer = {
  span<T>(name: string, attributes: Attributes, work: (note: Note) => Promise<T>): Promise<T>;
  /** Sends what has not been sent yet; never rejects. */
  flush(): Promise<void>;
};

// On globalThis: Next keeps module state apart for each bundle.
const shared = globalThis as { __halfstateTracer?: Tracer };

export function setTracer(tracer: Tracer): void {
  shared.__halfstateTracer = tracer;
}

const nobodyListens: Note = () => {};

export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (note: Note) => Promise<T>,
): Promise<T> {
  const tracer = shared.__halfstateTracer;
  return tracer ? tracer.span(name, attributes, work) : work(nobodyListens);
}

/** For the end of the process, after the last answer: the last spans are on their way when it resolves. */
export const flushSpans = async (): Promise<void> => shared.__halfstateTracer?.flush();
