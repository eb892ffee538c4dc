import type { Metadata } from "next";

import { env } from "@/lib/core/env";
import { readFlash } from "@/lib/http/flash";

import { InspectToken } from "../_components/inspect-token";
import { TokenBenchFields } from "../_fields/token-bench";
import { ExperimentPage } from "../_frame/experiment-page";
import TokenBenchView, { markdown } from "../_views/token-bench";
import { tokenBenchCurl } from "./curl";

export const metadata: Metadata = { title: "Token bench" };

export default async function TokenBenchPage({ searchParams }: PageProps<"/lab/token-bench">) {
  const [{ run }, flash] = await Promise.all([searchParams, readFlash("/lab/token-bench")]);
  const inspected = flash?.form === "inspect" ? flash : null;
  return (
    <ExperimentPage
      slug="token-bench"
      run={run}
      View={TokenBenchView}
      markdown={markdown}
      curl={tokenBenchCurl(env().appUrl)}
      more={
        <section id="inspect" aria-labelledby="inspect-title" className="mt-16 scroll-mt-20">
          <h2 id="inspect-title" className="text-xl font-semibold">
            Inspect any token
          </h2>
          <p className="text-soft mt-3 mb-5 max-w-[70ch] leading-relaxed">
            Would this server let it in now, and if not, why not? Expiry, revocation and a role that changed
            count too. The token goes into this one request: it is not kept, not logged, and never part of an
            address.
          </p>
          <InspectToken
            says={inspected?.notice ?? inspected?.errors?.token?.join(" ") ?? inspected?.message ?? null}
          />
        </section>
      }
      method={
        <>
          <p>
            The server makes a throw-away account and signs a device in to it. The bench changes the device’s
            access token with what anybody could have: the token itself, the public keys of{" "}
            <a className="link" href="/.well-known/jwks.json">
              /.well-known/jwks.json
            </a>
            , and keys of its own. It then sends the token to <code className="code">GET /api/me</code> as a
            bearer token, over HTTP. At the end the device is signed out.
          </p>
          <p>
            The rules stand in the order in which the server asks them. They are asked a second time, one by
            one, to tell which refused; a test compares the two over thousands of tokens, and this page says
            so where they ever differ. Four tokens are signed by this server although it must refuse them,
            because nobody else could: expired, for another audience, of another type, from the future. What a
            reader writes is never signed with the server’s key.
          </p>
        </>
      }
    >
      <TokenBenchFields flash={flash?.form === "token-bench" ? flash : null} />
    </ExperimentPage>
  );
}
