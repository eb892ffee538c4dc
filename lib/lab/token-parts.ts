/** A token taken apart, as far as that is possible: for showing it, in the server and in the browser; believed by nobody. */

export type Json = Record<string, unknown>;

/** The JSON object in a part; null where there is none. */
export function readPart(text: string): Json | null {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

export type TokenParts = {
  header: { text: string; json: Json | null };
  claims: { text: string; json: Json | null };
  /** And whatever follows it, dots too. */
  signature: { text: string };
};

export function takeApart(token: string): TokenParts {
  const [header = "", claims = "", ...rest] = token.split(".");
  return {
    header: { text: header, json: readPart(header) },
    claims: { text: claims, json: readPart(claims) },
    signature: { text: rest.join(".") },
  };
}
