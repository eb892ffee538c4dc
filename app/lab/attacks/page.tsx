import type { Metadata } from "next";

import { env } from "@/lib/core/env";

import { AttackFields } from "../_fields/attacks";
import { ExperimentPage } from "../_frame/experiment-page";
import AttacksView, { markdown } from "../_views/attacks";
import { attacksCurl } from "./curl";

export const metadata: Metadata = { title: "Attack lab" };

export default async function AttacksPage({ searchParams }: PageProps<"/lab/attacks">) {
  return (
    <ExperimentPage
      slug="attacks"
      run={(await searchParams).run}
      View={AttacksView}
      markdown={markdown}
      curl={attacksCurl(env().appUrl)}
      method={
        <>
          <p>
            Victim and attacker are throw-away accounts. The server’s own client sends each request over HTTP,
            with headers and cookies as an attacker would have them, and looks at nothing but the answers. An
            attack counts as refused when each of its requests came to nothing, and when each control worked:
            the same request without the attack, which shows that nothing else was wrong with it.
          </p>
          <p>
            Cookie tossing is the one that a server cannot refuse by itself: two cookies of one name come
            without a word about who set them. {tossing(env().secureCookies)} On either, the request is judged
            by one of the two alone, and nothing of the other is used.
          </p>
          <p>
            Timing: up to 20 log-ins of each kind, as many as fit in 15 seconds, one by one, each pair in an
            order of chance. Five wrong passwords from one address make the next one wait, so each of these
            log-ins is counted as if it came from an address of its own; this server lets only its own Lab ask
            for that. Somebody on the network sees more noise than this.
          </p>
        </>
      }
    >
      <AttackFields />
    </ExperimentPage>
  );
}

const tossing = (isSecure: boolean) =>
  isSecure
    ? "This server runs over https, where the names begin with __Host- and a browser lets nobody else set them. What is left to plant is the bare name, which is tried here."
    : "Over https the names begin with __Host-, and a browser lets nobody else set them. This server runs over plain http, where there is no such prefix, so expect a “not refused” here.";
