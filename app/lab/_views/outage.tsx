/** Every request as a mark on one time axis: who is let in while the database is away, and from when on everybody is again. */
import { scaleLinear } from "@visx/scale";

import type { Lane, Mark, Outage } from "@/lib/lab/experiments/outage";

import { ModeBadge } from "@/app/_components/mode-badge";
import { duration } from "../_components/duration";
import { TimeAxis } from "../_components/time-axis";
import { countsOf, isLetIn, LANES, outcomeOf } from "./outage-counts";

type Scale = (milliseconds: number) => number;

export default function OutageView({ result }: { result: Outage }) {
  const { lanes, elapsed, away, how, sameSessions } = result;
  const x = scaleLinear({ domain: [0, Math.max(elapsed, 1_000)], range: [0, 100] });
  const hit = lanes.filter((lane) => !isApart(lane));
  const apart = lanes.filter(isApart);
  return (
    <>
      <figure className="card p-4 sm:p-6" aria-label="Each request, and whether it was let in">
        <h2 className="text-sm font-medium">
          Devices of the throw-away account. While the database is away, their queries{" "}
          {how === "fails" ? "fail at once" : "hang until they time out"}.
        </h2>
        <LaneList lanes={hit} result={result} x={x} />
        <h2 className="mt-7 text-sm font-medium">At the same time, without the fault</h2>
        <LaneList lanes={apart} result={result} x={x} />
        <TimeAxis x={x} />
        <figcaption className="text-soft mt-3 flex flex-wrap gap-x-6 gap-y-1 text-sm leading-relaxed">
          <span>
            <span className="outage-key outage-letin" aria-hidden="true" /> served
          </span>
          <span>
            <span className="outage-key outage-refused" aria-hidden="true" /> answered 503, as wide as the
            wait
          </span>
          {away && (
            <span>
              <span className="outage-key outage-away" aria-hidden="true" /> database away, from{" "}
              {seconds(away.from)} to {away.until === null ? "now" : seconds(away.until)}
            </span>
          )}
        </figcaption>
      </figure>
      {sameSessions !== null && (
        <p className="mt-5 max-w-[74ch] leading-relaxed">
          {sameSessions
            ? "At the end every device is on the device session that it began with. Nothing was restarted, and nobody signed in again."
            : "At the end a device was not on the device session that it began with."}
        </p>
      )}
      <Table result={result} />
    </>
  );
}

/** Lanes whose queries nobody touches. */
const isApart = ({ id }: Lane): boolean => id === "bystander" || id === "readiness";

function LaneList({ lanes, result, x }: { lanes: Lane[]; result: Outage; x: Scale }) {
  return (
    <ol className="mt-4 space-y-4">
      {lanes.map((lane) => (
        <li key={lane.id} data-mode={lane.mode ?? undefined} data-testid={`lane-${lane.id}`}>
          <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              {lane.mode && <ModeBadge mode={lane.mode} />}
              <span className="code text-[0.8125rem]">{LANES[lane.id].asks}</span>
              <span className="text-soft text-sm">{LANES[lane.id].note}</span>
            </p>
            <p className="text-sm font-medium tabular-nums">{outcomeOf(lane, result)}</p>
          </div>
          <div className="outage-track" aria-hidden="true">
            {result.away && !isApart(lane) && <Away {...result.away} now={result.elapsed} x={x} />}
            {lane.marks.map((mark) => (
              <MarkOf key={mark.sentAt} mark={mark} x={x} />
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

const Away = ({ from, until, now, x }: { from: number; until: number | null; now: number; x: Scale }) => (
  <span
    className="outage-away absolute inset-y-0"
    style={{ left: `${x(from)}%`, width: `${x((until ?? now) - from)}%` }}
  />
);

const MarkOf = ({ mark, x }: { mark: Mark; x: Scale }) => (
  <span
    className={`absolute ${isLetIn(mark) ? "outage-letin" : "outage-refused"}`}
    style={{ left: `${x(mark.sentAt)}%`, width: `max(3px, ${x(mark.answeredAt - mark.sentAt)}%)` }}
  />
);

function Table({ result }: { result: Outage }) {
  return (
    <div className="mt-5 overflow-x-auto" tabIndex={0} role="region" aria-label="The measured values">
      <table className="lab-table">
        <thead>
          <tr>
            {COLUMNS.map(([name]) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.lanes.map((lane) => {
            const [first, ...rest] = cellsOf(lane, result);
            return (
              <tr key={lane.id}>
                <th scope="row">{first}</th>
                {rest.map((value, at) => (
                  <td key={at}>{value}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

type Counts = ReturnType<typeof countsOf>;

const COLUMNS: [name: string, of: (lane: Lane, counts: Counts) => string | number][] = [
  ["Who", ({ id }) => LANES[id].name],
  ["Asks", ({ id }) => LANES[id].asks],
  ["Sent", (_lane, { sent }) => sent],
  ["Served", (_lane, { letIn }) => letIn],
  ["503", ({ marks }) => marks.filter(({ status }) => status === 503).length],
  ["With Retry-After", ({ retryAfter }) => retryAfter],
  ["Cookies cleared", ({ cleared }) => cleared],
  ["Queries", (_lane, { queries }) => queries],
  ["Longest wait", (_lane, { longestWait }) => duration(longestWait)],
  ["Let in again after", (_lane, { backAfter }) => (backAfter === null ? "–" : duration(backAfter))],
];

const cellsOf = (lane: Lane, result: Outage) => {
  const counts = countsOf(lane, result);
  return COLUMNS.map(([, of]) => of(lane, counts));
};

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

export function markdown(result: Outage): string {
  return [
    `### The database goes away: queries ${result.how === "fails" ? "fail at once" : "hang"} (Halfstate Lab)`,
    "",
    `| ${COLUMNS.map(([name]) => name).join(" | ")} |`,
    `| --- | --- |${COLUMNS.slice(2)
      .map(() => " ---: |")
      .join("")}`,
    ...result.lanes.map((lane) => `| ${cellsOf(lane, result).join(" | ")} |`),
    "",
    `Every device on its old device session at the end: ${result.sameSessions ? "yes" : "no"}.`,
    "",
  ].join("\n");
}
