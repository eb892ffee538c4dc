/** How a page talks to the API: JSON both ways, and one renewal for the whole browser when the access token has run out. */
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

/** Sends JSON. An expired access token is renewed and the request repeated, once. */
export async function send(method: string, path: string, body?: Record<string, string>): Promise<Answer> {
  const startedAt = Date.now();
  const first = await attempt(method, path, body);
  if (first.ok || first.problem.code !== "token_expired") return first;
  await renewOnce(startedAt);
  return attempt(method, path, body);
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
  await navigator.locks.request("halfstate-refresh", async () => {
    if (Number(localStorage.getItem(RENEWED_AT)) >= since) return;
    const { ok } = await attempt("POST", "/api/auth/refresh");
    if (ok) localStorage.setItem(RENEWED_AT, String(Date.now()));
  });
}
