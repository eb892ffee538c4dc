/** What each recommendation comes to, and where this app shows it. */
import type { ReactNode } from "react";

import { PageLink } from "../../_components/page-link";
import { Source } from "../_components/source";
import type { Choice } from "./choose";

export const MEANINGS: Record<Choice, { title: string; means: ReactNode }> = {
  sessions: {
    title: "Use sessions",
    means: (
      <>
        <p>
          A sealed cookie with an id, a row in the database, one look-up a request. It is the simpler system,
          it always knows the latest, and an ending is felt at once. Most apps that live in a browser need
          nothing else. <Source file="lib/auth/strategies/session/strategy.ts" symbol="authenticate" />
        </p>
        <p>
          Read{" "}
          <PageLink href="/learn/sessions" className="link">
            how sessions work here
          </PageLink>
          . Nothing is lost if a phone app comes later: clients that need tokens can have them beside your
          sessions.
        </p>
      </>
    ),
  },
  hybrid: {
    title: "Use tokens, with a row behind them: the hybrid",
    means: (
      <>
        <p>
          A signed token that lives for minutes, a refresh token that changes at every use, and a feed that
          tells each server what was ended. That is this app’s JWT mode. Do not leave the last two out: a
          long-lived token that nothing can end is not a simpler version of this, but a weaker one.{" "}
          <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="authenticate" />
        </p>
        <p>
          Read{" "}
          <PageLink href="/learn/hybrid" className="link">
            how the hybrid works here
          </PageLink>{" "}
          and{" "}
          <PageLink href="/learn/revocation" className="link">
            how an ending is felt
          </PageLink>
          .
        </p>
      </>
    ),
  },
  both: {
    title: "Use sessions, with bearer tokens for the API clients only",
    means: (
      <>
        <p>
          Browsers keep their cookie and their session. Whoever cannot use a cookie gets a short-lived token
          and a refresh token, judged by the same question and ended in the same list of devices.{" "}
          <Source file="lib/auth/authenticate.ts" symbol="strategies" /> This app does it when its default
          mode is <code>session</code>: a client that logs in with <code>{'transport: "bearer"'}</code> gets
          tokens whatever its account prefers.
        </p>
        <p>
          Read{" "}
          <PageLink href="/learn/other-clients" className="link">
            what changes for phones, scripts and other services
          </PageLink>
          .
        </p>
      </>
    ),
  },
};
