/** An email and a password for a credential: in session mode or JWT mode, by cookie or as a bearer token. */
import { logInInput } from "@/lib/accounts/input";
import { logIn } from "@/lib/accounts/log-in";
import { ok } from "@/lib/core/result";
import { accountReply } from "@/lib/http/account-reply";
import { asksForBearer, signInForm } from "@/lib/http/forms";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: route({
    access: "anyone",
    cookieless: asksForBearer,
    input: logInInput,
    form: signInForm("login"),
    async run({ input, visit }) {
      const loggedIn = await logIn(input, visit);
      return loggedIn.ok ? ok(accountReply(loggedIn.value)) : loggedIn;
    },
  }),
});
