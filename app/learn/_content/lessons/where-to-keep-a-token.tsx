import { FactsTable } from "../../_components/facts-table";
import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import type { Lesson } from "../lesson";

export const whereToKeepAToken: Lesson = {
  slug: "where-to-keep-a-token",
  title: "Where a browser should keep it",
  summary: "Cookie, memory or localStorage: which attack each one meets, and which it does not.",
  lab: "attacks",
  watch:
    "Run “Stolen cookie after log-out”: a copy in another hand works until the server ends the session, wherever it was kept. That is why it should be hard to copy.",
  body: (
    <>
      <p>Two attacks decide the matter. They pull in opposite directions.</p>
      <ul>
        <li>
          <dfn>XSS</dfn> (cross-site scripting): a stranger’s script runs in <em>your</em> page, through a
          hole or a bad dependency. Whatever your scripts can read, it can read.
        </li>
        <li>
          <dfn>CSRF</dfn> (cross-site request forgery): <em>another</em> page makes your browser send a
          request to us. The other page cannot read the answer, but whatever the browser attaches unasked
          comes along.
        </li>
      </ul>
      <Figure caption="HttpOnly is a flag that hides a cookie from scripts. “Acts as you” means: sends requests from your open page.">
        <FactsTable
          label="Where a credential can be kept"
          heads={["", "HttpOnly cookie", "Memory of the page", "localStorage"]}
          rows={[
            { name: "A script in the page reads it", cells: ["No", "With some effort", "Yes, one line"] },
            { name: "A script in the page acts as you", cells: ["Yes", "Yes", "Yes"] },
            {
              name: "The thief can use it after the page is closed",
              cells: ["No", "If it was copied", "Yes"],
            },
            { name: "Another site’s request brings it along", cells: ["Unless refused", "Never", "Never"] },
            { name: "It survives a reload", cells: ["Yes", "No", "Yes"] },
            { name: "It works without JavaScript", cells: ["Yes", "No", "No"] },
          ]}
        />
      </Figure>

      <h2>Why this app uses cookies</h2>
      <p>
        A stolen credential goes on working elsewhere, for as long as it lives. A script that only acts while
        the page is open is bad enough, but it ends with the page. So in a browser no credential of ours is
        readable by a script, and none is ever put into an address.{" "}
        <Source file="lib/http/cookies.ts" symbol="setCookieHeader" /> Over https the names carry a prefix
        that makes browsers insist on the right flags.{" "}
        <Source file="lib/core/cookie-names.ts" symbol="PREFIXED" />
      </p>
      <p>
        <code>HttpOnly</code> is not a cure for XSS. Against the script itself stands the{" "}
        <dfn>content security policy</dfn>: a header that tells the browser to run only scripts that carry
        this answer’s own random number, and what those load in turn.{" "}
        <Source file="lib/core/security-headers.ts" symbol="contentSecurityPolicy" />
      </p>

      <h2>What SameSite does, and what it leaves open</h2>
      <p>
        <code>SameSite=Lax</code> keeps a cookie at home when another site posts a form or its scripts send a
        request. It does not help against everything:
      </p>
      <ul>
        <li>
          A plain link from another site still brings the cookie. So a GET must never change anything of
          yours.
        </li>
        <li>
          <em>Site</em> is wider than <em>origin</em>. A page on <code>blog.example.com</code> is the same
          site as <code>app.example.com</code>, and what it sends brings the cookie.
        </li>
      </ul>
      <p>
        So it is the second line here. The first is the server’s: a request that would change something must
        come from our own origin, by the header <code>Sec-Fetch-Site</code> or else <code>Origin</code>, which
        no page can forge. <Source file="lib/http/same-origin.ts" symbol="comesFromOurPages" /> A client that
        sends neither is no browser and is let through. Log-in is covered too: being signed in as somebody
        else, unawares, is also an attack.
      </p>
      <p>
        One GET does write: the silent renewal. Another site can make it happen, and all it gains is that your
        cookies are fresh. <Source file="lib/http/renewal.ts" symbol="renewInBrowser" />
      </p>
    </>
  ),
};
