import type { Measured } from "@/lib/lab/landing-comparison";

import { count, milliseconds } from "./format";
import { ModeBadge } from "./mode-badge";
import { MODE_FACTS } from "./mode-facts";
import { RequestLanes } from "./request-lanes";

type BothMeasured = { session: Measured; jwt: Measured } | null;

/** One request each way, as the server measured it for this very page. */
export function ModeComparison({ measured }: { measured: BothMeasured }) {
  const longest = measured ? Math.max(measured.session.milliseconds, measured.jwt.milliseconds) : 0;
  return (
    <section aria-labelledby="comparison-title" className="mt-12 sm:mt-14">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id="comparison-title" className="text-lg font-semibold">
          One request each way
        </h2>
        <p className="text-soft text-sm">
          {measured ? "Measured when this page was made" : "Not measured: the database is away"}
        </p>
      </div>
      <div className="card divide-line mt-3 divide-y">
        {(["session", "jwt"] as const).map((mode) => (
          <Lane key={mode} mode={mode} measured={measured?.[mode]} longest={longest} />
        ))}
      </div>
      <p className="text-soft mt-3 max-w-[80ch] text-sm leading-relaxed">
        {measured
          ? "The server made one credential of each kind, checked each once, as a page does, and timed the check: opening the seal or verifying the signature, and every database query on the way. Time on the network and in the middleware (which runs first, in the lighter edge runtime) is not in it. Reload to measure again."
          : "The lanes show where a request goes in each mode. Reload once the database is back to see times and queries."}
      </p>
    </section>
  );
}

function Lane({ mode, measured, longest }: { mode: Measured["mode"]; measured?: Measured; longest: number }) {
  const facts = MODE_FACTS[mode];
  const queries = measured?.queries ?? (facts.readsDatabase ? 1 : 0);
  return (
    <div
      className="grid gap-x-8 gap-y-6 p-5 sm:p-6 lg:grid-cols-[14rem_1fr]"
      data-mode={mode}
      data-testid={`lane-${mode}`}
    >
      <div>
        <h3>
          <ModeBadge mode={mode} />
        </h3>
        {measured && (
          <>
            <p className="mt-3 text-3xl font-semibold tracking-tight tabular-nums">
              {milliseconds(measured.milliseconds)}
            </p>
            <TimeBar measured={measured} longest={longest} />
            <ul className="text-soft mt-2.5 space-y-0.5 text-sm tabular-nums">
              <li>
                {count(queries, "database query", "database queries")}
                {queries > 0 && ` (${milliseconds(measured.queryMilliseconds)})`}
              </li>
              <li>{count(measured.credentialBytes, "byte")} carried by the browser</li>
            </ul>
          </>
        )}
      </div>
      <RequestLanes
        mode={mode}
        label={`Path of a request in ${facts.inSentence}`}
        stations={[
          { place: "Browser", said: facts.credentialExplained },
          { place: "Middleware", runtime: "edge", said: facts.inMiddleware },
          { place: "Handler", runtime: "node", said: facts.inHandler },
          {
            place: "Database",
            quiet: queries === 0,
            said: queries === 0 ? "Not visited." : facts.inDatabase,
          },
        ]}
      />
    </div>
  );
}

/** The time of the check on a scale both lanes share; the part spent in the database stands at its end. */
function TimeBar({ measured, longest }: { measured: Measured; longest: number }) {
  const share = (part: number) => `${(100 * part) / longest}%`;
  return (
    <div className="mt-2" aria-hidden="true">
      <div className="bg-sunken flex h-1.5 overflow-hidden rounded-full">
        <span
          className="bg-mode-fill"
          style={{ width: share(measured.milliseconds - measured.queryMilliseconds) }}
        />
        <span className="bg-mode" style={{ width: share(measured.queryMilliseconds) }} />
      </div>
    </div>
  );
}
