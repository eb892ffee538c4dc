import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { RevocationFields } from "../_fields/revocation";
import { ExperimentPage } from "../_frame/experiment-page";
import { revocationCurl } from "./curl";
import RevocationView, { markdown } from "../_views/revocation";

export const metadata: Metadata = { title: "Revocation stopwatch" };

export default async function RevocationPage({ searchParams }: PageProps<"/lab/revocation">) {
  return (
    <ExperimentPage
      slug="revocation"
      run={(await searchParams).run}
      View={RevocationView}
      markdown={markdown}
      curl={revocationCurl(env().appUrl)}
      method={
        <>
          <p>
            The server makes a throw-away account and signs three devices in to it. Its own client then sends{" "}
            <code className="code">GET /api/me</code> for each of them, over HTTP, every 20 milliseconds.
            After 0.6 seconds the first device asks for all of them to be ended, as the button in settings
            does.
          </p>
          <p>
            Session mode refuses at the next request, because it looks the row up. JWT mode refuses as soon as
            this process has heard of the ending: at once where it happened in the same process, within one
            second from another one. The third token is judged by signature and expiry alone, as most JWT
            set-ups do. It lives 2 seconds here in place of 15 minutes, and the verifier allows 5 seconds for
            clocks that differ; on a real server it would be let in for all of its 15 minutes.
          </p>
        </>
      }
    >
      <RevocationFields />
    </ExperimentPage>
  );
}
