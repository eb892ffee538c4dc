/** A recording as tables: what the diagrams show, for those who cannot see them and those who want the digits. */
import type { Flight } from "@/lib/lab/experiments/flight-recorder";
import type { Hop } from "@/lib/lab/hops";

import { CodeBlock } from "@/app/_components/code-block";
import { duration } from "../_components/duration";
import { inShort, onOneLine } from "../_components/statement";
import { credentialOf, outcomeOf, refusedBy } from "./flight-events";

const NAMES = { session: "Session", jwt: "JWT" } as const;

/** One line of the comparison; a way of several hops counts as one. */
export function sideBySide(flights: Flight[]): { name: string; values: string[] }[] {
  const lines: [name: string, of: (hops: Hop[]) => string | null][] = [
    ["Answer", (hops) => outcomeOf(hops.at(-1)!)],
    ["Refused", (hops) => prefixed("by ", refusedBy(hops))],
    ["Requests", (hops) => String(hops.length)],
    ["Credential carried", (hops) => [...new Set(hops.map(credentialOf))].join("; ")],
    ["Whole request", (hops) => bytes(hops, "requestBytes")],
    ["Whole answer", (hops) => bytes(hops, "answerBytes")],
    ["Middleware", (hops) => taken(hops.map(({ edge }) => edge))],
    ["Handler’s steps", (hops) => taken(timesOf(hops, "handler"))],
    ["Database", (hops) => taken(timesOf(hops, "database"))],
    ["Queries", (hops) => String(timesOf(hops, "database").length)],
    ["Everything else", (hops) => duration(Math.max(0, sum(hops.map(restOf))))],
    ["On the server", (hops) => duration(sum(hops.map(({ onServer }) => onServer)))],
    ["Sent until received", (hops) => duration(sum(hops.map(({ total }) => total)))],
  ];
  return lines
    .map(([name, of]) => ({ name, values: flights.map(({ hops }) => of(hops)) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .map(({ name, values }) => ({ name, values: values.map((value) => value ?? "–") }));
}

const prefixed = (prefix: string, text: string | null) => (text === null ? null : prefix + text);

const bytes = (hops: Hop[], which: "requestBytes" | "answerBytes") =>
  `${sum(hops.map((hop) => hop[which]))} B`;

/** Of a place that no hop came by. */
function taken(times: (number | null)[]): string {
  const measured = times.filter((time) => time !== null);
  return measured.length > 0 ? duration(sum(measured)) : "not visited";
}

const timesOf = (hops: Hop[], lane: "handler" | "database"): number[] =>
  hops.flatMap(({ steps }) => steps.filter((step) => step.lane === lane).map((step) => step.milliseconds));

const restOf = ({ onServer, edge, steps }: Hop): number =>
  onServer - (edge ?? 0) - sum(steps.map(({ milliseconds }) => milliseconds));

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Every step of a hop, the middleware's too. */
export const columnsOf = ({ edge, steps }: Hop) => [
  ...(edge === null
    ? []
    : [{ where: "Middleware", what: "look at the credential", began: "–", took: duration(edge) }]),
  ...steps.map(({ lane, name, text, startedAt, milliseconds }) => ({
    where: lane === "handler" ? "Handler" : "Database",
    what: text ? inShort(text) : name,
    began: duration(startedAt),
    took: duration(milliseconds),
  })),
];

export function SideBySide({ flights }: { flights: Flight[] }) {
  return (
    <div className="mt-6 overflow-x-auto" tabIndex={0} role="region" aria-label="Side by side">
      <table className="lab-table">
        <thead>
          <tr>
            <th scope="col">Measured</th>
            {flights.map(({ mode }) => (
              <th key={mode} scope="col">
                {NAMES[mode]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sideBySide(flights).map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, at) => (
                <td key={at}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Steps({ flights }: { flights: Flight[] }) {
  return (
    <details className="mt-5">
      <summary className="link w-fit">Every step as a table</summary>
      <div className="mt-3 overflow-x-auto" tabIndex={0} role="region" aria-label="Every step">
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">Mode</th>
              <th scope="col">Request</th>
              <th scope="col">Where</th>
              <th scope="col">What</th>
              <th scope="col">Began after</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {flights.flatMap(({ mode, hops }) =>
              hops.flatMap((hop, hopAt) =>
                columnsOf(hop).map(({ where, what, began, took }, at) => (
                  <tr key={`${mode} ${hopAt} ${at}`}>
                    <th scope="row">{NAMES[mode]}</th>
                    <td>
                      {hop.method} {hop.path.split("?")[0]}
                    </td>
                    <td>{where}</td>
                    <td>{what}</td>
                    <td>{began}</td>
                    <td>{took}</td>
                  </tr>
                )),
              ),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function Statements({ flights }: { flights: Flight[] }) {
  const statements = flights.flatMap(({ mode, hops }) =>
    hops.flatMap(({ steps }) =>
      steps.flatMap(({ text }) => (text ? [`-- ${NAMES[mode]}\n${onOneLine(text)}`] : [])),
    ),
  );
  if (statements.length === 0) return null;
  return (
    <details className="mt-4">
      <summary className="link w-fit">The statements that were sent, without their values</summary>
      <CodeBlock label="Statements">{statements.join("\n\n")}</CodeBlock>
    </details>
  );
}
