import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";
import { ownDocument } from "@/lib/http/openapi";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async () => Response.json(ownDocument())),
});
