/** The API as an OpenAPI 3.1 document, made of the schemas that judge its requests. */
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";
import { ownDocument } from "@/lib/http/openapi";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async () => Response.json(ownDocument())),
});
