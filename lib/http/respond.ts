/** From values to responses: the only table from failure codes to HTTP, and the one shape of an error (RFC 9457). */
import type { CookieChange } from "@/lib/auth/contract";
import type { Failure, FailureCode } from "@/lib/core/failure";
import type { CookieName } from "@/lib/core/cookie-names";
import { noteRefusal } from "@/lib/trace/request";
import { setCookieHeader } from "./cookies";

export const STATUS = {
  invalid_json: 400,
  unauthenticated: 401,
  credential_invalid: 401,
  token_expired: 401,
  session_expired: 401,
  session_ended: 401,
  invalid_credentials: 401,
  refresh_invalid: 401,
  refresh_expired: 401,
  refresh_reused: 401,
  csrf_rejected: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  email_taken: 409,
  last_admin: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  internal_error: 500,
  overloaded: 503,
  storage_unavailable: 503,
} as const satisfies Record<FailureCode, number>;

/** What a person reads when a failure brings no sentence of its own: what happened, and what to do next. */
export const MESSAGE = {
  invalid_json: "The request body could not be read.",
  unauthenticated: "Log in to continue.",
  credential_invalid: "This sign-in is not valid. Log in again.",
  token_expired: "The access token has expired. Renew it and try again.",
  session_expired: "This device was signed out because its time was up. Log in again.",
  session_ended: "This device was signed out. Log in again.",
  invalid_credentials: "Email and password do not match an account.",
  refresh_invalid: "There is no valid refresh token. Log in again.",
  refresh_expired: "The refresh token has expired. Log in again.",
  refresh_reused:
    "A refresh token was used twice, so this device was signed out as a precaution. Log in again.",
  csrf_rejected: "This request did not come from one of our own pages, so nothing was changed.",
  forbidden: "This account may not do that.",
  not_found: "There is nothing here.",
  method_not_allowed: "This address does not take that method.",
  email_taken: "An account with this email already exists. Log in instead.",
  last_admin: "This is the last administrator. Make somebody else one first.",
  payload_too_large: "The request body is larger than 64 KiB.",
  unsupported_media_type: "Send JSON or a form.",
  validation_failed: "Some of this needs another look.",
  rate_limited: "Too many attempts. Wait a moment and try again.",
  internal_error: "Something went wrong on our side. Nothing was lost; try again.",
  overloaded: "The server is busy right now. Try again in a few seconds.",
  storage_unavailable:
    "The database does not answer right now. Nobody was signed out; try again in a few seconds.",
} as const satisfies Record<FailureCode, string>;

const TITLE: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

// A credential came and was refused (RFC 6750 section 3.1); the others are refusals for want of one.
const BAD_TOKEN: ReadonlySet<FailureCode> = new Set([
  "credential_invalid",
  "token_expired",
  "session_expired",
  "session_ended",
  "refresh_invalid",
  "refresh_expired",
  "refresh_reused",
]);

/** For a 503 that does not know better. */
export const RETRY_AFTER_SECONDS = 5;

export const messageOf = (failure: Failure): string => failure.detail ?? MESSAGE[failure.code];

export function problemResponse(failure: Failure, more: { requestId: string }): Response {
  noteRefusal(failure.code);
  const status = STATUS[failure.code];
  const headers = new Headers({ "content-type": "application/problem+json" });
  if (status === 401) {
    headers.set("www-authenticate", BAD_TOKEN.has(failure.code) ? 'Bearer error="invalid_token"' : "Bearer");
  }
  const retryAfter = failure.retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined);
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  const body = {
    type: "about:blank",
    title: TITLE[status],
    status,
    code: failure.code,
    detail: messageOf(failure),
    ...(failure.errors ? { errors: failure.errors } : {}),
    ...(failure.code === "internal_error" ? { requestId: more.requestId } : {}),
  };
  return new Response(JSON.stringify(body), { status, headers });
}

export function withCookies(response: Response, changes: CookieChange<CookieName>[], now: Date): Response {
  for (const change of changes) response.headers.append("set-cookie", setCookieHeader(change, now));
  return response;
}

export const seeOther = (location: string): Response =>
  new Response(null, { status: 303, headers: { location } });

/** For answers after which this browser has no business with what it stored of us. */
export const CLEAR_SITE_DATA = { "clear-site-data": '"cache", "storage"' };
