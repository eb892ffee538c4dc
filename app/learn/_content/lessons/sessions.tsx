import { RequestLanes } from "../../../_components/request-lanes";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const sessions: Lesson = {
  slug: "sessions",
  title: "Sessions: look it up",
  summary: "A number in a cookie, a row in a database, and one look-up for every request.",
  lab: "flight-recorder",
  watch:
    "In session mode the database lane is visited on every request. Count the queries: it is one each time, unless this server has a Redis that keeps a copy of the row for some seconds.",
  body: (
    <>
      <p>
        A <dfn>session</dfn> is something the server remembers: this browser, signed in as this person, since
        this moment. Here it is a row in the database.{" "}
        <Source file="prisma/models/models.prisma" symbol="DeviceSession" /> The browser gets only the id of
        that row, a random number that says nothing by itself.
      </p>
      <p>
        The id travels <dfn>sealed</dfn>: encrypted, and protected against changes, with a key that only the
        server has. <Source file="lib/auth/strategies/session/seal.edge.ts" symbol="sealSessionId" /> A random
        id would be hard enough to guess. The seal adds that the middleware, which has no database, can tell
        our cookies from garbage, and that somebody who reads the ids out of a stolen database copy cannot
        make cookies of them.
      </p>
      <Figure caption="A page that needs you, in session mode. Each such request visits every station, the database too.">
        <div className="card p-5 sm:p-6">
          <RequestLanes
            mode="session"
            label="Path of a request in session mode"
            stations={[
              { place: "Browser", said: "Carries a sealed id." },
              {
                place: "Middleware",
                runtime: "edge",
                said: "Opens the seal. Knows that it is ours, not whose.",
              },
              { place: "Handler", runtime: "node", said: "Opens the seal, asks for the row." },
              { place: "Database", said: "Answers with the row and its account, as they are now." },
            ]}
          />
        </div>
      </Figure>

      <h2>What each request costs</h2>
      <p>
        One query: the session and its account, joined, found by primary key.{" "}
        <Source file="lib/auth/strategies/session/store.ts" symbol="readSession" /> For a database that is
        close by this is among the cheapest things it can do. Opening the seal used to cost more than the
        query, so each process remembers which seal opens to which id. Whether that session lives is asked of
        its row every time.{" "}
        <Source file="lib/auth/strategies/session/opened-seals.ts" symbol="openSealOnce" />
      </p>

      <h2>What that buys</h2>
      <ul>
        <li>
          <strong>Endings bite at once.</strong> The row is marked as ended; the next request reads it and is
          refused. <Source file="lib/auth/strategies/session/strategy.ts" symbol="authenticate" />
        </li>
        <li>
          <strong>Facts are fresh.</strong> Name and role come with the row, so a change is felt by the next
          request.
        </li>
        <li>
          <strong>The cookie is small</strong> and never grows, whatever the server knows about you.
        </li>
      </ul>

      <h2>When it ends by itself</h2>
      <p>
        A session has two ends: a week after the last visit, and thirty days after signing in, whichever comes
        first. <Source file="lib/auth/strategies/session/strategy.ts" symbol="sessionEnd" /> Each visit moves
        the first, never the second. The move is written at most once a minute, so that reading stays the only
        cost of most requests. <Source file="lib/auth/strategies/session/store.ts" symbol="touchSession" />
      </p>
      <p>
        Signing in always makes a new id and never adopts one that a browser sent. Otherwise somebody could
        plant an id in your browser beforehand and share your session afterwards, which is called{" "}
        <dfn>session fixation</dfn>.{" "}
        <Source file="lib/auth/device-sessions/store.ts" symbol="beginDeviceSession" />
      </p>

      <h2>The price</h2>
      <p>
        When the database is away, nobody in session mode can be told from a stranger. This app then answers
        503, “try again”, and clears no cookie: its owner is neither signed in nor signed out.{" "}
        <Source file="lib/auth/strategies/session/store.ts" symbol="findSession" />
      </p>
    </>
  ),
};
