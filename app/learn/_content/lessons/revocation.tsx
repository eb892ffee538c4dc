import { FactsTable } from "../../_components/facts-table";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import { Thread } from "../../_components/thread";
import type { Lesson } from "../lesson";

export const revocation: Lesson = {
  slug: "revocation",
  title: "Ending what nobody looks up",
  summary: "Four ways to make a log-out count for a token, and the price of each.",
  lab: "revocation",
  watch:
    "Three devices are signed out at the same moment. The row stops the first, the feed the second, and only its expiry stops the third; one time axis shows when.",
  body: (
    <>
      <p>
        You log out. The browser drops its cookie, and that looks like the end. But a copy of the token, in a
        log, on a stolen disk, in a thief’s hands, still has a good signature and time left. Unless the server
        remembers something, a log-out is a gesture.{" "}
        <Thread href="https://github.com/supabase/supabase/issues/36354">
          signOut leaves the JWT working
        </Thread>{" "}
        To take back a credential before its time is called <dfn>revocation</dfn>. There are four answers, and
        most systems mix them.
      </p>
      <Figure caption="The four answers. This app uses the first and the last together.">
        <FactsTable
          label="Four ways to revoke a token"
          heads={["", "A log-out bites", "Each request costs", "The catch"]}
          rows={[
            {
              name: "Expiry",
              cells: ["When the token runs out", "Nothing", "The shorter the life, the more renewals"],
            },
            {
              name: "Denylist",
              cells: ["At once", "One look-up", "That is a session again, with a larger cookie"],
            },
            {
              name: "Epoch",
              cells: [
                "At once",
                "One look-up, of the account",
                "One number an account: every device is signed out with it",
              ],
            },
            {
              name: "Feed",
              cells: [
                "Within a second",
                "A look into memory",
                "Every process must hear of it, and know what to do when it hears nothing",
              ],
            },
          ]}
        />
      </Figure>
      <p>
        A <dfn>denylist</dfn> holds the ids of what was revoked. An <dfn>epoch</dfn> is a number or a moment
        on the account: what was issued before it counts no more. Good after a stolen password, too blunt for
        “sign out this phone”.{" "}
        <Thread href="https://github.com/Kilo-Org/cloud/pull/1744">It logs out every device</Thread> A{" "}
        <dfn>feed</dfn> turns the denylist round: instead of each request asking, each process is told.
      </p>

      <h2>The feed of this app</h2>
      <ol>
        <li>
          Logging out ends the device session that the request names, also when its token has merely expired.{" "}
          <Source file="lib/accounts/device-sessions.ts" symbol="logOut" /> Ending one writes a notice in the
          same transaction. Either both are there or neither.{" "}
          <Source file="prisma/models/models.prisma" symbol="Revocation" />{" "}
          <Source file="lib/auth/device-sessions/store.ts" symbol="endDeviceSessionsIn" />
        </li>
        <li>
          The process that ended it knows at once.{" "}
          <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="announce" /> The others ask for
          new notices every 400 milliseconds.{" "}
          <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="POLL_MILLISECONDS" /> Each time
          they look 15 seconds further back, because notices do not become visible in the order they were
          written. <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="OVERLAP_MILLISECONDS" />
        </li>
        <li>
          Verifying a token is then a signature and one look into a map.{" "}
          <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="judge" />
        </li>
        <li>
          A notice is forgotten when the last token it could concern has expired. So the list holds about 15
          minutes of endings and never grows beyond that.{" "}
          <Source file="lib/auth/device-sessions/store.ts" symbol="rememberedMilliseconds" />
        </li>
      </ol>

      <h2>When nothing is heard</h2>
      <p>
        An empty list and a list that could not be fetched look alike, and confusing them lets revoked tokens
        back in. So a process that has never heard the feed refuses tokens. One that has lost it goes on, for
        at most a token’s life, and says so in its log and its health report.{" "}
        <Source file="lib/accounts/readiness.ts" symbol="readiness" /> Where that is too generous,{" "}
        <code>REVOCATION_ON_OUTAGE=refuse</code> closes the door after five seconds of silence.{" "}
        <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="SILENT_AFTER_MILLISECONDS" />
      </p>
      <p>
        A service that verifies our tokens by itself does not hear the feed. For it, only the first answer
        counts: it learns of a log-out when the token expires.{" "}
        <Source file="examples/resource-server.mjs" symbol="at most 15 minutes later" />
      </p>
    </>
  ),
};
