/** The OpenAPI document against the routes and schemas it is made of. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { openApiDocument } from "@/lib/http/openapi";

const document = openApiDocument("https://app.example.com");
const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route, method, operation })),
);

test("every route file is in the document, and nothing else is", () => {
  const app = path.resolve(import.meta.dirname, "../../app");
  const routes = readdirSync(app, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("route.ts") && !file.includes("[["))
    // The Lab's experiments are for its pages, and the metrics for whoever operates it; what clients build on is the contract.
    .filter((file) => !file.startsWith("api/lab/") && file !== "metrics/route.ts")
    .map((file) => `/${path.dirname(file)}`.replace(/\[(\w+)\]/g, "{$1}"));
  expect(Object.keys(document.paths).sort()).toEqual(routes.sort());
});

test("operation ids are unique", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("what must be sent is read off the schema that validates", () => {
  const body = document.paths["/api/auth/signup"]?.post?.requestBody?.content["application/json"]?.schema;
  expect(body).toMatchObject({ type: "object", required: ["email", "password"] });
  expect(Object.keys(body?.properties as object)).toEqual(
    expect.arrayContaining(["email", "password", "name", "mode", "transport"]),
  );
});

test("a route that needs a credential says so, and which refusals that brings", () => {
  const me = document.paths["/api/me"]?.get;
  expect(me?.security).toEqual([{ bearer: [] }, { accessCookie: [] }, { sessionCookie: [] }]);
  for (const code of [
    "unauthenticated",
    "credential_invalid",
    "token_expired",
    "session_expired",
    "session_ended",
  ]) {
    expect(me?.responses["401"]?.description).toContain(`\`${code}\``);
  }
});

test("every reference leads somewhere from the root of the document", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to!);
  const reached = (reference: string) =>
    reference
      .slice("#/".length)
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    expect(reference).toMatch(/^#\//);
    expect(reached(reference), reference).toMatchObject({ type: "object" });
  }
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(["Account", "Credential", "DeviceSession", "Event", "ListedUser", "Problem"]),
  );
  expect(JSON.stringify(document)).not.toContain("$defs");
});

test("every field that may be sent says what it is for", () => {
  const fields = operations.flatMap(({ route, method, operation }) => {
    const inBody = Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
      Object.entries(schema.properties as Record<string, { description?: string }>),
    );
    const inAddress = (operation.parameters ?? []).map((parameter) => [parameter.name, parameter] as const);
    return [...inBody, ...inAddress].map(([name, { description }]) => ({
      name: `${method} ${route}: ${name}`,
      description,
    }));
  });
  expect(fields.length).toBeGreaterThan(30);
  expect(fields.filter(({ description }) => !description?.endsWith("."))).toEqual([]);
});
