/** A refresh token for its successor and a fresh access token: POST for clients, GET for a browser on its way to a page. */
import { refreshInput } from "@/lib/accounts/input";
import { refresh } from "@/lib/accounts/refresh";
import { ok } from "@/lib/core/result";
import { accountReply } from "@/lib/http/account-reply";
import { methods } from "@/lib/http/methods";
import { presentedRefreshToken, refusedRenewal, renewInBrowser, renewedCookie } from "@/lib/http/renewal";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: renewInBrowser,
  POST: route({
    access: "anyone",
    bodyMayBeEmpty: true,
    cookieless: ({ refreshToken }) => typeof refreshToken === "string",
    input: refreshInput,
    async run({ input, visit }) {
      const renewed = await refresh(presentedRefreshToken(input.refreshToken, visit.carrier), visit);
      if (!renewed.ok) return refusedRenewal(renewed.failure);
      const reply = accountReply(renewed.value);
      return ok({
        ...reply,
        cookies: [...(reply.cookies ?? []), ...renewedCookie(renewed.value, visit.now)],
      });
    },
  }),
});
