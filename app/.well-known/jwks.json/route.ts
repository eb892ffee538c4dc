/** The public keys of our access tokens, for whoever verifies them without asking us (RFC 7517). */
import { answering } from "@/lib/http/exchange";
import { keySetResponse } from "@/lib/http/key-set";
import { methods } from "@/lib/http/methods";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) => answering(request, async ({ now }) => keySetResponse(now)),
});

export const dynamic = "force-dynamic";
