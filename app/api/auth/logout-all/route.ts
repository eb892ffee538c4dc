/** Ends all device sessions of the caller, or all but this one. */
import { endAllDeviceSessions } from "@/lib/accounts/device-sessions";
import { logOutAllInput } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { farewell } from "@/lib/http/farewell";
import { endAllForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "caller",
    bodyMayBeEmpty: true,
    input: logOutAllInput,
    form: endAllForm,
    async run({ input: { keepCurrent = false }, caller, visit }) {
      const ended = await endAllDeviceSessions(caller, keepCurrent, visit);
      if (!keepCurrent) return ok({ body: { ended }, ...farewell() });
      return ok({
        body: { ended },
        notice: ended === 1 ? "Signed out 1 other device." : `Signed out ${ended} other devices.`,
      });
    },
  }),
});
