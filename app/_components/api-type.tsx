import type { ReactNode } from "react";

import type { Schema } from "./api-document";

/** The type of a field in words. */
export function ApiType({ schema }: { schema: Schema }): ReactNode {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return joined(choices.map((choice, at) => <ApiType key={at} schema={choice} />));
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.items) {
    return (
      <>
        list of <ApiType schema={schema.items} />
      </>
    );
  }
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["anything"]);
  return types.map((type) => FORMATS[schema.format ?? ""] ?? type).join(" or ");
}

const FORMATS: Record<string, string> = {
  email: "email",
  password: "password",
  "date-time": "date and time",
  uri: "URL",
};

const joined = (parts: ReactNode[]): ReactNode =>
  parts.flatMap((part, at) => (at === 0 ? [part] : [" or ", part]));
