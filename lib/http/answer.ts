/** How an outcome goes back: JSON to a client, a redirect with a flash message to a form. */
import type { Failure } from "@/lib/core/failure";
import type { Result } from "@/lib/core/result";
import { noteRefusal } from "@/lib/trace/request";
import { isFormPost } from "./body";
import type { Exchange } from "./exchange";
import { FLASH_TTL_SECONDS, sealFlash, type Flash } from "./flash";
import { htmlPage } from "./html";
import { MESSAGE, messageOf, problemResponse, seeOther, STATUS, withCookies } from "./respond";
import type { Fields, FormSpec, Params, Refusal, Reply } from "./route";

export type BackTo = { form: FormSpec; fields: Fields; params: Params };

export function answerJson(
  result: Result<Reply, Refusal>,
  request: Request,
  { requestId, now }: Exchange,
): Response {
  if (!result.ok) {
    const { cookies = [], ...refusal } = result.failure;
    noteRefusal(refusal.code);
    const response =
      refusal.code === "csrf_rejected" && isFormPost(request)
        ? htmlPage(STATUS.csrf_rejected, "Nothing was changed", MESSAGE.csrf_rejected)
        : problemResponse(refusal, { requestId });
    return withCookies(response, cookies, now);
  }
  const { status = 200, body, stream = null, cookies = [], headers } = result.value;
  const response = body === undefined ? new Response(stream, { status }) : Response.json(body, { status });
  for (const [name, value] of Object.entries(headers ?? {})) response.headers.set(name, value);
  return withCookies(response, cookies, now);
}

export async function answerForm(
  result: Result<Reply, Refusal>,
  backTo: BackTo,
  { now }: Exchange,
): Promise<Response> {
  const { form, fields, params } = backTo;
  if (!result.ok) {
    const { cookies = [], ...refusal } = result.failure;
    noteRefusal(refusal.code);
    const page = form.page(fields, params);
    const response = withCookies(seeOther(wayBack(refusal, page)), cookies, now);
    return withFlash(response, pageFor(refusal, page), refusedFlash(form, fields, refusal), now);
  }
  const { cookies = [], headers, notice } = result.value;
  const landing = result.value.lands ?? form.lands(fields, params);
  const response = withCookies(seeOther(landing), cookies, now);
  for (const [name, value] of Object.entries(headers ?? {})) response.headers.set(name, value);
  return notice
    ? withFlash(response, landing, { form: form.id, notice }, now)
    : withCookies(response, [{ name: "flash", value: null }], now);
}

/** Someone who is not signed in any more goes by the log-in page, or by the silent renewal. */
function wayBack(refusal: Failure, page: string): string {
  const next = encodeURIComponent(page);
  if (refusal.code === "token_expired") return `/api/auth/refresh?next=${next}`;
  return SIGNED_OUT.has(refusal.code) ? `/login?next=${next}` : page;
}

const pageFor = (refusal: Failure, page: string) => (SIGNED_OUT.has(refusal.code) ? "/login" : page);

const SIGNED_OUT: ReadonlySet<string> = new Set([
  "unauthenticated",
  "credential_invalid",
  "session_expired",
  "session_ended",
]);

function refusedFlash(form: FormSpec, fields: Fields, refusal: Failure): Flash {
  const message =
    refusal.code === "token_expired"
      ? "Your sign-in had run out and was renewed. Nothing was changed yet: please send this again."
      : messageOf(refusal);
  return { form: form.id, code: refusal.code, message, errors: refusal.errors, values: typedValues(fields) };
}

/** What was typed, but never a password or a token. */
function typedValues(fields: Fields): Record<string, string> {
  const typed = Object.entries(fields).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === "string" && !/password|token/i.test(entry[0]) && entry[0] !== "intent",
  );
  return Object.fromEntries(typed);
}

async function withFlash(response: Response, page: string, flash: Flash, now: Date): Promise<Response> {
  const value = await sealFlash(page.split(/[?#]/)[0] ?? page, flash);
  const expiresAt = new Date(now.getTime() + FLASH_TTL_SECONDS * 1000);
  return withCookies(response, [{ name: "flash", value, expiresAt }], now);
}
