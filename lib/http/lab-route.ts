/** The door of an experiment: a client gets a line of JSON for every step, while it runs; a form waits and lands on the page of the result. */
import type { z } from "zod";
import type { Failure } from "@/lib/core/failure";
import { err, ok } from "@/lib/core/result";
import {
  DEADLINE_MILLISECONDS,
  runExperiment,
  takeFromBudget,
  type Experiment,
  type Line,
} from "@/lib/lab/experiment";
import { isFormPost } from "./body";
import { labIsOpen } from "./lab-pages";
import { methods, nothingHere } from "./methods";
import { ownAddress } from "./own-address";
import { route, type Handler, type Operation } from "./route";
import { closingSignal } from "./shutdown";

/** POST alone; where LAB is off there is nothing here, whatever is sent. */
function whereOpen(post: Handler): ReturnType<typeof methods> {
  const judged =
    (handler: Handler): Handler =>
    (request, context) =>
      (labIsOpen() ? handler : nothingHere)(request, context);
  const handlers = methods({ POST: post });
  const all = Object.entries(handlers).map(([method, handler]) => [method, judged(handler)]);
  return Object.fromEntries(all) as typeof handlers;
}

/** The complete set of handlers of one experiment. Reads no credential: the reader's own has no part in it. */
export const labRoute = <Input, Shown>(experiment: Experiment<Input, Shown>) => {
  const page = `/lab/${experiment.slug}`;
  const operation: Operation<typeof experiment.input, "anyone"> = {
    input: experiment.input,
    form: { id: experiment.slug, page: () => page, lands: () => page },
    async run({ input, visit, request }) {
      const stop = new AbortController();
      const started = await runExperiment(experiment, input, {
        address: visit.origin.ip,
        self: ownAddress(),
        signal: AbortSignal.any([request.signal, stop.signal]),
        closing: closingSignal(),
      });
      if (!started.ok) return started;
      if (!isFormPost(request)) {
        const stream = asJsonLines(started.value, stop);
        return ok({ stream, headers: { "content-type": "application/jsonl" } });
      }
      const last = await lastOf(started.value);
      if (last && "problem" in last) return err(last.problem);
      return ok({ lands: last && "runId" in last && last.runId ? `${page}?run=${last.runId}#result` : page });
    },
  };
  return whereOpen(route({ access: "anyone", bodyMayBeEmpty: true, ...operation }));
};

/** A route of the Lab beside the experiments: open to all, on the same budget. */
export const labOperation = <Schema extends z.ZodType>(operation: Operation<Schema, "anyone">) =>
  whereOpen(
    route({
      access: "anyone",
      bodyMayBeEmpty: true,
      ...operation,
      async run(context) {
        const counted = await takeFromBudget(context.visit.origin.ip);
        return counted.ok ? operation.run(context) : counted;
      },
    }),
  );

async function lastOf<T>(lines: AsyncGenerator<T>): Promise<T | undefined> {
  let last: T | undefined;
  for await (const line of lines) last = line;
  return last;
}

const encoder = new TextEncoder();
/** How long a reader may be behind an experiment that is over by its own deadline. */
const READING_MILLISECONDS = 5_000;

/** A reader who goes away ends the experiment. */
function asJsonLines<Shown>(
  lines: AsyncGenerator<Line<Shown>>,
  stop: AbortController,
): ReadableStream<Uint8Array> {
  // An experiment waits for its reader between two lines; one who stopped reading would keep its place for ever.
  const tooSlow = setTimeout(() => void end(), DEADLINE_MILLISECONDS + READING_MILLISECONDS);
  async function end(): Promise<void> {
    clearTimeout(tooSlow);
    stop.abort();
    await lines.return(undefined);
  }
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) {
        clearTimeout(tooSlow);
        return controller.close();
      }
      controller.enqueue(encoder.encode(`${JSON.stringify(asSent(value))}\n`));
    },
    cancel: end,
  });
}

/** A failure as clients know it from every other answer, without its status: the stream began with 200. */
const asSent = <Shown>(line: Line<Shown>) =>
  "problem" in line ? { problem: asProblem(line.problem) } : line;
const asProblem = ({ code, detail, retryAfterSeconds }: Failure) => ({ code, detail, retryAfterSeconds });
