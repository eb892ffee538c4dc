import type { Metadata } from "next";

import { env } from "@/lib/core/env";
import { loadFrom } from "@/lib/lab/cost-model";
import type { Cost } from "@/lib/lab/experiments/cost";

import { CostFields } from "../_fields/cost";
import { ExperimentPage } from "../_frame/experiment-page";
import type { ViewProps } from "../_frame/views";
import CostView, { markdown } from "../_views/cost";
import { costCurl } from "./curl";

export const metadata: Metadata = { title: "Latency and cost" };

export default async function CostPage({ searchParams }: PageProps<"/lab/cost">) {
  const query = await searchParams;
  const load = loadFrom(query);
  return (
    <ExperimentPage
      slug="cost"
      run={query.run}
      View={(props: ViewProps<Cost>) => <CostView {...props} load={load} />}
      markdown={markdown}
      curl={costCurl(env().appUrl)}
      method={
        <>
          <p>
            The server makes a throw-away account and signs in a device of each kind. Its own client sends the
            requests over HTTP, on connections that stay open, one at a time, and rests for 5 milliseconds
            after every ten: whatever else this server has to do comes in between. The kinds take turns of
            ten, each time in another order. Thirty requests of each kind go first, with devices of their own,
            and are not counted. On a busy machine a hundred of each kind are too few to tell one from the
            other: take a thousand.
          </p>
          <p>
            The counted requests are what any client would send with that credential and nothing else: they
            carry none of the Lab’s headers, and no trace is made of them. How many queries a request makes is
            told by the trace of one more, which is not counted. The client runs in the same process as the
            server, so every time contains the client’s own work and no network but the machine’s own.
          </p>
          <p>
            The bare handler answers a shorter body than <code className="code">GET /api/me</code>, and the
            difference to it is therefore a little more than authentication alone. For the cost sheet, a
            device then exchanges its refresh token ten times on the real endpoint, and the list of
            revocations is read ten times as every server process reads it.
          </p>
        </>
      }
    >
      <CostFields />
    </ExperimentPage>
  );
}
