"use client";
/** What the server would say to a pasted token, by which rule, and the token in its parts. */
import type { Inspection } from "@/lib/lab/inspect-token";

import { RuleList } from "./rule-list";
import { TokenText } from "./token-text";
import { Verdict } from "./verdict";

export default function InspectedToken({ token, inspection }: { token: string; inspection: Inspection }) {
  const { accepted, says, refusedBy } = inspection;
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Verdict refused={!accepted}>{accepted ? "Would be let in" : "Would be refused"}</Verdict>
        <span>{says}</span>
      </p>
      <div className="card mt-4 space-y-5 p-4 sm:p-6">
        <TokenText token={token} />
        {(accepted || refusedBy) && <RuleList refusedBy={refusedBy} />}
      </div>
    </>
  );
}
