/** Puts this device under the other strategy: one device session ends and another begins, in one transaction. */
import { modeInput } from "@/lib/accounts/input";
import { switchMode } from "@/lib/accounts/switch-mode";
import { ok } from "@/lib/core/result";
import { accountReply } from "@/lib/http/account-reply";
import { settingsForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "caller",
    input: modeInput,
    form: settingsForm("mode"),
    async run({ input, caller, visit }) {
      const switched = await switchMode(caller, input.mode, visit);
      if (!switched.ok) return switched;
      const name = input.mode === "jwt" ? "JWT" : "session";
      return ok(
        accountReply(switched.value, {
          notice: `This device is in ${name} mode now, and so is your next log-in.`,
        }),
      );
    },
  }),
});
