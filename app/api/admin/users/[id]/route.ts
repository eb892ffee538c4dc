/** One account in an administrator's hands: its role, and its end. */
import { deleteUser, setRole } from "@/lib/accounts/administration";
import { nothing, roleInput } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { adminForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { formIntents, route, type Operation } from "@/lib/http/route";

const assign: Operation<typeof roleInput, "caller"> = {
  input: roleInput,
  form: adminForm("role"),
  async run({ input, params, caller, visit }) {
    const changed = await setRole(caller, params.id ?? "", input.role, visit);
    if (!changed.ok) return changed;
    const { email, role } = changed.value;
    return ok({
      body: { user: changed.value },
      notice: `${email} is ${role === "admin" ? "an administrator" : "a member"} now.`,
    });
  },
};

const remove: Operation<typeof nothing, "caller"> = {
  input: nothing,
  form: adminForm("delete", () => "/admin"),
  async run({ params, caller, visit }) {
    const deleted = await deleteUser(caller, params.id ?? "", visit);
    return deleted.ok ? ok({ status: 204, notice: "The account is gone." }) : deleted;
  },
};

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  PATCH: route({ access: "caller", ...assign }),
  DELETE: route({ access: "caller", bodyMayBeEmpty: true, ...remove }),
  POST: formIntents({ access: "caller" }, { "set-role": assign, delete: remove }),
});
