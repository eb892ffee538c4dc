import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { FlightRecorderFields } from "../_fields/flight-recorder";
import { ExperimentPage } from "../_frame/experiment-page";
import { flightRecorderCurl } from "./curl";
import FlightRecorderView, { markdown } from "../_views/flight-recorder";

export const metadata: Metadata = { title: "Flight recorder" };

export default async function FlightRecorderPage({ searchParams }: PageProps<"/lab/flight-recorder">) {
  return (
    <ExperimentPage
      slug="flight-recorder"
      run={(await searchParams).run}
      View={FlightRecorderView}
      markdown={markdown}
      curl={flightRecorderCurl(env().appUrl)}
      method={
        <>
          <p>
            The server makes a throw-away account and signs one device in to it in each mode. Its own client
            then sends the request to this very server, over HTTP, and follows redirects as a browser would.
            Your own cookies are neither read nor sent.
          </p>
          <p>
            Each request asks to be traced, by a header that only this server can sign. The answer then tells
            in <code className="code">x-halfstate-trace</code> every check and every statement, with its time;
            the middleware reports for itself in <code className="code">Server-Timing</code>. The sizes are
            those of HTTP/1.1 without compression and without the Lab’s header; a browser adds some headers of
            its own.
          </p>
          <p>
            After the warm-up this process knows the sealed cookie by its hash and need not decrypt it again;
            the middleware, which runs apart, does so every time. A token is verified anew wherever it is
            looked at.
          </p>
          <p>
            The token that has expired is a real one, signed for 1 second in place of 15 minutes; the verifier
            allows 5 seconds for clocks that differ, so this one is waited for.
          </p>
        </>
      }
    >
      <FlightRecorderFields />
    </ExperimentPage>
  );
}
