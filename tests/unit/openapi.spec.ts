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
    // The Lab's experiments are for its pages; what clients build on is the contract.
    .filter((file) => !file.startsWith("api/lab/"))
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

test("every reference leads somewhere", () => {
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(references.length).toBeGreaterThan(0);
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
});
