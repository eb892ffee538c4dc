/** What the measured prices come to for a fleet: the formula with its numbers, a chart, a table, and what the model leaves out. */
import type { ReactNode } from "react";

import {
  billFor,
  LOAD_LIMITS,
  SERVER_COUNTS,
  serversWhereEqual,
  type Bill,
  type Load,
  type Prices,
} from "@/lib/lab/cost-model";

import { ModeBadge } from "@/app/_components/mode-badge";
import { duration, plural, quantity } from "./numbers";
import { ScrollTable } from "./scroll-table";
import { ServerChart } from "./server-chart";

type Props = { prices: Prices; load: Load; runId: string | null };

export function CostSheet({ prices, load, runId }: Props) {
  const bill = billFor(prices, load);
  return (
    <section id="sheet" aria-labelledby="sheet-title" className="mt-12 scroll-mt-20">
      <h2 id="sheet-title" className="text-xl font-semibold">
        The cost sheet
      </h2>
      <p className="text-soft mt-2 max-w-[75ch] leading-relaxed">
        What the numbers above would come to under a load of your choice. This is a model, not a measurement.
      </p>
      {runId && <LoadForm load={load} runId={runId} />}
      <div className="mt-6 grid gap-4 lg:grid-cols-2">
        <ModeBill mode="session" queries={bill.session.queries} cores={bill.session.cores}>
          <Formula lines={sessionFormula(prices, load, bill)} />
        </ModeBill>
        <ModeBill mode="jwt" queries={bill.jwt.queries} cores={bill.jwt.cores}>
          <Formula lines={jwtFormula(prices, load, bill)} />
        </ModeBill>
      </div>
      <ServerChart prices={prices} load={load} />
      <FleetTable prices={prices} load={load} />
      <LeftOut prices={prices} />
    </section>
  );
}

const FIELDS: [keyof Load, string][] = [
  ["requestsPerSecond", "Requests a second"],
  ["servers", "Servers"],
  ["devices", "Active devices"],
];

/** A plain form: it asks for this page again, with the numbers in its address. */
const LoadForm = ({ load, runId }: { load: Load; runId: string }) => (
  <form method="get" action="/lab/cost#sheet" className="mt-5 flex flex-wrap items-end gap-4">
    <input type="hidden" name="run" value={runId} />
    {FIELDS.map(([name, label]) => (
      <div key={name}>
        <label htmlFor={`load-${name}`} className="mb-1.5 block text-[0.9375rem] font-medium">
          {label}
        </label>
        <input
          id={`load-${name}`}
          name={name}
          type="number"
          required
          min={LOAD_LIMITS[name].min}
          max={LOAD_LIMITS[name].max}
          defaultValue={load[name]}
          className="input max-w-36"
        />
      </div>
    ))}
    <button type="submit" className="button button-plain min-h-11">
      Work it out
    </button>
  </form>
);

function ModeBill(props: { mode: keyof Bill; queries: number; cores: number; children: ReactNode }) {
  const { mode, queries, cores, children } = props;
  return (
    <section className="card p-4 sm:p-5" data-testid={`bill-${mode}`}>
      <h3>
        <ModeBadge mode={mode} />
      </h3>
      <dl className="mt-3 flex flex-wrap gap-x-10 gap-y-3">
        <Figure label="queries a second at the database" value={quantity(queries)} />
        <Figure label="CPU cores kept busy, in all" value={quantity(cores)} />
      </dl>
      {children}
    </section>
  );
}

const Figure = ({ label, value }: { label: string; value: string }) => (
  <div className="flex flex-col-reverse">
    <dt className="text-soft text-sm">{label}</dt>
    <dd className="text-2xl font-semibold tracking-tight tabular-nums">{value}</dd>
  </div>
);

type FormulaLine = { what: string; terms: [string, string][]; sum: string };

function Formula({ lines }: { lines: FormulaLine[] }) {
  return lines.map(({ what, terms, sum }) => (
    <div key={what} className="border-line mt-4 border-t pt-3">
      <p className="text-soft text-sm">{what}</p>
      <ul className="mt-1.5 space-y-1 text-sm leading-relaxed tabular-nums">
        {terms.map(([term, comesTo], at) => (
          <li key={term} className="flex items-end justify-between gap-x-4">
            <span>
              {at > 0 && "+ "}
              {term}
            </span>
            <span>{comesTo}</span>
          </li>
        ))}
        <li className="flex justify-between gap-x-4 font-semibold">
          <span>=</span>
          <span>{sum}</span>
        </li>
      </ul>
    </div>
  ));
}

function sessionFormula(prices: Prices, load: Load, { session }: Bill): FormulaLine[] {
  const requests = `${quantity(load.requestsPerSecond)} requests/s`;
  return [
    {
      what: "Queries a second",
      terms: [
        [`${requests} × ${plural(prices.session.queries, "query", "queries")}`, quantity(session.reads)],
        [`${oncePer(prices.touchSeconds, load)}, a write of “last seen” each`, quantity(session.touches)],
      ],
      sum: quantity(session.queries),
    },
    {
      what: "Cores",
      terms: [[`${requests} × ${duration(prices.session.cpuSeconds * 1000)}`, quantity(session.cores)]],
      sum: quantity(session.cores),
    },
  ];
}

/** How often devices do what they do once in so many seconds; those that ask less often do it with each request. */
const oncePer = (seconds: number, { requestsPerSecond, devices }: Load): string =>
  devices / seconds <= requestsPerSecond
    ? `${plural(devices, "device")} ÷ ${quantity(seconds)} s`
    : `${quantity(requestsPerSecond)} requests/s (devices that ask less than every ${quantity(seconds)} s)`;

function jwtFormula(prices: Prices, load: Load, { jwt }: Bill): FormulaLine[] {
  const { accessTokenTtlSeconds, pollSeconds, refresh, poll } = prices;
  const requests = `${quantity(load.requestsPerSecond)} requests/s`;
  const refreshes = oncePer(accessTokenTtlSeconds, load);
  const polls = `${plural(load.servers, "server")} ÷ ${pollSeconds} s`;
  const ms = ({ cpuSeconds }: { cpuSeconds: number }) => duration(cpuSeconds * 1000);
  const queries = (one: { queries: number }) => plural(one.queries, "query", "queries");
  const [cpuOfRequests, cpuOfRefreshes] = [
    load.requestsPerSecond * prices.jwt.cpuSeconds,
    jwt.refreshesPerSecond * refresh.cpuSeconds,
  ];
  return [
    {
      what: "Queries a second",
      terms: [
        [`${requests} × ${queries(prices.jwt)}`, quantity(jwt.requests)],
        [`${refreshes} × ${queries(refresh)} a refresh`, quantity(jwt.refreshes)],
        [`${polls} × ${queries(poll)} a poll of the list of revocations`, quantity(jwt.polls)],
      ],
      sum: quantity(jwt.queries),
    },
    {
      what: "Cores",
      terms: [
        [`${requests} × ${ms(prices.jwt)}`, quantity(cpuOfRequests)],
        [`${refreshes} × ${ms(refresh)}`, quantity(cpuOfRefreshes)],
        [`${polls} × ${ms(poll)}`, quantity((load.servers / pollSeconds) * poll.cpuSeconds)],
      ],
      sum: quantity(jwt.cores),
    },
  ];
}

function FleetTable({ prices, load }: { prices: Prices; load: Load }) {
  const equal = serversWhereEqual(prices, load);
  const counts = [...new Set([...SERVER_COUNTS, load.servers])].sort((one, other) => one - other);
  return (
    <>
      <ScrollTable
        label="Load by number of servers"
        columns={[
          "Servers",
          "Session: queries/s",
          "JWT: queries/s",
          "of that, polls",
          "Fewer queries in",
          "Session: cores a server",
          "JWT: cores a server",
        ]}
      >
        {counts.map((servers) => {
          const { session, jwt } = billFor(prices, { ...load, servers });
          const isChosen = servers === load.servers;
          return (
            <tr
              key={servers}
              className={isChosen ? "font-semibold" : ""}
              aria-current={isChosen || undefined}
            >
              <th scope="row">
                {quantity(servers)}
                {isChosen && <span className="text-soft font-normal"> (yours)</span>}
              </th>
              <td>{quantity(session.queries)}</td>
              <td>{quantity(jwt.queries)}</td>
              <td>{quantity(jwt.polls)}</td>
              <td>{jwt.queries < session.queries ? "JWT mode" : "session mode"}</td>
              <td>{quantity(session.cores / servers)}</td>
              <td>{quantity(jwt.cores / servers)}</td>
            </tr>
          );
        })}
      </ScrollTable>
      <p className="mt-3 text-[0.9375rem] leading-relaxed">
        {equal === null
          ? "JWT mode never sends fewer queries under this load."
          : `Both modes send the same number of queries with ${quantity(equal)} servers.`}
      </p>
    </>
  );
}

const LeftOut = ({ prices }: { prices: Prices }) => (
  <div className="text-soft mt-6 max-w-[80ch] space-y-2 text-sm leading-relaxed">
    <p>
      It is a model: it multiplies medians of requests that were sent one at a time, and nothing in it was
      measured under that load. Requests are shared out evenly among the devices. It leaves out the network
      between servers and database, connection pools, waiting lines, what caches do with more devices,
      log-ins, and memory. CPU includes the Lab’s own client, so all cores are too many; what one mode needs
      more than the other is closer to the truth. The write of “last seen” happens at most once in{" "}
      {prices.touchSeconds} seconds and device; it is counted as one query and its CPU is left out. One SQLite
      file serves one machine: more than one server needs a database that several can reach, where a query
      costs more than here.
    </p>
  </div>
);
