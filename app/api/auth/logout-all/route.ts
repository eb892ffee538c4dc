import { endAllDeviceSessions } from "@/lib/accounts/device-sessions";
import { logOutAllInput } from "@/lib/accounts/input";
import { clearedCookies } from "@/lib/auth/authenticate";
import { ok } from "@/lib/core/result";
import { endAllForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { CLEAR_SITE_DATA } from "@/lib/http/respond";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "caller",
    bodyMayBeEmpty: true,
    input: logOutAllInput,
    form: endAllForm,
    async run({ input: { keepCurrent = false }, caller, visit }) {
      const ended = await endAllDeviceSessions(caller, keepCurrent, visit);
      if (!keepCurrent) return ok({ body: { ended }, cookies: clearedCookies(), headers: CLEAR_SITE_DATA });
      return ok({
        body: { ended },
        notice: ended === 1 ? "Signed out 1 other device." : `Signed out ${ended} other devices.`,
      });
    },
  }),
});
