/** Four histograms on one axis, what each kind of request costs, and what that comes to for a fleet. */
import { scaleLinear, scaleLog } from "@visx/scale";

import type { Cost, Kind, KindId } from "@/lib/lab/experiments/cost";
import { billFor, DEFAULT_LOAD, pricesFrom, type Load } from "@/lib/lab/cost-model";

import { ModeBadge } from "@/app/_components/mode-badge";
import { CostSheet } from "../_components/cost-sheet";
import { Histogram } from "../_components/histogram";
import { duration, quantity } from "../_components/numbers";
import { ScrollTable } from "../_components/scroll-table";

const NAMES: Record<KindId, string> = {
  bare: "No authentication",
  "jwt-cookie": "JWT, cookie",
  "jwt-bearer": "JWT, bearer header",
  session: "Session, cookie",
};

const SENT: Record<KindId, string> = {
  bare: "GET /api/health/live",
  "jwt-cookie": "GET /api/me, access cookie",
  "jwt-bearer": "GET /api/me, bearer header",
  session: "GET /api/me, session cookie",
};

type Props = { result: Cost; runId: string | null; load?: Load };

export default function CostView({ result, runId, load = DEFAULT_LOAD }: Props) {
  const { kinds, bins } = result;
  if (kinds.length === 0 || !bins)
    return (
      <p className="text-soft leading-relaxed">
        {result.warmUp} requests of each kind go first and are not counted, so that connections are open and
        the code that runs is the compiled one.
      </p>
    );
  const prices = pricesFrom(result);
  return (
    <>
      <Latencies result={result} kinds={kinds} bins={bins} />
      <Times kinds={kinds} />
      <Costs kinds={kinds} />
      {prices && <CostSheet prices={prices} load={load} runId={runId} />}
    </>
  );
}

type LatenciesProps = { result: Cost; kinds: Kind[]; bins: NonNullable<Cost["bins"]> };

function Latencies({ result, kinds, bins: { scale, edges } }: LatenciesProps) {
  const config = { domain: [edges[0]!, edges.at(-1)!], range: [0, 100] };
  const x = scale === "log" ? scaleLog(config) : scaleLinear(config);
  const slowest = Math.max(...kinds.map((kind) => kind.slowest));
  const beyond =
    slowest > edges.at(-1)!
      ? ` The last bar of a row also holds what took longer than the axis: up to ${duration(slowest)}.`
      : "";
  return (
    <figure className="card p-4 sm:p-6" aria-labelledby="latencies">
      <h2 id="latencies" className="font-semibold">
        From the first byte sent to the last one received
      </h2>
      <p className="text-soft mt-1 max-w-[75ch] text-sm leading-relaxed">{lead(result)}</p>
      <ol className="mt-5 space-y-6">
        {kinds.map((kind) => (
          <li key={kind.id} data-mode={kind.mode ?? undefined} data-testid={`kind-${kind.id}`}>
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              {kind.mode ? (
                <ModeBadge mode={kind.mode} />
              ) : (
                <span className="text-[0.9375rem] font-medium">No authentication</span>
              )}
              <code className="code text-soft text-sm">{SENT[kind.id]}</code>
            </p>
            <Histogram
              x={x}
              edges={edges}
              counts={kind.counts}
              hatched={kind.id === "jwt-bearer"}
              marks={[
                ["p50", kind.p50],
                ["p95", kind.p95],
                ["p99", kind.p99],
              ]}
            />
          </li>
        ))}
      </ol>
      <div className="relative mt-1 h-5" aria-hidden="true">
        {ticksOf(edges, scale).map((at) => (
          <span
            key={at}
            className="text-soft absolute -translate-x-1/2 text-xs tabular-nums first:translate-x-0 last:-translate-x-full"
            style={{ left: `${x(at)}%` }}
          >
            {duration(at)}
          </span>
        ))}
      </div>
      <figcaption className="text-soft mt-3 text-sm leading-relaxed">
        Height: how many requests took that long, each row on its own scale. One{" "}
        {scale === "log" ? "logarithmic" : "linear"} time axis for all. p95: 95 of 100 requests were answered
        by then.{beyond}
      </figcaption>
      <BarsTable kinds={kinds} edges={edges} />
    </figure>
  );
}

function lead({ kinds, rounds, turn, refresh }: Cost): string {
  const total = kinds.reduce((sum, { requests }) => sum + requests, 0);
  const early =
    refresh !== null && rounds.done < rounds.asked
      ? ` The machine was busy: stopped after ${rounds.done} of ${rounds.asked} of each kind.`
      : "";
  return `${quantity(total)} requests, one at a time, in turns of ${turn} of a kind.${early}`;
}

const BarsTable = ({ kinds, edges }: { kinds: Kind[]; edges: number[] }) => (
  <details className="mt-3 text-[0.9375rem]">
    <summary className="link w-fit">The bars as a table</summary>
    <ScrollTable
      label="Requests by the time they took"
      columns={["From", "to", ...kinds.map(({ id }) => NAMES[id])]}
    >
      {edges.slice(1).map((edge, at) =>
        kinds.every(({ counts }) => counts[at] === 0) ? null : (
          <tr key={edge}>
            <th scope="row">{duration(edges[at]!)}</th>
            <td>{duration(edge)}</td>
            {kinds.map(({ id, counts }) => (
              <td key={id}>{counts[at]}</td>
            ))}
          </tr>
        ),
      )}
    </ScrollTable>
  </details>
);

/** Round numbers along the axis: few enough for a narrow screen. */
function ticksOf(edges: number[], scale: "linear" | "log"): number[] {
  const domain = [edges[0]!, edges.at(-1)!];
  if (scale === "linear") return scaleLinear({ domain }).ticks(4);
  const [from, to] = domain as [number, number];
  const steps = to / from > 100 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: 9 }, (_, at) => 10 ** (at - 3));
  return decades
    .flatMap((decade) => steps.map((step) => step * decade))
    .filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}

const Times = ({ kinds }: { kinds: Kind[] }) => (
  <ScrollTable
    label="Times of each kind of request"
    columns={["Request", "p50", "p95", "p99", "Slowest", "p50 above bare", "Requests"]}
  >
    {kinds.map(({ id, p50, p95, p99, slowest, requests }) => (
      <tr key={id}>
        <th scope="row">{NAMES[id]}</th>
        <td>{duration(p50)}</td>
        <td>{duration(p95)}</td>
        <td>{duration(p99)}</td>
        <td>{duration(slowest)}</td>
        <td>{id === "bare" ? "–" : signed(p50 - bareOf(kinds).p50)}</td>
        <td>{quantity(requests)}</td>
      </tr>
    ))}
  </ScrollTable>
);

const bareOf = (kinds: Kind[]): Kind => kinds.find(({ id }) => id === "bare")!;
const signed = (milliseconds: number) => `${milliseconds < 0 ? "−" : "+"}${duration(Math.abs(milliseconds))}`;

function Costs({ kinds }: { kinds: Kind[] }) {
  return (
    <>
      <ScrollTable
        label="What each kind of request carries and costs"
        columns={[
          "Request",
          "Bytes sent",
          "Bytes back",
          "Queries",
          "Authentication",
          "of that, database",
          "First time",
          "CPU",
        ]}
      >
        {kinds.map(({ id, bytes, queries, server, cpuMilliseconds }) => (
          <tr key={id} data-testid={`costs-${id}`}>
            <th scope="row">{NAMES[id]}</th>
            <td>{quantity(bytes.sent)}</td>
            <td>{quantity(bytes.received)}</td>
            <td>{queries}</td>
            <td>{server ? duration(server.auth) : "–"}</td>
            <td>{server ? duration(server.database) : "–"}</td>
            <td>{server ? duration(server.first) : "–"}</td>
            <td>{duration(cpuMilliseconds)}</td>
          </tr>
        ))}
      </ScrollTable>
      <p className="text-soft mt-3 max-w-[80ch] text-sm leading-relaxed">
        Medians. Bytes are those that went through the socket. Authentication and database are the server’s
        own times, from the header <code className="code">Server-Timing</code> of each answer. “First time” is
        the authentication of the very first of these requests, when the server remembered nothing of that
        credential: a single value, in which chance has a part. CPU is that of the whole process, and so
        includes the Lab’s client and whatever else the server did in that moment: too much for each kind, by
        nearly the same amount.
      </p>
    </>
  );
}

export function markdown(result: Cost): string {
  const prices = pricesFrom(result);
  return [
    "### Latency and cost (Halfstate Lab)",
    "",
    "| Request | p50 | p95 | p99 | Bytes sent | Bytes back | Queries | CPU |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...result.kinds.map(
      ({ id, p50, p95, p99, bytes, queries, cpuMilliseconds }) =>
        `| ${NAMES[id]} | ${[p50, p95, p99].map(duration).join(" | ")} | ${bytes.sent} | ${bytes.received} | ${queries} | ${duration(cpuMilliseconds)} |`,
    ),
    "",
    ...(prices ? [modelSentence(prices), ""] : []),
  ].join("\n");
}

function modelSentence(prices: NonNullable<ReturnType<typeof pricesFrom>>): string {
  const { requestsPerSecond, servers, devices } = DEFAULT_LOAD;
  const { session, jwt } = billFor(prices, DEFAULT_LOAD);
  return `A model from these numbers: ${quantity(requestsPerSecond)} requests a second, ${servers} servers and ${quantity(devices)} devices make ${quantity(session.queries)} queries a second in session mode and ${quantity(jwt.queries)} in JWT mode, and keep ${quantity(session.cores)} and ${quantity(jwt.cores)} cores busy.`;
}
