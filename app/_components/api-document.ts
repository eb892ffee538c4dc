/** What the reference page reads of an OpenAPI 3.1 document. */

export type Schema = {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  description?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  oneOf?: readonly Schema[];
  anyOf?: readonly Schema[];
};

type Content = Record<string, { schema?: Schema }>;

export type Operation = {
  summary?: string;
  description?: string;
  tags?: readonly string[];
  security?: readonly Record<string, readonly string[]>[];
  parameters?: readonly Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Response>;
};

export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
};

export type Response = { description?: string; content?: Content };

export type ApiDocument = {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

/** One field of a request or of a schema, ready to be shown. */
export type FieldRow = {
  name: string;
  place?: string;
  schema: Schema;
  required: boolean;
  description?: string;
};

export type Described = { id: string; method: string; path: string; operation: Operation };

/** Every operation under its first tag, in the order of the document. */
export function byTag({ paths }: ApiDocument): [string, Described[]][] {
  const groups = new Map<string, Described[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [name, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "Other";
      const method = name.toUpperCase();
      groups.set(tag, [
        ...(groups.get(tag) ?? []),
        { id: anchor(`${name} ${path}`), method, path, operation },
      ]);
    }
  }
  return [...groups];
}

/** "post /api/auth/login" is at #post-api-auth-login. */
export const anchor = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** The schema with what it refers to written out. */
export function inlined(schema: Schema, document: ApiDocument): Schema {
  const named = document.components?.schemas?.[schema.$ref?.replace("#/components/schemas/", "") ?? ""];
  if (named) return inlined(named, document);
  const { properties, items } = schema;
  const inside = (part: Schema) => inlined(part, document);
  return {
    ...schema,
    ...(items && { items: inside(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inside(part)])),
    }),
  };
}

/** Parameters first, then the body's fields, those that are required before the rest. */
export function requestFields(
  { parameters = [], requestBody }: Operation,
  document: ApiDocument,
): FieldRow[] {
  const inAddress = parameters.map(({ name, in: place, required = false, description, schema = {} }) => ({
    name,
    place,
    schema,
    required,
    description,
  }));
  const body = requestBody && jsonOf(requestBody.content);
  return [...inAddress, ...(body ? schemaFields(inlined(body, document)) : [])];
}

export function schemaFields({ properties = {}, required = [] }: Schema): FieldRow[] {
  const fields = Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name),
    description: schema.description,
  }));
  return fields.sort((a, b) => Number(b.required) - Number(a.required));
}

/** What an answer holds down to its plain values: "session.mode", "users[].email". */
export function leaves(schema: Schema, name = "", required = true): FieldRow[] {
  if (schema.items?.properties) return leaves(schema.items, `${name}[]`, required);
  if (!schema.properties) return name === "" ? [] : [{ name, schema, required }];
  return Object.entries(schema.properties).flatMap(([key, property]) =>
    leaves(property, name === "" ? key : `${name}.${key}`, required && (schema.required ?? []).includes(key)),
  );
}

export const jsonOf = (content: Content | undefined): Schema | undefined =>
  Object.entries(content ?? {}).find(([type]) => /json/.test(type))?.[1].schema;

/** A reason for a refusal: the stable code, and what a person reads. */
export type Code = { code: string; says: string };

/** The document describes a refusal by a line for each of its codes: "`code`: sentence". */
export function codesOf({ description = "" }: Response): Code[] {
  return description.split("\n").flatMap((line) => {
    const [, code, says] = /^`(\w+)`: (.*)$/.exec(line) ?? [];
    return code && says ? [{ code, says }] : [];
  });
}

/** Every code of the document once, with the status it comes with. */
export function allCodes({ paths }: ApiDocument): (Code & { status: string })[] {
  const found = new Map<string, Code & { status: string }>();
  for (const { responses } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, response] of Object.entries(responses)) {
      for (const one of codesOf(response)) found.set(one.code, { ...one, status });
    }
  }
  return [...found.values()].sort((a, b) => a.status.localeCompare(b.status) || a.code.localeCompare(b.code));
}

/** A body that would do: the required fields, each with an example. */
export function exampleBody(
  operation: Operation,
  document: ApiDocument,
): Record<string, unknown> | undefined {
  const schema = operation.requestBody && jsonOf(operation.requestBody.content);
  if (!schema) return undefined;
  const fields = schemaFields(inlined(schema, document)).filter(({ required }) => required);
  return Object.fromEntries(fields.map(({ name, schema }) => [name, exampleOf(name, schema)]));
}

function exampleOf(name: string, schema: Schema): unknown {
  const given = schema.example ?? schema.examples?.[0] ?? schema.default ?? schema.const ?? schema.enum?.[0];
  if (given !== undefined) return given;
  if (schema.type === "boolean") return true;
  if (schema.type === "integer" || schema.type === "number") return 1;
  return name === "email" ? "ada@example.com" : "…";
}
