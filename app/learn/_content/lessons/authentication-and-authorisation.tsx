import { FactsTable } from "../../_components/facts-table";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import { Thread } from "../../_components/thread";
import type { Lesson } from "../lesson";

export const authenticationAndAuthorisation: Lesson = {
  slug: "authentication-and-authorisation",
  title: "Who you are, and what you may do",
  summary: "Two questions that are easily confused, where each is asked, and how an answer goes stale.",
  lab: "staleness",
  watch:
    "A role is changed in the database. See when each mode feels it: the session with its next request, the token as soon as its claim is found out of date.",
  body: (
    <>
      <p>
        <dfn>Authentication</dfn> finds out who is calling. <dfn>Authorisation</dfn> decides whether that
        person may do what they ask. The first can be answered once for the whole request; the second depends
        on the act and on the thing it is done to.
      </p>
      <Figure
        caption={
          <>
            The two questions in this app. Which refusal has which number stands in one table.{" "}
            <Source file="lib/http/respond.ts" symbol="STATUS" />
          </>
        }
      >
        <FactsTable
          label="Authentication and authorisation"
          heads={["", "Authentication", "Authorisation"]}
          rows={[
            { name: "Asks", cells: ["Who is calling?", "May they do this, to this?"] },
            {
              name: "Answered by",
              cells: [
                <Source key="who" file="lib/auth/authenticate.ts" symbol="authenticate" brief />,
                <Source key="may" file="lib/auth/permissions.ts" symbol="can" brief />,
              ],
            },
            { name: "Needs", cells: ["A credential", "Who it is, the act, and whose thing it is"] },
            {
              name: "When it says no",
              cells: ["401: log in, or renew", "403: you are known, and you may not"],
            },
          ]}
        />
      </Figure>
      <p>
        The rules stand in one table. An act that has no rule does not exist, and a rule that does not say yes
        says no. <Source file="lib/auth/permissions.ts" symbol="RULES" /> Sometimes even the 403 would tell
        too much: somebody else’s device session is answered with 404, as if it were not there.{" "}
        <Source file="lib/accounts/device-sessions.ts" symbol="endDeviceSession" />
      </p>

      <h2>Middleware proves nothing</h2>
      <p>
        <dfn>Middleware</dfn> is code that runs before a page. Here it makes a guess, from seal or signature
        alone, where you will want to be. <Source file="middleware.ts" symbol="whereElse" />{" "}
        <Source file="lib/auth/looks-signed-in.edge.ts" symbol="looksSignedIn" /> It is a courtesy. It cannot
        know that you logged out, and a request that gets past it must not get anything: a header once let
        anybody skip the middleware of Next.js altogether.{" "}
        <Thread href="https://github.com/advisories/GHSA-f82v-jwr5-mffw">CVE-2025-29927</Thread> So every page
        that needs you asks for itself, next to its data.{" "}
        <Source file="lib/http/caller.ts" symbol="requireCaller" />
      </p>

      <h2>Answers go stale</h2>
      <p>
        A session row is read with its account, so it always knows your role of today. A token was true when
        it was signed. In the meantime an administrator may have made you a member, and the token still says
        otherwise. Two things keep that from mattering here:
      </p>
      <ul>
        <li>
          <strong>A changed role is announced</strong> to every process, as the only role that this device
          session’s tokens may still claim. <Source file="lib/auth/account/store.ts" symbol="changeRole" /> A
          token that claims another is <code>token_expired</code> within a second, and its client renews as if
          the time were up. <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="judge" />
        </li>
        <li>
          <strong>Administration asks the database</strong> for the role at the moment of the act, in both
          modes. One query, where a mistake would be expensive.{" "}
          <Source file="lib/accounts/administration.ts" symbol="authorise" />
        </li>
      </ul>
      <p>
        A changed name is not worth that. The device where you change it gets a fresh token at once; other
        devices show the old name until they renew.{" "}
        <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="restate" />
      </p>
    </>
  ),
};
