/** One request in each mode, side by side: the way it went, where its time went, and the same as tables. */
import type { Flight, Recording } from "@/lib/lab/experiments/flight-recorder";

import { count } from "@/app/_components/format";
import { ModeBadge } from "@/app/_components/mode-badge";
import { duration } from "../_components/duration";
import { SequenceDiagram } from "../_components/sequence-diagram";
import { Waterfall, type Bar } from "../_components/waterfall";
import { inShort } from "../_components/statement";
import { credentialOf, eventsOf, outcomeOf, PLACES, refusedBy, visited } from "./flight-events";
import { FLIGHT_REQUESTS } from "./flight-requests";
import { columnsOf, sideBySide, SideBySide, Statements, Steps } from "./flight-tables";

const RUNTIMES = [undefined, "edge", "node", undefined];
const NAMES = { session: "Session mode", jwt: "JWT mode" } as const;

export default function FlightRecorderView({ result }: { result: Recording }) {
  const flights = flightsOf(result);
  const end = Math.max(...flights.map(timeOf));
  const { title, lesson } = FLIGHT_REQUESTS[result.request];
  if (flights.length === 0) return null;
  return (
    <>
      <h2 className="code text-lg font-semibold">{title}</h2>
      <p className="text-soft mt-1 max-w-[74ch] leading-relaxed">{lesson}</p>
      <div className="mt-5 grid items-start gap-5 lg:grid-cols-2">
        {flights.map((flight) => (
          <FlightCard key={flight.mode} flight={flight} />
        ))}
      </div>
      <figure className="card mt-5 p-4 sm:p-6" aria-label="Where the time went">
        <h3 className="font-semibold">Where the time went, both on one scale</h3>
        <div className="mt-4 space-y-6">
          {flights.map((flight) => (
            <div key={flight.mode}>
              <ModeBadge mode={flight.mode} />
              <Waterfall mode={flight.mode} bars={barsOf(flight)} end={end} />
            </div>
          ))}
        </div>
        <figcaption className="text-soft mt-4 max-w-[74ch] text-sm leading-relaxed">
          Hatched bars are the database. What no bar covers is everything else: finding the route, reading the
          request, building the answer, and waiting where the machine is busy.
          {flights.some(({ hops }) => hops.some(({ edge }) => edge !== null)) &&
            " The middleware tells how long it took, not when it began; its bar stands at the start."}
        </figcaption>
      </figure>
      <SideBySide flights={flights} />
      <Steps flights={flights} />
      <Statements flights={flights} />
      <p className="text-soft mt-5 max-w-[74ch] text-sm leading-relaxed">
        Of each mode: sent {result.warmUps} times to warm up, then {result.recorded} times. Shown is the one
        whose time was in the middle, as it was. The browser here is the Lab’s own client, with a throw-away
        account; your cookies had no part in it.
      </p>
    </>
  );
}

function FlightCard({ flight: { mode, hops } }: { flight: Flight }) {
  const places = PLACES.map((name, at) => ({
    name,
    runtime: RUNTIMES[at],
    isVisited: visited(hops)[at]!,
  }));
  const refuser = refusedBy(hops);
  const events = hops.flatMap((hop, at) => eventsOf(hop, hops.length > 1 ? at + 1 : null));
  return (
    <section className="card p-4 sm:p-5" aria-label={NAMES[mode]} data-testid={`flight-${mode}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <ModeBadge mode={mode} />
        <p className="text-sm font-medium tabular-nums">
          {outcomeOf(hops.at(-1)!)}, {duration(timeOf({ mode, hops }))} on the server,{" "}
          {count(queriesOf({ mode, hops }), "query", "queries")}
        </p>
      </div>
      {refuser && <p className="text-danger mt-2 text-sm">Refused by {refuser}.</p>}
      <div className="mt-4">
        <SequenceDiagram mode={mode} label="What happened, in order" places={places} events={events} />
      </div>
    </section>
  );
}

function barsOf({ hops }: Flight): Bar[] {
  let begin = 0;
  return hops.flatMap((hop, at) => {
    const startedAt = begin;
    begin += hop.onServer;
    const number = hops.length > 1 ? `${at + 1}. ` : "";
    const whole: Bar = {
      name: `${number}${hop.method} ${hop.path.split("?")[0]}`,
      startedAt,
      milliseconds: hop.onServer,
      look: "whole",
    };
    const edge: Bar[] =
      hop.edge === null ? [] : [{ name: "Middleware", startedAt, milliseconds: hop.edge, look: "plain" }];
    const steps = hop.steps.map(({ lane, name, text, ...step }): Bar => ({
      name: text ? inShort(text) : name,
      startedAt: startedAt + step.startedAt,
      milliseconds: step.milliseconds,
      look: lane === "database" ? "hatched" : "plain",
    }));
    return [whole, ...edge, ...steps.toSorted((one, other) => one.startedAt - other.startedAt)];
  });
}

const flightsOf = ({ flights }: Recording): Flight[] =>
  [flights.session, flights.jwt].filter((flight) => flight !== null);

const timeOf = ({ hops }: Flight): number => hops.reduce((sum, { onServer }) => sum + onServer, 0);

const queriesOf = ({ hops }: Flight): number =>
  hops.flatMap(({ steps }) => steps).filter(({ lane }) => lane === "database").length;

export function markdown(result: Recording): string {
  const flights = flightsOf(result);
  const { title } = FLIGHT_REQUESTS[result.request];
  return [
    `### Flight recorder: ${title} (Halfstate Lab)`,
    "",
    `| | ${flights.map(({ mode }) => NAMES[mode]).join(" | ")} |`,
    `| --- | ${flights.map(() => "---").join(" | ")} |`,
    ...sideBySide(flights).map(({ name, values }) => `| ${name} | ${values.join(" | ")} |`),
    "",
    ...flights.flatMap(({ mode, hops }) => [
      `${NAMES[mode]}:`,
      "",
      ...hops.flatMap((hop) => [
        `- ${hop.method} ${hop.path} (${credentialOf(hop)}): ${outcomeOf(hop)}, ${duration(hop.onServer)}`,
        ...columnsOf(hop).map(({ where, what, took }) => `  - ${where}: ${what}, ${took}`),
      ]),
      "",
    ]),
  ].join("\n");
}
