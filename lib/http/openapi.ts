/** The OpenAPI 3.1 document, generated from the schemas that validate requests and describe answers. */
import { z } from "zod";
import {
  deletionInput,
  logInInput,
  logOutAllInput,
  modeInput,
  passwordInput,
  profileInput,
  refreshInput,
  roleInput,
  signUpInput,
  usersQuery,
} from "@/lib/accounts/input";
import { env } from "@/lib/core/env";
import type { FailureCode } from "@/lib/core/failure";
import * as output from "./output";
import { MESSAGE, STATUS } from "./respond";

type Needs = "nobody" | "credential" | "refresh token";

type Described = {
  summary: string;
  description?: string;
  tag: "Accounts" | "Sessions" | "Administration" | "Keys and health";
  needs: Needs;
  /** What the id in the path names. */
  id?: string;
  /** JSON body, or the same fields as a form. */
  body?: z.ZodType;
  query?: z.ZodObject;
  success: { status: number; description: string; schema?: z.ZodType; type?: string };
  refusals?: FailureCode[];
};

const CREDENTIAL: FailureCode[] = [
  "unauthenticated",
  "credential_invalid",
  "token_expired",
  "session_expired",
  "session_ended",
];
const UNSAFE: FailureCode[] = ["csrf_rejected"];
const BODY: FailureCode[] = ["invalid_json", "payload_too_large", "unsupported_media_type"];
const PASSWORD: FailureCode[] = ["invalid_credentials", "rate_limited", "overloaded"];

/** Every operation, by path and method. */
const OPERATIONS: Record<string, Record<string, Described>> = {
  "/api/auth/signup": {
    post: {
      summary: "Open an account and sign in",
      description: 'With transport "bearer" the tokens are in the answer and no cookie is set.',
      tag: "Accounts",
      needs: "nobody",
      body: signUpInput,
      success: { status: 201, description: "The account and its credential.", schema: output.credential },
      refusals: ["email_taken", "validation_failed", "rate_limited", "overloaded"],
    },
  },
  "/api/auth/login": {
    post: {
      summary: "Sign in",
      description: "A wrong password and an unknown email read the same and take the same time.",
      tag: "Accounts",
      needs: "nobody",
      body: logInInput,
      success: { status: 200, description: "The account and its credential.", schema: output.credential },
      refusals: ["validation_failed", ...PASSWORD],
    },
  },
  "/api/auth/refresh": {
    post: {
      summary: "Renew a JWT device session",
      description:
        "The refresh token comes as a cookie or in the body, and its successor goes back the same way. Any number of parallel renewals with one token get the same successor.",
      tag: "Accounts",
      needs: "refresh token",
      body: refreshInput,
      success: { status: 200, description: "The account and its new credential.", schema: output.credential },
      refusals: [
        "validation_failed",
        "refresh_invalid",
        "refresh_expired",
        "refresh_reused",
        "session_ended",
        "rate_limited",
      ],
    },
    get: {
      summary: "Renew silently and go on to a page",
      tag: "Accounts",
      needs: "refresh token",
      query: z.object({ next: z.string().optional().describe("A path on this origin.") }),
      success: { status: 303, description: "To `next` with new cookies, or to the log-in page." },
    },
  },
  "/api/auth/logout": {
    post: {
      summary: "Sign this device out",
      description: "Revokes on the server and clears the cookies; the same when there is nothing to end.",
      tag: "Sessions",
      needs: "nobody",
      success: { status: 204, description: "Done." },
    },
  },
  "/api/auth/logout-all": {
    post: {
      summary: "Sign every device out",
      tag: "Sessions",
      needs: "credential",
      body: logOutAllInput,
      success: { status: 200, description: "How many ended.", schema: output.ended },
      refusals: ["validation_failed"],
    },
  },
  "/api/auth/sessions": {
    get: {
      summary: "List the signed-in devices",
      tag: "Sessions",
      needs: "credential",
      success: { status: 200, description: "The one last seen first.", schema: output.deviceSessions },
    },
  },
  "/api/auth/sessions/{id}": {
    delete: {
      summary: "Sign one device out",
      tag: "Sessions",
      needs: "credential",
      id: "A device session of the caller's.",
      success: { status: 204, description: "Done." },
      refusals: ["not_found"],
    },
  },
  "/api/auth/mode": {
    post: {
      summary: "Switch this device, and the account's preference, to another mode",
      description: "Ends the device session and starts a new one under a new id.",
      tag: "Sessions",
      needs: "credential",
      body: modeInput,
      success: { status: 200, description: "The credential of the new mode.", schema: output.credential },
      refusals: ["validation_failed"],
    },
  },
  "/api/auth/password": {
    post: {
      summary: "Change the password",
      description: "This device gets a new credential; every other device is signed out.",
      tag: "Accounts",
      needs: "credential",
      body: passwordInput,
      success: { status: 200, description: "The new credential.", schema: output.credential },
      refusals: ["validation_failed", ...PASSWORD],
    },
  },
  "/api/me": {
    get: {
      summary: "Who is calling",
      tag: "Accounts",
      needs: "credential",
      success: { status: 200, description: "The account and this device session.", schema: output.account },
    },
    patch: {
      summary: "Rename the account",
      tag: "Accounts",
      needs: "credential",
      body: profileInput,
      success: { status: 200, description: "The account as it is now.", schema: output.account },
      refusals: ["validation_failed"],
    },
    delete: {
      summary: "Delete the account and all that belongs to it",
      tag: "Accounts",
      needs: "credential",
      body: deletionInput,
      success: { status: 204, description: "Gone." },
      refusals: ["validation_failed", "last_admin", ...PASSWORD],
    },
  },
  "/api/me/events": {
    get: {
      summary: "Export the account's security events",
      tag: "Accounts",
      needs: "credential",
      success: {
        status: 200,
        description: "A JSON document a line, newest first.",
        schema: output.event,
        type: "application/jsonl",
      },
    },
  },
  "/api/admin/users": {
    get: {
      summary: "List people",
      tag: "Administration",
      needs: "credential",
      query: usersQuery,
      success: { status: 200, description: "Newest first.", schema: output.users },
      refusals: ["forbidden", "validation_failed"],
    },
  },
  "/api/admin/users/{id}": {
    patch: {
      summary: "Change a person's role",
      tag: "Administration",
      needs: "credential",
      id: "The person's account.",
      body: roleInput,
      success: { status: 200, description: "The account as it is now.", schema: output.oneUser },
      refusals: ["forbidden", "not_found", "last_admin", "validation_failed"],
    },
    delete: {
      summary: "Delete a person's account",
      tag: "Administration",
      needs: "credential",
      id: "The person's account.",
      success: { status: 204, description: "Gone." },
      refusals: ["forbidden", "not_found", "last_admin"],
    },
  },
  "/api/admin/users/{id}/sessions": {
    delete: {
      summary: "Sign all of a person's devices out",
      tag: "Administration",
      needs: "credential",
      id: "The person's account.",
      success: { status: 200, description: "How many ended.", schema: output.ended },
      refusals: ["forbidden", "not_found"],
    },
  },
  "/api/admin/events": {
    get: {
      summary: "Export everybody's security events",
      tag: "Administration",
      needs: "credential",
      success: {
        status: 200,
        description: "A JSON document a line, newest first.",
        schema: output.event,
        type: "application/jsonl",
      },
      refusals: ["forbidden"],
    },
  },
  "/.well-known/jwks.json": {
    get: {
      summary: "Public keys of access tokens",
      tag: "Keys and health",
      needs: "nobody",
      success: { status: 200, description: "A JWK Set (RFC 7517).", schema: output.keySet },
    },
  },
  "/api/openapi.json": {
    get: {
      summary: "This document",
      tag: "Keys and health",
      needs: "nobody",
      success: { status: 200, description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) },
    },
  },
  "/api/health/live": {
    get: {
      summary: "Whether the process answers",
      tag: "Keys and health",
      needs: "nobody",
      success: { status: 200, description: "It does.", schema: output.alive },
    },
  },
  "/api/health/ready": {
    get: {
      summary: "Whether the process can do its work",
      description:
        "503 with the same body without its database; 503 with `status` draining and `instance` alone once it has been told to end.",
      tag: "Keys and health",
      needs: "nobody",
      success: { status: 200, description: "It can.", schema: output.readiness },
    },
  },
};

export type OpenApiSchema = { [key: string]: unknown };
export type OpenApiParameter = {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: OpenApiSchema;
};
export type OpenApiOperation = {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: OpenApiParameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: OpenApiSchema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: OpenApiSchema }> }>;
};
export type OpenApiDocument = {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, OpenApiSchema>; securitySchemes: Record<string, object> };
};

/** `appUrl` is the origin the API is served from. */
export function openApiDocument(appUrl: string): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  for (const [path, operations] of Object.entries(OPERATIONS)) {
    paths[path] = Object.fromEntries(
      Object.entries(operations).map(([method, described]) => [method, operation(path, method, described)]),
    );
  }
  return withSharedShapes({
    openapi: "3.1.0",
    info: {
      title: "Halfstate",
      version: "1",
      description:
        "Sessions and JWTs behind one API. Clients switch on `code` of a problem, never on its text. Bodies are JSON, or the same fields as a form.",
    },
    servers: [{ url: appUrl }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(output.problem, "output") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "at+jwt" },
        accessCookie: { type: "apiKey", in: "cookie", name: "access" },
        sessionCookie: { type: "apiKey", in: "cookie", name: "session" },
        refreshCookie: { type: "apiKey", in: "cookie", name: "refresh" },
      },
    },
  });
}

/** Moves the named shapes from beside each schema that uses them to where references find them from the document's root. */
function withSharedShapes(document: OpenApiDocument): OpenApiDocument {
  const shapes: Record<string, OpenApiSchema> = {};
  const text = JSON.stringify(document).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
  const { components, ...rest } = JSON.parse(text, (key, value: OpenApiSchema) => {
    if (key !== "$defs") return value;
    Object.assign(shapes, value);
    return undefined;
  }) as OpenApiDocument;
  return { ...rest, components: { ...components, schemas: shapes } };
}

function operation(path: string, method: string, described: Described): OpenApiOperation {
  const { summary, description, tag, needs, id, body, query, success } = described;
  const isUnsafe = method !== "get";
  const refusals = [
    ...(needs === "credential" ? CREDENTIAL : []),
    ...(isUnsafe ? UNSAFE : []),
    ...(isUnsafe ? BODY : []),
    ...(described.refusals ?? []),
    "internal_error" as const,
    "storage_unavailable" as const,
  ];
  const parameters = [...pathParameters(path, id), ...queryParameters(query)];
  return {
    operationId: `${method}${path.replace(/[^A-Za-z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(description ? { description } : {}),
    tags: [tag],
    security: SECURITY[needs],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(body) } : {}),
    responses: { [success.status]: successResponse(success), ...refusalResponses(refusals) },
  };
}

const SECURITY: Record<Needs, Record<string, string[]>[]> = {
  nobody: [],
  credential: [{ bearer: [] }, { accessCookie: [] }, { sessionCookie: [] }],
  // The token may also be in the body, which OpenAPI has no word for.
  "refresh token": [{ refreshCookie: [] }, {}],
};

const pathParameters = (path: string, description?: string): OpenApiParameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
  }));

function queryParameters(query: z.ZodObject | undefined): OpenApiParameter[] {
  if (!query) return [];
  const { properties = {} } = jsonSchema(query, "input") as { properties?: Record<string, OpenApiSchema> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: false,
    description: description as string | undefined,
    schema,
  }));
}

function requestBody(body: z.ZodType) {
  const schema = jsonSchema(body, "input");
  const required = Array.isArray(schema.required) && schema.required.length > 0;
  return {
    required,
    content: { "application/json": { schema }, "application/x-www-form-urlencoded": { schema } },
  };
}

function successResponse({ description, schema, type = "application/json" }: Described["success"]) {
  return schema
    ? { description, content: { [type]: { schema: jsonSchema(schema, "output") } } }
    : { description };
}

function refusalResponses(codes: FailureCode[]) {
  const byStatus = new Map<number, FailureCode[]>();
  for (const code of new Set(codes))
    byStatus.set(STATUS[code], [...(byStatus.get(STATUS[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${MESSAGE[code]}`).join("\n"),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): OpenApiSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    // What has no name of its own is written out where it is used: a reader should not have to jump.
    reused: "inline",
  });
  return rest;
}

/** The document of this deployment. */
export const ownDocument = (): OpenApiDocument => openApiDocument(env().appUrl);
