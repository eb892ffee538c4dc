/** The caller: who it is, another name, and the end of the account. */
import { deletionInput, nothing, profileInput } from "@/lib/accounts/input";
import { deleteOwnAccount, rename } from "@/lib/accounts/profile";
import { ok } from "@/lib/core/result";
import { accountBody, accountReply } from "@/lib/http/account-reply";
import { farewell } from "@/lib/http/farewell";
import { farewellForm, settingsForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { formIntents, route, type Operation } from "@/lib/http/route";

const update: Operation<typeof profileInput, "caller"> = {
  input: profileInput,
  form: settingsForm("profile"),
  async run({ input, caller, visit }) {
    const renamed = await rename(caller, input.name, visit);
    return renamed.ok ? ok(accountReply(renamed.value, { notice: "Name saved." })) : renamed;
  },
};

const remove: Operation<typeof deletionInput, "caller"> = {
  input: deletionInput,
  form: farewellForm("delete-account"),
  async run({ input, caller, visit }) {
    const deleted = await deleteOwnAccount(caller, input.password, visit);
    return deleted.ok ? ok({ status: 204, ...farewell() }) : deleted;
  },
};

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: route({
    access: "caller",
    input: nothing,
    run: async ({ caller }) => ok({ body: accountBody(caller) }),
  }),
  PATCH: route({ access: "caller", ...update }),
  DELETE: route({ access: "caller", ...remove }),
  POST: formIntents({ access: "caller" }, { update, delete: remove }),
});
