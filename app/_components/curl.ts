/** Requests as lines for a terminal. */
import { env } from "@/lib/core/env";

type Request = {
  method: string;
  path: string;
  body?: Record<string, unknown>;
  /** What to do with the file that holds the cookies: `save` by what logs in, `send` by what needs it. */
  jar?: "save" | "send" | "both";
};

export function curl({ method, path, body, jar }: Request): string {
  const implied = body ? "POST" : "GET";
  const parts = [
    "curl",
    quoted(env().appUrl + path),
    method !== implied && `-X ${method}`,
    (jar === "send" || jar === "both") && "-b cookies.txt",
    (jar === "save" || jar === "both") && "-c cookies.txt",
    // On a line of its own, so that most screens hold it.
    body && `\\\n  -H 'content-type: application/json' -d ${quoted(JSON.stringify(body))}`,
  ];
  return parts.filter(Boolean).join(" ");
}

/** For a POSIX shell; left bare where that is safe. */
const quoted = (text: string): string =>
  /^[\w:/.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
