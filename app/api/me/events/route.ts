/** The caller's own security events, as JSON lines. */
import { exportEvents } from "@/lib/accounts/activity";
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { methods } from "@/lib/http/methods";
import { JSON_LINES, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: route({
    access: "caller",
    input: nothing,
    async run({ caller }) {
      const exported = await exportEvents(caller, "own");
      return exported.ok ? ok({ stream: exported.value, headers: JSON_LINES }) : exported;
    },
  }),
});
