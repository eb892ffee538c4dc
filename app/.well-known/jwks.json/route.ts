import { publicKeySet } from "@/lib/auth/keys.edge";
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) =>
    answering(request, async ({ now }) => {
      const response = Response.json(publicKeySet(now));
      // Public keys are for every origin and every cache; a rotated key stays published longer than this.
      response.headers.set("cache-control", "public, max-age=300");
      response.headers.set("access-control-allow-origin", "*");
      response.headers.set("cross-origin-resource-policy", "cross-origin");
      return response;
    }),
});

export const dynamic = "force-dynamic";
