import { ClientsDrawing } from "../../_components/clients-drawing";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const otherClients: Lesson = {
  slug: "other-clients",
  title: "Phones, scripts and other services",
  summary: "What changes when the caller is no browser on your own site, and who may check what.",
  lab: "attacks",
  watch:
    "Run “Cross-site request”. Each forged request carries a good cookie, as a browser would attach it, and is refused for where it comes from. A bearer token is never attached by itself, so there is nothing to forge.",
  body: (
    <>
      <p>
        A cookie is made for one arrangement: a browser, talking to the site that set it. Outside it, the
        things that made cookies comfortable are gone. A phone app has no address bar whose site the cookie
        could belong to. A page on another domain gets no cookie of ours attached. Another service has no way
        to look a session up.
      </p>
      <Figure caption="Who sends what to whom. Along the dashed line public keys are fetched now and then, and never anything about a user.">
        <ClientsDrawing />
      </Figure>

      <h2>A client that holds its tokens itself</h2>
      <p>
        With <code>{'transport: "bearer"'}</code> at log-in no cookie is set. Both tokens are in the answer,
        and the client sends the access token in a header. A phone should keep them where its system keeps
        secrets. When a call is answered <code>token_expired</code>, the client renews once, however many of
        its calls found that out at the same moment.{" "}
        <Source file="examples/bearer-client.mjs" symbol="renew" />
      </p>
      <p>
        Such a request needs no check of where it came from: no browser ever attaches that header unasked, so
        there is nothing for another site to ride on. <Source file="lib/http/route.ts" symbol="handle" /> If
        cookies come along with it, they are not even looked at.
      </p>
      <p>
        In the list of your devices it is one among the others, and ending it there works within a second as
        well. A second way in must not be a way round the log-out.
      </p>

      <h2>A page on another domain</h2>
      <p>
        Browsers let a page read answers from another origin only when that origin agrees, which is called{" "}
        <dfn>CORS</dfn> (cross-origin resource sharing). This app agrees for the origins that its operator
        lists, and never with cookies: such a page has to bring a bearer token.{" "}
        <Source file="lib/http/exchange.ts" symbol="withCors" />
      </p>

      <h2>A service that checks by itself</h2>
      <p>
        Because signing and checking use different keys, another service can verify our tokens with the public
        ones alone. They are published as a <dfn>JWKS</dfn>, a JSON Web Key Set.{" "}
        <Source file="lib/http/key-set.ts" symbol="keySetResponse" /> Fifty lines are enough, and they know no
        password, no session, no database of ours.{" "}
        <Source file="examples/resource-server.mjs" symbol="callerOf" />
      </p>
      <p>Two things to agree on beforehand:</p>
      <ul>
        <li>
          <strong>The audience.</strong> A token says whom it is for. A service that accepts tokens made for
          another can be handed one by anybody who was given it there.
        </li>
        <li>
          <strong>The delay.</strong> That service does not hear of log-outs. It trusts a token until it
          expires, up to 15 minutes here. If that is too long for what it does, it has to ask, and then it has
          a session with more steps.
        </li>
      </ul>
    </>
  ),
};
