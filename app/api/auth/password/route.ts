/** A new password for the old one; every other device is signed out. */
import { changePassword } from "@/lib/accounts/change-password";
import { passwordInput } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { accountReply } from "@/lib/http/account-reply";
import { settingsForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "caller",
    input: passwordInput,
    form: settingsForm("password"),
    async run({ input, caller, visit }) {
      const changed = await changePassword(caller, input, visit);
      if (!changed.ok) return changed;
      return ok(
        accountReply(changed.value, { notice: "Password changed. Every other device was signed out." }),
      );
    },
  }),
});
