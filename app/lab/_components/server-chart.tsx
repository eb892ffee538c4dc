/** Queries at the database against the number of servers, both logarithmic: where sessions stay level and polls add up. */
import { Group } from "@visx/group";
import { scaleLog } from "@visx/scale";
import { Line, LinePath } from "@visx/shape";

import { billFor, serversWhereEqual, type Load, type Prices } from "@/lib/lab/cost-model";

import { plural, quantity } from "./numbers";

const MOST_SERVERS = 1_000;
const SERVERS = Array.from({ length: 61 }, (_, at) => MOST_SERVERS ** (at / 60));
const MODES = [
  ["session", "Session mode"],
  ["jwt", "JWT mode"],
] as const;

/** The drawing is stretched to the room there is; words are laid over it, so that they are not. */
export function ServerChart({ prices, load }: { prices: Prices; load: Load }) {
  const at = (servers: number) => billFor(prices, { ...load, servers });
  const [first, last] = [at(1), at(MOST_SERVERS)];
  const all = [first, last].flatMap(({ session, jwt }) => [session.queries, jwt.queries]);
  const x = scaleLog({ domain: [1, MOST_SERVERS], range: [0, 100] });
  // Room above and below for the words.
  const y = scaleLog({ domain: [decadeBelow(Math.min(...all)), 3 * Math.max(...all)], range: [100, 0] });
  const decades = y.ticks(4).filter((tick) => Number.isInteger(Math.round(1e6 * Math.log10(tick)) / 1e6));
  const equal = serversWhereEqual(prices, load);
  const here = at(load.servers);
  const upper = first.session.queries >= first.jwt.queries ? "session" : "jwt";
  return (
    <figure aria-label="Queries a second at the database, by number of servers" className="mt-5">
      <p className="text-soft text-sm">Queries a second at the database</p>
      <div className="flex gap-2 pt-2">
        <div className="relative w-12 shrink-0" aria-hidden="true">
          {decades.map((tick) => (
            <span
              key={tick}
              className="text-soft absolute right-0 -translate-y-1/2 text-xs tabular-nums"
              style={{ top: `${y(tick)}%` }}
            >
              {quantity(tick)}
            </span>
          ))}
        </div>
        <div className="border-line relative h-64 min-w-0 flex-1 border-s border-b" aria-hidden="true">
          <svg
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            className="absolute inset-0 size-full overflow-visible"
          >
            <Group>
              {decades.map((tick) => (
                <Line
                  key={tick}
                  from={{ x: 0, y: y(tick) }}
                  to={{ x: 100, y: y(tick) }}
                  className="stroke-line"
                  vectorEffect="non-scaling-stroke"
                />
              ))}
              <Line
                from={{ x: x(load.servers), y: 0 }}
                to={{ x: x(load.servers), y: 100 }}
                className="stroke-edge"
                strokeDasharray="3 3"
                vectorEffect="non-scaling-stroke"
              />
            </Group>
            {MODES.map(([mode]) => (
              <g key={mode} data-mode={mode}>
                <LinePath
                  data={SERVERS}
                  x={(servers) => x(servers)}
                  y={(servers) => y(at(servers)[mode].queries)}
                  className="stroke-mode-fill"
                  strokeWidth={2.5}
                  vectorEffect="non-scaling-stroke"
                />
              </g>
            ))}
          </svg>
          {MODES.map(([mode, name]) => (
            <span key={mode} data-mode={mode}>
              <span
                className={`text-mode absolute left-2 text-sm font-medium whitespace-nowrap ${mode === upper ? "-translate-y-full pb-1" : "pt-1"}`}
                style={{ top: `${y(first[mode].queries)}%` }}
              >
                {name}
              </span>
              <Dot left={x(load.servers)} top={y(here[mode].queries)} className="bg-mode-fill" />
            </span>
          ))}
          {equal !== null && equal <= MOST_SERVERS && (
            <>
              <Dot left={x(equal)} top={y(first.session.queries)} className="bg-ink" />
              <span
                className={`border-ink absolute h-9 -translate-y-full text-sm leading-4 whitespace-nowrap ${x(equal) > 50 ? "-translate-x-full border-e pe-1.5" : "border-s ps-1.5"}`}
                style={{ left: `${x(equal)}%`, top: `${y(first.session.queries)}%` }}
              >
                equal at {plural(Math.round(equal), "server")}
              </span>
            </>
          )}
        </div>
      </div>
      <div className="relative ms-14 h-5" aria-hidden="true">
        {[1, 10, 100, 1_000].map((tick) => (
          <span
            key={tick}
            className="text-soft absolute top-1 -translate-x-1/2 text-xs tabular-nums first:translate-x-0 last:-translate-x-full"
            style={{ left: `${x(tick)}%` }}
          >
            {quantity(tick)}
          </span>
        ))}
      </div>
      <figcaption className="text-soft mt-2 text-sm leading-relaxed">
        Servers, at {quantity(load.requestsPerSecond)} requests a second in all. Both axes are logarithmic.
        The dashed line is at {plural(load.servers, "server")}.{" "}
        {equal === null
          ? "JWT mode sends more queries at any number of servers: there are too few requests to save any."
          : equal > MOST_SERVERS
            ? `The lines would meet at ${quantity(equal)} servers.`
            : "Beyond the crossing, the servers’ polls ask more of the database than sessions would."}
      </figcaption>
    </figure>
  );
}

const decadeBelow = (value: number) => 10 ** Math.floor(Math.log10(Math.max(value, 0.01)) - 0.2);

const Dot = ({ left, top, className }: { left: number; top: number; className: string }) => (
  <span
    className={`border-surface absolute size-3 -translate-1/2 rounded-full border-2 ${className}`}
    style={{ left: `${left}%`, top: `${top}%` }}
  />
);
