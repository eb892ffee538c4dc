import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { StalenessFields } from "../_fields/staleness";
import { ExperimentPage } from "../_frame/experiment-page";
import StalenessView, { markdown } from "../_views/staleness";
import { stalenessCurl } from "./curl";

export const metadata: Metadata = { title: "Staleness meter" };

export default async function StalenessPage({ searchParams }: PageProps<"/lab/staleness">) {
  const minutes = env().accessTokenTtlSeconds / 60;
  return (
    <ExperimentPage
      slug="staleness"
      run={(await searchParams).run}
      View={StalenessView}
      markdown={markdown}
      curl={stalenessCurl(env().appUrl)}
      method={
        <>
          <p>
            Three devices of a throw-away account send <code className="code">GET /api/me</code> every 20
            milliseconds. After 0.8 seconds the account’s role is changed by the same function that
            administration calls, from member to editor: a role that exists for this experiment only, and may
            do nothing more. A second later the session device changes the name by{" "}
            <code className="code">PATCH /api/me</code>.
          </p>
          <p>
            A role decides what somebody may do, so its change is announced like a sign-out: a token that
            still claims the old role is refused as <code className="code">token_expired</code> within a
            second, and the device gets a new one by <code className="code">POST /api/auth/refresh</code>. A
            name decides nothing. Its change is not announced, and a token that claims the old one stays good.
            The device renews it two seconds later by its own choice; without that it would show the old name
            for the rest of the token’s {minutes} minutes.
          </p>
          <p>
            The third token is judged by signature and expiry alone, as most JWT set-ups do. It lives 2
            seconds here, and the verifier allows 5 more for clocks that differ; on a real server it would
            claim the old role for all of its {minutes} minutes.
          </p>
        </>
      }
    >
      <StalenessFields />
    </ExperimentPage>
  );
}
