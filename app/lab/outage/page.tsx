import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { OutageFields } from "../_fields/outage";
import { ExperimentPage } from "../_frame/experiment-page";
import { outageCurl } from "./curl";
import OutageView, { markdown } from "../_views/outage";

export const metadata: Metadata = { title: "The database goes away" };

export default async function OutagePage({ searchParams }: PageProps<"/lab/outage">) {
  return (
    <ExperimentPage
      slug="outage"
      run={(await searchParams).run}
      View={OutageView}
      markdown={markdown}
      curl={outageCurl(env().appUrl)}
      method={
        <>
          <p>
            The server makes a throw-away account and signs devices in to it in both modes. Its own client
            polls for each of them, over HTTP, one request after the other, after one each to warm up. From
            second 2 on their requests carry a signed header that makes every query of that very request fail,
            at once or after 2.5 seconds, the way it fails when the database file is gone; then the header is
            left out again.
          </p>
          <p>
            The real database is never touched. A second account polls at the same time without the header,
            and so does <code className="code">GET /api/health/ready</code>: nobody else notices.
          </p>
          <p>
            Session mode must read its row, so it can only ask to try again later:{" "}
            <code className="code">503</code> with <code className="code">Retry-After</code>. It clears no
            cookie, because a database that is away says nothing about a sign-in. JWT mode goes on until its
            access token runs out, after 15 minutes at most; a renewal has to wait as well, and keeps its
            cookies too.
          </p>
        </>
      }
    >
      <OutageFields />
    </ExperimentPage>
  );
}
