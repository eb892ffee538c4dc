/** The one door of the API: who may come in, from where, with what body, and how the answer goes back to a client or a form. */
import type { NextRequest } from "next/server";
import type { z } from "zod";
import { authenticate } from "@/lib/auth/authenticate";
import type { Carrier, CookieChange, Principal, Verdict } from "@/lib/auth/contract";
import type { Visit } from "@/lib/accounts/visit";
import type { CookieName } from "@/lib/core/cookie-names";
import { failure, type Failure, type FieldErrors } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";
import { isStorageFailure } from "@/lib/db/client";
import { readBody } from "./body";
import { answering, type Exchange } from "./exchange";
import { answerForm, answerJson, type BackTo } from "./answer";
import { originOf } from "./peer";
import { allowedCorsOrigin, comesFromOurPages } from "./same-origin";

export type Access = "anyone" | "caller";

/** A refusal, and what it means for the cookies that came with the request. */
export type Refusal = Failure & { cookies?: CookieChange<CookieName>[] };

export type Reply = {
  /** 200 unless given. */
  status?: number;
  body?: unknown;
  /** In place of `body`, for an answer that is made while it is sent. */
  stream?: ReadableStream<Uint8Array>;
  cookies?: CookieChange<CookieName>[];
  headers?: Record<string, string>;
  /** One sentence for the page that a form lands on. */
  notice?: string;
  /** Where a form goes on to, in place of what its `FormSpec` says. */
  lands?: string;
};

export const JSON_LINES = {
  "content-type": "application/jsonl",
  "content-disposition": 'attachment; filename="events.jsonl"',
};

export type Fields = Record<string, unknown>;

/** Where a form post goes: back to the `page` that holds it, or on to where success `lands`. */
export type FormSpec = {
  id: string;
  page: (fields: Fields, params: Params) => string;
  lands: (fields: Fields, params: Params) => string;
};

export type Params = Record<string, string>;

export type Context<Input, A extends Access> = {
  input: Input;
  visit: Visit;
  params: Params;
  request: NextRequest;
  caller: A extends "caller" ? Principal : null;
};

export type Operation<Schema extends z.ZodType, A extends Access> = {
  /** Judges the body, or the query of a GET. */
  input: Schema;
  form?: FormSpec;
  run(context: Context<z.output<Schema>, A>): Promise<Result<Reply, Refusal>>;
};

export type Door<A extends Access> = {
  access: A;
  /** Whether a bearer header decides; by default on every route that needs a caller. */
  readsBearer?: boolean;
  /** No body at all is read as an empty object. */
  bodyMayBeEmpty?: boolean;
  /** True where a body asks for neither cookies to be read nor set, so that origins in CORS_ORIGINS may send it. */
  cookieless?: (fields: Fields) => boolean;
};

type RouteContext = { params: Promise<Record<string, string | string[] | undefined> | undefined> };
export type Handler = (request: NextRequest, context: RouteContext) => Promise<Response>;

/** A handler for one operation. */
export const route = <Schema extends z.ZodType, A extends Access>(
  options: Door<A> & Operation<Schema, A>,
): Handler => serve(options, () => ok(options as unknown as AnyOperation));

/** A handler for form posts that name one of several operations in the field `intent` (http-contract.md section 1). */
export const formIntents = <A extends Access>(
  door: Door<A>,
  // Each operation has an input type of its own; what is looked up by name cannot keep it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  operations: Record<string, Operation<any, A>>,
): Handler =>
  serve(door, (fields, isForm) => {
    if (!isForm) return err(failure("unsupported_media_type", { detail: "This method takes a form only." }));
    const name = typeof fields.intent === "string" ? fields.intent : "";
    if (Object.hasOwn(operations, name)) return ok(operations[name] as unknown as AnyOperation);
    return err(
      failure("validation_failed", { errors: { intent: [`Send ${Object.keys(operations).join(" or ")}.`] } }),
    );
  });

type AnyOperation = Operation<z.ZodType, Access>;
type Choose = (fields: Fields, isForm: boolean) => Result<AnyOperation, Failure>;

const serve =
  (door: Door<Access>, choose: Choose): Handler =>
  (request, { params }) =>
    answering(request, async (exchange) => {
      const { backTo, result } = await handle(door, choose, request, plainParams(await params), exchange);
      return backTo ? answerForm(result, backTo, exchange) : answerJson(result, request, exchange);
    });

type Outcome = { result: Result<Reply, Refusal>; backTo?: BackTo };

async function handle(
  door: Door<Access>,
  choose: Choose,
  request: NextRequest,
  params: Params,
  exchange: Exchange,
): Promise<Outcome> {
  const bearer = hasBearerHeader(request) && (door.readsBearer ?? door.access === "caller");
  const foreign = UNSAFE.has(request.method) && !bearer && !comesFromOurPages(request.headers);
  const mayBeCookieless = door.cookieless !== undefined && allowedCorsOrigin(request.headers) !== null;
  if (foreign && !mayBeCookieless) return { result: err(failure("csrf_rejected")) };

  // Judged by the header alone, or let in because no cookie counts: cookies that came along are not even looked at.
  const carrier: Carrier =
    bearer || foreign ? { headers: request.headers, cookies: { get: () => undefined } } : request;
  const askedAt = performance.now();
  const verdict = door.access === "caller" ? await authenticate(carrier, exchange.now) : null;
  if (verdict) exchange.authTook(verdict, performance.now() - askedAt);

  const body = UNSAFE.has(request.method)
    ? await readBody(request, door.bodyMayBeEmpty ?? false)
    : ok(queryOf(request));
  // A bad credential is the first thing to say, but where a form is to go back to is only known from its body.
  if (verdict && !verdict.ok && !(body.ok && body.value.isForm))
    return { result: err(credentialRefusal(verdict.failure)) };
  if (!body.ok) return { result: body };
  const fields = isObject(body.value.fields) ? body.value.fields : {};
  if (foreign && !door.cookieless?.(fields)) return { result: err(failure("csrf_rejected")) };

  const chosen = choose(fields, body.value.isForm);
  if (!chosen.ok) return { result: chosen };
  const operation = chosen.value;
  const backTo = body.value.isForm && operation.form ? { form: operation.form, fields, params } : undefined;
  if (verdict && !verdict.ok) return { result: err(credentialRefusal(verdict.failure)), backTo };

  const parsed = operation.input.safeParse(body.value.fields);
  if (!parsed.success)
    return { result: err(failure("validation_failed", { errors: fieldErrors(parsed.error) })), backTo };
  const context = {
    input: parsed.data,
    visit: { now: exchange.now, origin: originOf(request.headers), carrier },
    params,
    request,
    caller: (verdict?.ok ? verdict.value : null) as never,
  };
  try {
    return { result: await operation.run(context), backTo };
  } catch (error) {
    if (!backTo || !isStorageFailure(error)) throw error;
    return { result: err(exchange.judgeFault(error)), backTo };
  }
}

const UNSAFE: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Of a parameter given twice the last counts, as in a body. */
const queryOf = ({ url }: NextRequest) => {
  const query = url.indexOf("?");
  return {
    isForm: false,
    fields: (query < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(query)))) as unknown,
  };
};

const hasBearerHeader = (request: Request) =>
  /^\s*bearer(?![^\s,])/i.test(request.headers.get("authorization") ?? "");

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const credentialRefusal = (refused: Extract<Verdict, { ok: false }>["failure"]): Refusal => ({
  ...failure(refused.code, { retryAfterSeconds: refused.retryAfterSeconds }),
  cookies: refused.badCookie ? [{ name: refused.badCookie, value: null }] : [],
});

function fieldErrors(error: z.ZodError): FieldErrors {
  const errors: FieldErrors = Object.create(null) as FieldErrors;
  for (const issue of error.issues) (errors[String(issue.path[0] ?? "body")] ??= []).push(issue.message);
  return { ...errors };
}

function plainParams(params: Awaited<RouteContext["params"]>): Params {
  // Next hands a route without dynamic segments no params at all.
  const entries = Object.entries(params ?? {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join("/") : (value ?? "")]),
  );
}
