import { instance } from "@/lib/accounts/instances";
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async () => Response.json({ status: "ok", instance: instance().id })),
});
