/** Signs somebody out everywhere, by an administrator. */
import { endUserSessions } from "@/lib/accounts/administration";
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { adminForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { formIntents, route, type Operation } from "@/lib/http/route";

const end: Operation<typeof nothing, "caller"> = {
  input: nothing,
  form: adminForm("sessions"),
  async run({ params, caller, visit }) {
    const ended = await endUserSessions(caller, params.id ?? "", visit);
    if (!ended.ok) return ended;
    const devices = ended.value === 1 ? "1 device" : `${ended.value} devices`;
    return ok({ body: { ended: ended.value }, notice: `Signed out ${devices}.` });
  },
};

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  DELETE: route({ access: "caller", bodyMayBeEmpty: true, ...end }),
  POST: formIntents({ access: "caller" }, { end }),
});
