"use client";
/** Paste a token: would this server let it in now? What is pasted goes into one request, and nowhere else. */
import { lazy, Suspense, useState, type SubmitEvent } from "react";

import type { Inspection } from "@/lib/lab/inspect-token";

// Loaded with the first verdict: the rules and their reasons are heavier than the page around them.
const InspectedToken = lazy(() => import("./inspected-token"));

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
        <Suspense fallback={<p className="text-soft">Asking…</p>}>
          {state.is === "judged" && <InspectedToken token={state.token} inspection={state.inspection} />}
        </Suspense>
      </div>
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
