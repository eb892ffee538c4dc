/** How a page talks to the API: JSON both ways, one renewal for the whole browser, and nothing that changes cookies beside it. */
import type { FailureCode, FieldErrors } from "@/lib/core/failure";

export type Problem = {
  title: string;
  status: number;
  code: FailureCode | "unreachable";
  detail?: string;
  errors?: FieldErrors;
};

export type Answer = { ok: true; data: unknown } | { ok: false; problem: Problem };

const RENEWED_AT = "halfstate-renewed-at";

/**
 * Sends JSON. An expired access token is renewed and the request repeated, once. Whatever is sent waits for a renewal that is under
 * way in any tab, and the next renewal for it: of two answers that set cookies, the one that was asked for last must come last.
 */
export async function send(method: string, path: string, body?: Record<string, string>): Promise<Answer> {
  const startedAt = Date.now();
  const first = await inTurn(() => attempt(method, path, body));
  if (first.ok || first.problem.code !== "token_expired") return first;
  await renewOnce(startedAt);
  return inTurn(() => attempt(method, path, body));
}

/** One at a time for the whole browser. Locks exist in secure contexts only; elsewhere the server's grace has to do. */
async function inTurn<Outcome>(act: () => Promise<Outcome>): Promise<Outcome> {
  if (!("locks" in navigator)) return act();
  return navigator.locks.request("halfstate-refresh", act) as Promise<Outcome>;
}

async function attempt(method: string, path: string, body?: Record<string, string>): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  }).catch(() => null);
  if (!response) return { ok: false, problem: UNREACHABLE };

  const data: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, data };
  return { ok: false, problem: isProblem(data) ? data : unexplained(response.status) };
}

const isProblem = (data: unknown): data is Problem =>
  typeof data === "object" && data !== null && "code" in data && "title" in data;

const unexplained = (status: number): Problem => ({
  title: `The server refused with status ${status} and did not say why. Try again in a moment.`,
  status,
  code: "internal_error",
});

const UNREACHABLE: Problem = {
  title: "The server did not answer. Check your connection and try again.",
  status: 0,
  code: "unreachable",
};

/** All tabs share one cookie, so all share one renewal: whoever waited for the lock finds it done. */
async function renewOnce(since: number): Promise<void> {
  await inTurn(async () => {
    if (Number(localStorage.getItem(RENEWED_AT)) >= since) return;
    const { ok } = await attempt("POST", "/api/auth/refresh");
    if (ok) localStorage.setItem(RENEWED_AT, String(Date.now()));
  });
}
