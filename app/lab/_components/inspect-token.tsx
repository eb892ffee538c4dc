"use client";
/** Paste a token: would this server let it in now? What is pasted goes into one request, and nowhere else. */
import { useState, type SubmitEvent } from "react";

import type { Inspection } from "@/lib/lab/inspect-token";

import { RuleList } from "./rule-list";
import { TokenText } from "./token-text";
import { Verdict } from "./verdict";

type State =
  | { is: "waiting" }
  | { is: "asking" }
  | { is: "refused"; says: string }
  | { is: "judged"; token: string; inspection: Inspection };

/** `says`: what the server said to a form that was sent without JavaScript. */
export function InspectToken({ says }: { says: string | null }) {
  const [state, setState] = useState<State>({ is: "waiting" });

  async function ask(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token")).trim();
    setState({ is: "asking" });
    setState(await judge(token).catch((): State => ({ is: "refused", says: UNREACHABLE })));
  }

  return (
    <form method="post" action="/api/lab/inspect" onSubmit={ask}>
      <label htmlFor="inspected" className="mb-1.5 block text-[0.9375rem] font-medium">
        A token
      </label>
      <textarea
        id="inspected"
        name="token"
        rows={4}
        required
        maxLength={16_384}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        className="input code"
      />
      <button type="submit" className="button button-primary mt-3">
        Would you let it in?
      </button>
      <div role="status" className="mt-4" data-testid="inspection">
        {state.is === "waiting" && says && <p className="font-medium">{says}</p>}
        {state.is === "asking" && <p className="text-soft">Asking…</p>}
        {state.is === "refused" && <p className="text-danger font-medium">{state.says}</p>}
        {state.is === "judged" && (
          <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <Verdict refused={!state.inspection.accepted}>
              {state.inspection.accepted ? "Would be let in" : "Would be refused"}
            </Verdict>
            <span>{state.inspection.says}</span>
          </p>
        )}
      </div>
      {state.is === "judged" && (
        <div className="card mt-4 space-y-5 p-4 sm:p-6">
          <TokenText token={state.token} />
          {(state.inspection.accepted || state.inspection.refusedBy) && (
            <RuleList refusedBy={state.inspection.refusedBy} />
          )}
        </div>
      )}
    </form>
  );
}

const UNREACHABLE = "The server did not answer. Check your connection and try again.";

async function judge(token: string): Promise<State> {
  const response = await fetch("/api/lab/inspect", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const body: unknown = await response.json();
  if (response.ok) return { is: "judged", token, inspection: body as Inspection };
  const { errors = {}, detail } = body as { errors?: Record<string, string[]>; detail?: string };
  return { is: "refused", says: Object.values(errors).flat().join(" ") || detail || UNREACHABLE };
}
