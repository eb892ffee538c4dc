import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { RefreshFields } from "../_fields/refresh";
import { ExperimentPage } from "../_frame/experiment-page";
import RefreshView, { markdown } from "../_views/refresh";
import { refreshCurl } from "./curl";

export const metadata: Metadata = { title: "Refresh race and theft" };

export default async function RefreshPage({ searchParams }: PageProps<"/lab/refresh">) {
  return (
    <ExperimentPage
      slug="refresh"
      run={(await searchParams).run}
      View={RefreshView}
      markdown={markdown}
      curl={refreshCurl(env().appUrl)}
      method={
        <>
          <p>
            One device of a throw-away account is signed in. The Lab’s client sends the same refresh cookie to{" "}
            <code className="code">POST /api/auth/refresh</code> as often as you asked, without waiting in
            between, as tabs that wake up together do. The database has one row for the family; rotation is
            one statement that moves it on only if it still stands at the generation that was presented.
          </p>
          <p>
            A loser presents the immediate predecessor. Within the grace ({env().refreshGraceSeconds} seconds
            here) it gets the same successor, which is computed again rather than stored, and nobody is signed
            out. Without grace the first loser looks like a thief and takes the session down with it, which
            its owner sees as being signed out for no reason.
          </p>
          <p>
            Then the owner refreshes twice more, and the very first token is played back. It is no longer the
            immediate predecessor, so no grace applies.
          </p>
        </>
      }
    >
      <RefreshFields />
    </ExperimentPage>
  );
}
