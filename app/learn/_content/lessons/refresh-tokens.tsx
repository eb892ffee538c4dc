import { Figure } from "../../_components/figure";
import { Generations } from "../../_components/generations";
import { Source } from "../../_components/source";
import { Thread } from "../../_components/thread";
import type { Lesson } from "../lesson";

export const refreshTokens: Lesson = {
  slug: "refresh-tokens",
  title: "Refresh tokens: short lives, renewed",
  summary:
    "Why the token that opens doors lives for minutes, and the one that renews it is changed at every use.",
  lab: "refresh",
  watch:
    "Twelve requests refresh with the same token at once: all succeed and get the same successor. Then an old one is played back, and the device session ends.",
  body: (
    <>
      <p>
        By itself, an access token cannot be called back: whoever holds a copy can use it until it expires. So
        it expires soon, here after 15 minutes. <Source file="lib/core/env.ts" symbol="15 * 60" /> Nobody
        wants to type a password every 15 minutes, so there is a second token. The <dfn>refresh token</dfn>{" "}
        lasts up to 30 days, opens nothing, and is good for one thing: at one address it is exchanged for a
        fresh access token. Its cookie is sent to that part of the site only.{" "}
        <Source file="lib/http/cookies.ts" symbol="PATHS" />
      </p>
      <p>
        In a browser you do not notice. A page that finds the access token expired sends you through the
        renewal and back, which works without JavaScript too.{" "}
        <Source file="lib/http/renewal.ts" symbol="renewInBrowser" />
      </p>

      <h2>Changed at every use</h2>
      <p>
        A token that lasts for weeks is worth stealing. <dfn>Rotation</dfn> makes the theft show: each refresh
        hands out a successor and retires the token that was used. If there is a copy, thief and owner cannot
        both keep up; sooner or later one of them presents a token that was already replaced. Then the whole
        device session ends, for both. The owner logs in again, the thief cannot.{" "}
        <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="renew" />
      </p>
      <Figure caption="One device session after two rotations. What an older token does depends on its generation and on the clock.">
        <Generations />
      </Figure>

      <h2>The part that goes wrong elsewhere</h2>
      <p>
        Two tabs wake up and refresh at the same moment. An answer is lost in a tunnel. To a strict server
        both look like theft, and somebody is signed out for nothing. It is the loudest complaint about
        refresh tokens there is.{" "}
        <Thread href="https://github.com/supabase/supabase/issues/18981">“Already used”</Thread>{" "}
        <Thread href="https://github.com/nextauthjs/next-auth/issues/11240">Rotation runs twice</Thread>
      </p>
      <p>Three rules keep it from happening here:</p>
      <ul>
        <li>
          <strong>One winner.</strong> Rotation is a compare-and-swap: “make it generation 3, if it is still
          2”, in one statement. <Source file="lib/auth/strategies/jwt/store.ts" symbol="rotate" />
        </li>
        <li>
          <strong>A short pardon.</strong> The immediate predecessor, and only that, is pardoned for ten
          seconds after it was replaced.{" "}
          <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="isPardoned" /> It gets the very same
          successor, so that everybody ends up with one token.
        </li>
        <li>
          <strong>Losers clear nothing.</strong> By the time a refusal arrives, the browser may hold the
          winner’s cookie. <Source file="lib/http/renewal.ts" symbol="refusedRenewal" />
        </li>
      </ul>

      <h2>Why the successor need not be stored</h2>
      <p>
        A token is a device session’s id, a generation number, and a <dfn>MAC</dfn> (message authentication
        code): a checksum that only the holder of a secret can make. So the server can write the same
        successor twice, refuse garbage without a query, and keep nothing but a hash.{" "}
        <Source file="prisma/models/models.prisma" symbol="RefreshToken" />{" "}
        <Source file="lib/auth/strategies/jwt/refresh-token.ts" symbol="readRefreshToken" />
      </p>
      <p>
        One honest limit: a thief who is one step behind <em>within</em> those ten seconds gets the owner’s
        own successor. The next use by either of them after that tells them apart.
      </p>
    </>
  ),
};
