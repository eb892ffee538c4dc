import { PageLink } from "../../../_components/page-link";
import { RequestLanes } from "../../../_components/request-lanes";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const hybrid: Lesson = {
  slug: "hybrid",
  title: "The hybrid: a token with a row behind it",
  summary: "How a token can be judged without a query and still be ended within a second.",
  lab: "flight-recorder",
  watch:
    "In JWT mode the database lane stays quiet, request after request, until a renewal visits it. That silence is the lesson.",
  body: (
    <>
      <p>
        A session knows everything and asks every time. A token on its own asks nobody and so learns nothing:
        not that you logged out, not that your role changed. This app’s JWT mode sits between the two. Every
        request is judged by its token; behind the token there is a row, as in session mode, and it is asked
        at each renewal instead of at each request.
      </p>
      <p>
        The link between the two is one claim, <code>sid</code>, the id of the device session. A{" "}
        <dfn>device session</dfn> is one signed-in browser or client, whatever its mode. Your settings list
        both kinds side by side, and either can be ended there.{" "}
        <Source file="lib/accounts/device-sessions.ts" symbol="endDeviceSession" />
      </p>
      <Figure caption="A page that needs you, in JWT mode. Signature, expiry, and a list in memory of what was ended lately. No query.">
        <div className="card p-5 sm:p-6">
          <RequestLanes
            mode="jwt"
            label="Path of a request in JWT mode"
            stations={[
              { place: "Browser", said: "Carries a signed token." },
              { place: "Middleware", runtime: "edge", said: "Checks signature and expiry." },
              { place: "Handler", runtime: "node", said: "Checks both again, and the list in memory." },
              { place: "Database", quiet: true, said: "Not visited." },
            ]}
          />
        </div>
      </Figure>
      <Figure caption="Once every 15 minutes, and only while you are there: the renewal. Here the row decides, and here fresh facts get into the next token.">
        <div className="card p-5 sm:p-6">
          <RequestLanes
            mode="jwt"
            label="Path of a renewal in JWT mode"
            stations={[
              { place: "Browser", said: "Sends its refresh token." },
              {
                place: "Middleware",
                runtime: "edge",
                quiet: true,
                said: "Not on the way: the API checks for itself.",
              },
              { place: "Handler", runtime: "node", said: "Checks the MAC, rotates, signs." },
              {
                place: "Database",
                said: "Says whether the device session lives, and who its owner is today.",
              },
            ]}
          />
        </div>
      </Figure>

      <h2>One interface for both</h2>
      <p>
        The rest of the app does not know which mode you are in. Both are a <dfn>strategy</dfn>: a set of
        functions that recognise, issue and restate a credential.{" "}
        <Source file="lib/auth/contract.ts" symbol="AuthStrategy" /> Both answer with the same shape, which
        user and which device session. <Source file="lib/auth/contract.ts" symbol="Principal" />
      </p>
      <p>
        Hybrids tend to go wrong where the two meet. If a bad token falls through to a good cookie, the
        stricter check has been switched off. Here the first credential that is recognised decides alone: the
        bearer header, then the access cookie, then the session cookie.{" "}
        <Source file="lib/auth/authenticate.ts" symbol="IN_ORDER" />
      </p>
      <p>
        Switching modes ends the device session and begins another in one transaction, so there is no moment
        with two credentials or with none. <Source file="lib/accounts/switch-mode.ts" symbol="switchMode" />
      </p>

      <h2>What it costs</h2>
      <p>
        A secret and a set of keys instead of one secret. A memory of endings in every process. A renewal that
        must survive races. All of that is code, and code is where mistakes live. If one look-up a request
        does not hurt you,{" "}
        <PageLink href="/learn/choose" className="link">
          sessions alone are probably enough
        </PageLink>
        .
      </p>
    </>
  ),
};
