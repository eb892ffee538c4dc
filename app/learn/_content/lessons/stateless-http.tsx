import { Figure } from "../../_components/figure";
import { Messages } from "../../_components/messages";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const statelessHttp: Lesson = {
  slug: "stateless-http",
  title: "HTTP forgets you",
  summary: "Why a server does not know you, and what a browser carries so that it does.",
  lab: "flight-recorder",
  watch:
    "Look at what each request carries. Without that one cookie it would be anybody’s, and the server has nothing else to know it by.",
  body: (
    <>
      <p>
        HTTP, the language that browsers and servers speak, has no memory. A request comes in, an answer goes
        out, and when the next request arrives, the server knows nothing of you. Its specification calls this{" "}
        <em>stateless</em>, and it is a strength: any of a hundred machines may answer, and a request that got
        lost can be sent again.
      </p>
      <p>
        So in a sense you never stay logged in. Each request has to say again who sends it. What it carries
        for that is a <dfn>credential</dfn>: a text that proves something about whoever sends it. Your
        password is one, but a password that went along with every request would have to be kept somewhere and
        would be seen everywhere. So you show it once, and the server hands out a smaller credential that is
        easy to end.
      </p>
      <Figure caption="The second request is the first with one line more. That line is all the server has to go by.">
        <Messages
          messages={[
            { from: "Browser", text: "GET /dashboard" },
            { from: "Server", text: "303 See Other\nlocation: /login?next=%2Fdashboard" },
            { from: "Browser", text: "GET /dashboard\ncookie: session=Fe26.2*1*9c0b…" },
            { from: "Server", text: "200 OK" },
          ]}
        />
      </Figure>

      <h2>How it is carried</h2>
      <p>
        A <dfn>cookie</dfn> is a short text that a server asks the browser to keep. The browser then attaches
        it, unasked, to later requests to that server. <em>Unasked</em> is the convenience and also the
        danger: lesson 7 is about that. All cookies of this app are written in one function.{" "}
        <Source file="lib/http/cookies.ts" symbol="setCookieHeader" />
      </p>
      <p>
        A program that is no browser puts its credential into a header instead:{" "}
        <code>Authorization: Bearer …</code>. <em>Bearer</em> means what it says: whoever bears it is let in,
        as with a train ticket that has no name on it. This app takes both.{" "}
        <Source file="lib/auth/strategies/jwt/transport.edge.ts" symbol="carriedAccessToken" />
      </p>

      <h2>One question, asked every time</h2>
      <p>
        Whatever the credential, the server’s question is the same: who is calling? Here it is one function
        with three possible answers: no credential, a bad one, a good one.{" "}
        <Source file="lib/auth/authenticate.ts" symbol="authenticate" /> The second is not the first: a bad
        credential decides too, and no other that came along gets a try.
      </p>
      <p>
        The answer holds for this one request. The header of this page asked who you are when the page was
        made; reload, and it asks again. <Source file="lib/http/caller.ts" symbol="check" />
      </p>
      <p>
        Everything that follows is about two ways to answer that question. A{" "}
        <strong data-mode="session">session</strong> looks you up; a <strong data-mode="jwt">token</strong>{" "}
        brings the answer along.
      </p>
    </>
  ),
};
