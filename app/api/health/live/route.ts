/** Whether the process answers at all: asks nothing of the database, so that an outage there restarts nobody. */
import { instance } from "@/lib/accounts/instances";
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async () => Response.json({ status: "ok", instance: instance().id })),
});
