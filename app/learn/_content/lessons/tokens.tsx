import { Figure } from "../../_components/figure";
import { Source } from "../../_components/source";
import { TokenParts } from "../../_components/token-parts";
import type { Lesson } from "../lesson";

export const tokens: Lesson = {
  slug: "tokens",
  title: "Tokens: bring the answer along",
  summary: "What the three parts of a JWT are, what its signature proves, and what it does not.",
  lab: "token-bench",
  watch:
    "Change a claim: the token can still be read, by anybody and without any key, but it is no longer believed. See which rule notices.",
  body: (
    <>
      <p>
        A <dfn>JWT</dfn> (JSON Web Token, say “jot”) is a statement with a signature:{" "}
        <em>this is Ada, a member, until a quarter past ten</em>. Whoever can check the signature need not ask
        anybody. Each statement in it is called a <dfn>claim</dfn>.
      </p>
      <Figure caption="An access token of the shape that this app signs, with an invented account. The dots between the parts are its only punctuation. Decoding the first two parts takes no key.">
        <TokenParts />
      </Figure>

      <h2>Readable is not secret</h2>
      <p>
        The parts are written in base64url, a spelling for bytes, not a cipher. Everybody who holds the token
        can read it. So this app puts only what its owner may know into it: who, which device session, which
        role, until when.{" "}
        <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="signAccessToken" /> And since it
        travels with every request, it should be short: about 550 bytes here, and one longer than 4,096 is
        refused unread.{" "}
        <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="MAX_TOKEN_LENGTH" />
      </p>

      <h2>What the signature proves</h2>
      <p>
        The server signs with a <dfn>private key</dfn> that only it has. The matching <dfn>public key</dfn>{" "}
        checks signatures but cannot make them, so it may be published.{" "}
        <Source file="lib/auth/keys.edge.ts" symbol="publicKeySet" /> A good signature proves that this server
        said this, word for word. It does <em>not</em> prove that it is still true, nor that whoever sends the
        token is the one it was made for. Lessons 7 and 8 are about these two gaps.
      </p>

      <h2>Believing one, carefully</h2>
      <p>
        Most holes in JWT systems are not broken mathematics but a check left out. One function believes
        tokens here, and this is what it insists on.{" "}
        <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="verifyAccessToken" />
      </p>
      <ul>
        <li>
          The <strong>key</strong> is chosen by the token’s <code>kid</code> from our own set. A token that
          brings a key, or names one we do not publish, is refused.{" "}
          <Source file="lib/auth/keys.edge.ts" symbol="getVerificationKey" />
        </li>
        <li>
          The <strong>algorithm</strong> belongs to the key. What the token says about it decides nothing, so
          the old trick of writing <code>none</code> there gets nowhere.
        </li>
        <li>
          The <strong>type</strong> must be <code>at+jwt</code>, <strong>issuer</strong> and{" "}
          <strong>audience</strong> must be ours: a token made for something else is not a way in here.
        </li>
        <li>
          <strong>Every claim</strong> must be there, the expiry above all.{" "}
          <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="REQUIRED_CLAIMS" />
        </li>
        <li>
          A token has one <strong>spelling</strong>. Others that decode to the same are refused, so that no
          token has many texts.{" "}
          <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="isCanonicalCompactJws" />
        </li>
        <li>
          The <strong>clock</strong> may be five seconds off, because clocks are.
        </li>
      </ul>
      <p>
        Nothing in that list asks a database. That is the attraction of tokens, and the whole of the trouble
        with them.
      </p>
    </>
  ),
};
