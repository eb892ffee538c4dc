/** An account, and the first credential for it. */
import { signUpInput } from "@/lib/accounts/input";
import { signUp } from "@/lib/accounts/sign-up";
import { ok } from "@/lib/core/result";
import { accountReply } from "@/lib/http/account-reply";
import { asksForBearer, signInForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "anyone",
    cookieless: asksForBearer,
    input: signUpInput,
    form: signInForm("signup"),
    async run({ input, visit }) {
      const signedUp = await signUp(input, visit);
      return signedUp.ok ? ok(accountReply(signedUp.value, { status: 201 })) : signedUp;
    },
  }),
});
