/** Ends one of the caller's device sessions. */
import { endDeviceSession } from "@/lib/accounts/device-sessions";
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { farewell } from "@/lib/http/farewell";
import { settingsForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { formIntents, route, type Operation } from "@/lib/http/route";

const end: Operation<typeof nothing, "caller"> = {
  input: nothing,
  form: settingsForm("sessions"),
  async run({ params, caller, visit }) {
    const id = params.id ?? "";
    const ended = await endDeviceSession(caller, id, visit);
    if (!ended.ok) return ended;
    return ok({
      status: 204,
      cookies: id === caller.session.id ? farewell().cookies : [],
      notice: "That device is signed out.",
    });
  },
};

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  DELETE: route({ access: "caller", bodyMayBeEmpty: true, ...end }),
  POST: formIntents({ access: "caller" }, { end }),
});
