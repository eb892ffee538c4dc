import { PageLink } from "../../../_components/page-link";
import { FactsTable } from "../../_components/facts-table";
import { Figure } from "../../_components/figure";
import { LookUpsChart } from "../../_components/look-ups-chart";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const costAndScale: Lesson = {
  slug: "cost-and-scale",
  title: "One server, ten, a thousand",
  summary: "What each mode costs as you grow, and why most apps never meet the difference.",
  lab: "cost",
  watch:
    "Compare time and queries of the same request in each mode, and what they come to for a fleet. Then ask yourself whether the difference is the slow part of your own pages.",
  body: (
    <>
      <p>
        “Tokens scale, sessions do not” is the sentence that settles many meetings. It is true in one precise
        sense, and that sense may not be yours.
      </p>
      <Figure caption="Queries a second spent on knowing who calls, with 100 requests a second on each server. Both scales are logarithmic: each step is ten times the one before. Sessions ask once a request; the feed asks up to 2.5 times a second for each process. Renewals come on top of the lower line.">
        <LookUpsChart />
      </Figure>
      <p>
        A session costs one look-up a request.{" "}
        <Source file="lib/auth/strategies/session/store.ts" symbol="readSession" /> A token costs none, but
        each process asks for revocations, however little it has to do.{" "}
        <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="POLL_MILLISECONDS" /> And each
        active device renews once in 15 minutes, with a handful of statements.{" "}
        <Source file="lib/auth/strategies/jwt/store.ts" symbol="rotate" />
      </p>
      <p>
        Now put that beside your pages. One that makes five queries for its content makes six with a session.
        And checking a signature is not free either. On the machine where this app was last measured, with the
        database on the same disk, the two modes were not far apart; <code>docs/benchmarks.md</code> has the
        numbers.
      </p>

      <h2>When the difference is real</h2>
      <ul>
        <li>
          <strong>The database is far.</strong> A look-up that crosses an ocean costs a tenth of a second
          before anything has been done. A signature is checked where the request arrives.
        </li>
        <li>
          <strong>The database is the bottleneck,</strong> and you have measured that this query is a notable
          part of it.
        </li>
        <li>
          <strong>The database may be away,</strong> and signed-in people should not be thrown out by that.
        </li>
      </ul>

      <h2>What several servers have to share</h2>
      <FactsTable
        label="What servers share"
        heads={["", "Where it is", "If it differs"]}
        rows={[
          {
            name: "Secrets and keys",
            cells: ["The same on each server", "One server refuses what another issued"],
          },
          {
            name: "Device sessions, refresh tokens",
            cells: [
              <>
                The database, or Redis where there is one.{" "}
                <Source file="lib/auth/device-sessions/store.ts" symbol="alive" brief />
              </>,
              "There is only one truth",
            ],
          },
          {
            name: "Counters of the limits",
            cells: [
              <>
                The database. <Source file="lib/limits/store.ts" symbol="limiter" brief />
              </>,
              "Ten servers would allow ten times the guesses",
            ],
          },
          {
            name: "The revocation map, opened seals",
            cells: ["The memory of each process", "A restart rebuilds them; nothing is lost"],
          },
        ]}
      />
      <p>
        Keys change without anybody being signed out: a new one is published before it signs, and an old one
        checks until its last token is gone.{" "}
        <Source file="lib/auth/keys.edge.ts" symbol="requireSigningKey" />
      </p>
      <p>
        One server, or ten beside one database: sessions are simple and fast enough. A thousand, or several
        continents: the hybrid earns what it costs.{" "}
        <PageLink href="/learn/choose" className="link">
          Eight questions
        </PageLink>{" "}
        help to find out where you are.
      </p>
    </>
  ),
};
