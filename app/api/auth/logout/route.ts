/** Ends every device session that the request can speak for, on the server; answers 204 also where there is none. */
import { logOut } from "@/lib/accounts/device-sessions";
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { farewell } from "@/lib/http/farewell";
import { farewellForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "anyone",
    readsBearer: true,
    bodyMayBeEmpty: true,
    input: nothing,
    form: farewellForm("logout"),
    async run({ visit }) {
      await logOut(visit);
      return ok({ status: 204, ...farewell() });
    },
  }),
});
