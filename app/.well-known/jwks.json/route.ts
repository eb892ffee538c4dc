import { answering } from "@/lib/http/exchange";
import { keySetResponse } from "@/lib/http/key-set";
import { methods } from "@/lib/http/methods";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async ({ now }) => keySetResponse(now)),
});

export const dynamic = "force-dynamic";
