/** Three lanes on one time axis: for how long each device went on with what was no longer so; and its claims beside the row. */
import { scaleLinear } from "@visx/scale";

import type { Change, Fact, Lane, LaneId, Phase, Seen, Staleness } from "@/lib/lab/experiments/staleness";

import { ModeBadge } from "@/app/_components/mode-badge";
import { duration } from "../_components/numbers";
import { ScrollTable } from "../_components/scroll-table";
import { TimeAxis } from "../_components/time-axis";

const FACTS: Fact[] = ["role", "name"];

const WHAT: Record<LaneId, string> = {
  session: "The row is looked up on every request",
  jwt: "A changed role is announced, a changed name is not",
  unfed: "No list: only the token’s expiry ends what it claims",
};

const NAMES: Record<LaneId, string> = {
  session: "Session",
  jwt: "JWT",
  unfed: "JWT, no list",
};

export default function StalenessView({ result }: { result: Staleness }) {
  return (
    <>
      <Lanes result={result} />
      <FirstRight result={result} />
      <Phases result={result} />
    </>
  );
}

function Lanes({ result }: { result: Staleness }) {
  const { lanes, changes, elapsed } = result;
  const x = scaleLinear({ domain: [0, Math.max(elapsed, 1_000)], range: [0, 100] });
  return (
    <figure className="card p-4 sm:p-6" aria-label="How long each device went on with the old role and name">
      <ol className="space-y-6">
        {lanes.map((lane) => (
          <li key={lane.id} data-mode={lane.mode} data-testid={`lane-${lane.id}`}>
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <ModeBadge mode={lane.mode} />
              <span className="text-soft text-sm">{WHAT[lane.id]}</span>
            </p>
            {FACTS.map((fact) => (
              <Strip key={fact} lane={lane} fact={fact} change={changes[fact]} x={x} end={elapsed} />
            ))}
          </li>
        ))}
      </ol>
      <TimeAxis x={x} />
      <figcaption className="text-soft mt-3 space-y-1 text-sm leading-relaxed">
        <p className="flex flex-wrap items-center gap-x-5 gap-y-1">
          <Key className="bg-edge">as the row has it</Key>
          <Key className="bg-edge lab-hatched">behind the row</Key>
          <span>
            <span aria-hidden="true" className="border-ink me-1.5 inline-block h-3 border-s-2 align-middle" />
            changed in the database
          </span>
          <span>
            <RefreshDot className="me-1.5 inline-block align-[-0.1em]" /> refreshed its token
          </span>
        </p>
        <p>
          The devices hold their requests while a change is made, so that the next one of each is the first
          that could know of it. Times count from when the change was done.
        </p>
      </figcaption>
    </figure>
  );
}

const Key = ({ className, children }: { className: string; children: string }) => (
  <span>
    <span
      aria-hidden="true"
      className={`me-1.5 inline-block h-3 w-6 rounded-sm align-[-0.1em] ${className}`}
    />
    {children}
  </span>
);

const RefreshDot = ({ className, left }: { className: string; left?: string }) => (
  <span
    aria-hidden="true"
    className={`border-ink bg-surface size-3 rounded-full border-2 ${className}`}
    style={{ left }}
  />
);

type StripProps = {
  lane: Lane;
  fact: Fact;
  change: Change | null;
  x: (milliseconds: number) => number;
  end: number;
};

function Strip({ lane, fact, change, x, end }: StripProps) {
  const right = lane.right[fact];
  return (
    <div className="mt-2.5">
      <p className="flex flex-wrap justify-between gap-x-4 text-sm">
        <span className="text-soft">{fact}</span>
        <span className="font-medium tabular-nums">{outcome(right, change)}</span>
      </p>
      <div className="bg-mode-fill relative mt-1 h-4 overflow-clip rounded-sm" aria-hidden="true">
        {change && (
          <span
            className="bg-surface absolute inset-y-0"
            style={{ left: `${x(change.doneAt)}%`, width: `${x((right ?? end) - change.doneAt)}%` }}
          >
            <span className="bg-mode-fill lab-hatched absolute inset-0" />
          </span>
        )}
        {change && (
          <span
            className="border-ink absolute inset-y-0 border-s-2"
            style={{ left: `${x(change.doneAt)}%` }}
          />
        )}
        {lane.refreshes.map((at) => (
          <RefreshDot key={at} className="absolute top-0.5 -translate-x-1/2" left={`${x(at)}%`} />
        ))}
      </div>
    </div>
  );
}

function outcome(right: number | null, change: Change | null): string {
  if (!change) return "not changed yet";
  return right === null ? "behind" : `right ${duration(right - change.doneAt)} after the change`;
}

function FirstRight({ result: { lanes, changes } }: { result: Staleness }) {
  return (
    <ScrollTable
      label="When each device was first right"
      columns={[
        "Device",
        "Role right after",
        "Role: how",
        "Name right after",
        "Name: how",
        "Requests",
        "Queries",
        "Refreshes",
      ]}
    >
      {lanes.map((lane) => (
        <tr key={lane.id} data-testid={`right-${lane.id}`}>
          <th scope="row">{NAMES[lane.id]}</th>
          {FACTS.map((fact) => (
            <RightAfter key={fact} lane={lane} fact={fact} change={changes[fact]} />
          ))}
          <td>{lane.requests}</td>
          <td>{lane.queries}</td>
          <td>
            {lane.refreshes.length}
            {lane.refreshQueries > 0 && ` (${lane.refreshQueries} queries)`}
          </td>
        </tr>
      ))}
    </ScrollTable>
  );
}

function RightAfter({ lane, fact, change }: { lane: Lane; fact: Fact; change: Change | null }) {
  const right = lane.right[fact];
  return (
    <>
      <td>{right === null || !change ? "–" : duration(right - change.doneAt)}</td>
      <td>{right === null || !change ? "–" : means(lane, change, right)}</td>
    </>
  );
}

/** What came between the change and the first right answer. */
function means({ refusals, refreshes }: Lane, { doneAt }: Change, right: number): string {
  const between = (at: number) => at > doneAt && at < right;
  const refusal = refusals.find(({ at }) => between(at));
  if (refusal) return `401 ${refusal.code}, refresh`;
  return refreshes.some(between) ? "refresh by its own choice" : "next request";
}

const TITLES: Record<Phase["id"], string> = {
  before: "Before",
  role: "The first request after the role was changed",
  settled: "After the JWT device had refreshed its token",
  name: "The first request after the name was changed",
  renewed: "After the JWT device renewed its token by its own choice",
  end: "After the token without a list had expired, and was renewed",
};

const Phases = ({ result: { phases, lanes } }: { result: Staleness }) => (
  <section aria-labelledby="phases" className="mt-10">
    <h2 id="phases" className="text-lg font-semibold">
      The claims beside the row
    </h2>
    <p className="text-soft mt-2 max-w-[75ch] text-[0.9375rem] leading-relaxed">
      For a JWT: what the token says that was sent, read from its second part, and what it was answered. For
      the session: what it was answered, because its cookie holds an id and no claims.{" "}
      <span className="text-danger font-semibold">≠</span> marks what differs from the row.
    </p>
    <ol className="mt-5 grid gap-x-8 gap-y-7 lg:grid-cols-2">
      {phases.map((phase) => (
        <li key={phase.id} className="min-w-0" data-testid={`phase-${phase.id}`}>
          <h3 className="text-[0.9375rem] font-medium">{TITLES[phase.id]}</h3>
          <PhaseTable phase={phase} lanes={lanes} />
        </li>
      ))}
    </ol>
  </section>
);

function PhaseTable({ phase: { id, row, seen }, lanes }: { phase: Phase; lanes: Lane[] }) {
  return (
    <ScrollTable label={`Claims and row: ${TITLES[id]}`} columns={["Where", "Role", "Name", "Answer"]}>
      <tr>
        <th scope="row">Row</th>
        <td className="code">{row.role}</td>
        <td className="code">{row.name}</td>
        <td>–</td>
      </tr>
      {lanes.map((lane) => {
        const one = seen[lane.id];
        return (
          <tr key={lane.id} data-mode={lane.mode}>
            <th scope="row" className="text-mode">
              {NAMES[lane.id]}
            </th>
            {FACTS.map((fact) => (
              <Said key={fact} value={(one?.carried ?? one?.answered)?.[fact]} row={row[fact]} />
            ))}
            <td className="code">{answerOf(one)}</td>
          </tr>
        );
      })}
    </ScrollTable>
  );
}

function Said({ value, row }: { value: string | undefined; row: string }) {
  if (value === undefined) return <td>–</td>;
  if (value === row) return <td className="code">{value}</td>;
  return (
    <td className="code text-danger font-semibold">
      <span aria-hidden="true">≠ </span>
      <span className="sr-only">differs from the row: </span>
      {value}
    </td>
  );
}

const answerOf = (seen: Seen | undefined): string =>
  seen ? [seen.status, seen.code].filter(Boolean).join(" ") : "–";

export function markdown({ lanes, changes }: Staleness): string {
  return [
    "### Staleness meter (Halfstate Lab)",
    "",
    "| Device | Role right after | by | Name right after | by | Requests | Queries | Refreshes |",
    "| --- | ---: | --- | ---: | --- | ---: | ---: | ---: |",
    ...lanes.map((lane) => {
      const cells = FACTS.flatMap((fact) => {
        const [right, change] = [lane.right[fact], changes[fact]];
        return right === null || !change
          ? ["–", "–"]
          : [duration(right - change.doneAt), means(lane, change, right)];
      });
      return `| ${NAMES[lane.id]} | ${cells.join(" | ")} | ${lane.requests} | ${lane.queries} | ${lane.refreshes.length} |`;
    }),
    "",
  ].join("\n");
}
