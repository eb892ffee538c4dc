/** The caller's live device sessions, whatever their mode. */
import { listDeviceSessions } from "@/lib/accounts/device-sessions";
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: route({
    access: "caller",
    input: nothing,
    run: async ({ caller, visit }) => ok({ body: { sessions: await listDeviceSessions(caller, visit.now) } }),
  }),
});
