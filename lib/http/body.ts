/** Reads a request body once, with its limits: JSON or a form, at most 64 KiB, into a plain object of unknowns. */
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";

const MAX_BYTES = 64 * 1024;

/** `fields` is not yet judged: JSON may be any value. `isForm` decides what the answer looks like. */
export type Body = { isForm: boolean; fields: unknown };

const FORM_TYPE = "application/x-www-form-urlencoded";

export const isFormPost = (request: Request): boolean => mediaType(request) === FORM_TYPE;

/** An empty body is an empty object where `mayBeEmpty`. */
export async function readBody(request: Request, mayBeEmpty: boolean): Promise<Result<Body, Failure>> {
  if (request.headers.has("content-encoding")) {
    return err(failure("unsupported_media_type", { detail: "Send the body without a Content-Encoding." }));
  }
  const bytes = await readLimited(request).catch(() => "broken off" as const);
  // The client went away in the middle: nobody reads the answer, and it is no fault of ours to be logged.
  if (bytes === "broken off") return err(failure("invalid_json"));
  if (!bytes) return err(failure("payload_too_large"));
  const type = mediaType(request);
  if (bytes.length === 0 && (mayBeEmpty || type === null))
    return ok({ isForm: type === FORM_TYPE, fields: {} });
  if (type !== "application/json" && type !== FORM_TYPE) return err(failure("unsupported_media_type"));

  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (type === "application/json") return ok({ isForm: false, fields: JSON.parse(text) as unknown });
    // Of a field given twice the last counts, as in JSON.
    return ok({ isForm: true, fields: Object.fromEntries(new URLSearchParams(text)) });
  } catch {
    return err(failure("invalid_json"));
  }
}

function mediaType(request: Request): string | null {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() || null;
}

/** Null beyond the limit; never holds more than the limit, whatever Content-Length claims. */
async function readLimited(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BYTES) return null;
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
