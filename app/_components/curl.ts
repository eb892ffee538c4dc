/** Requests as lines for a terminal. */
import { env } from "@/lib/core/env";

type Request = {
  method: string;
  path: string;
  body?: Record<string, unknown>;
  /** The file that holds the cookies: written to by what logs in, sent by what needs it. */
  jar?: "save" | "send";
  /** A bearer header in place of cookies. */
  bearer?: boolean;
};

export function curl({ method, path, body, jar, bearer }: Request): string {
  const implied = body ? "POST" : "GET";
  const parts = [
    "curl",
    method !== implied && `-X ${method}`,
    jar === "save" && "-c cookies.txt",
    jar === "send" && "-b cookies.txt",
    bearer && '-H "authorization: Bearer $ACCESS_TOKEN"',
    body && "-H 'content-type: application/json'",
    body && `-d ${quoted(JSON.stringify(body))}`,
    quoted(env().appUrl + path),
  ];
  return parts.filter(Boolean).join(" ");
}

/** For a POSIX shell; left bare where that is safe. */
const quoted = (text: string): string =>
  /^[\w:/.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
