/** Three lanes on one time axis: how long each device was let in, and when it was first refused. */
import { scaleLinear } from "@visx/scale";

import type { Lane, Revocation } from "@/lib/lab/experiments/revocation";

import { ModeBadge } from "@/app/_components/mode-badge";
import { TimeAxis } from "../_components/time-axis";

const WHAT: Record<Lane["id"], string> = {
  session: "The row is looked up on every request",
  jwt: "The list of revocations is in memory",
  unfed: "No list: only the token’s expiry ends it",
};

export default function RevocationView({ result }: { result: Revocation }) {
  const { lanes, ending, elapsed } = result;
  const x = scaleLinear({ domain: [0, Math.max(elapsed, 1_000)], range: [0, 100] });
  return (
    <>
      <figure className="card p-4 sm:p-6" aria-label="When each device was first refused">
        <ol className="space-y-5">
          {lanes.map((lane) => (
            <li key={lane.id} data-mode={lane.mode} data-testid={`lane-${lane.id}`}>
              <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
                <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <ModeBadge mode={lane.mode} />
                  <span className="text-soft text-sm">{WHAT[lane.id]}</span>
                </p>
                <p className="font-medium tabular-nums">{outcome(lane, result)}</p>
              </div>
              <div className="bg-sunken relative mt-2 h-5 rounded-sm" aria-hidden="true">
                <span
                  className={`bg-mode-fill absolute inset-y-0 start-0 rounded-s-sm ${lane.id === "unfed" ? "lab-hatched" : ""}`}
                  style={{ width: `${x(lane.firstRefusedAt ?? elapsed)}%` }}
                />
                {ending && <EndMark at={x(ending.answeredAt)} />}
              </div>
            </li>
          ))}
        </ol>
        <TimeAxis x={x} />
        {ending && (
          <figcaption className="text-soft mt-3 text-sm leading-relaxed">
            <span aria-hidden="true" className="border-ink me-1.5 inline-block h-3 border-s-2 align-middle" />
            All three signed out by <code className="code">POST /api/auth/logout-all</code>, answered{" "}
            {seconds(ending.answeredAt)} after the start.
          </figcaption>
        )}
      </figure>
      <Table result={result} />
    </>
  );
}

const EndMark = ({ at }: { at: number }) => (
  <span className="border-ink absolute -inset-y-1 border-s-2" style={{ left: `${at}%` }} />
);

function Table({ result: { lanes, ending } }: { result: Revocation }) {
  return (
    <div className="mt-5 overflow-x-auto" tabIndex={0} role="region" aria-label="The measured values">
      <table className="lab-table">
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Last let in</th>
            <th scope="col">First refused</th>
            <th scope="col">After the ending</th>
            <th scope="col">Code</th>
            <th scope="col">Requests</th>
            <th scope="col">Queries</th>
          </tr>
        </thead>
        <tbody>
          {lanes.map((lane) => (
            <tr key={lane.id}>
              <th scope="row">{NAMES[lane.id]}</th>
              <td>{seconds(lane.lastAcceptedAt)}</td>
              <td>{seconds(lane.firstRefusedAt)}</td>
              <td>
                {ending && lane.firstRefusedAt !== null ? delay(lane.firstRefusedAt - ending.sentAt) : "–"}
              </td>
              <td className="code">{lane.code ?? "–"}</td>
              <td>{lane.requests}</td>
              <td>{lane.queries}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const NAMES: Record<Lane["id"], string> = {
  session: "Session",
  jwt: "JWT",
  unfed: "JWT without a list",
};

function outcome({ firstRefusedAt }: Lane, { ending }: Revocation): string {
  if (firstRefusedAt === null || !ending) return "let in";
  return `refused ${delay(firstRefusedAt - ending.sentAt)} after`;
}

const seconds = (milliseconds: number | null) =>
  milliseconds === null ? "–" : `${(milliseconds / 1000).toFixed(2)} s`;
const delay = (milliseconds: number) =>
  milliseconds < 1_000
    ? `${Math.max(0, milliseconds).toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;

export function markdown({ lanes, ending }: Revocation): string {
  return [
    "### Revocation stopwatch (Halfstate Lab)",
    "",
    "| Device | First refused after sign-out | Code | Requests | Queries |",
    "| --- | ---: | --- | ---: | ---: |",
    ...lanes.map(({ id, firstRefusedAt, code, requests, queries }) => {
      const after = firstRefusedAt !== null && ending ? delay(firstRefusedAt - ending.sentAt) : "–";
      return `| ${NAMES[id]} | ${after} | ${code ?? "–"} | ${requests} | ${queries} |`;
    }),
    "",
  ].join("\n");
}
