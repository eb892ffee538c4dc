/** What `npm run bench` compares with: `GET /api/me` as it is, but that nobody is asked who they are. Part of no build but the benchmark's own. */
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { accountBody } from "@/lib/http/account-reply";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

const HOUR_MILLISECONDS = 3_600_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: route({
    access: "anyone",
    input: nothing,
    run: async () =>
      ok({
        body: accountBody({
          user: {
            id: "f3xT0cVq0mJ5yB8sK2nLwA",
            email: "bench-0@example.com",
            name: "bench-0",
            role: "member",
          },
          session: {
            id: "Qy7uJ4d1eP9rW6hZtM3cXg",
            mode: "jwt",
            transport: "cookie",
            expiresAt: new Date(Date.now() + HOUR_MILLISECONDS),
            credentialExpiresAt: new Date(Date.now() + HOUR_MILLISECONDS),
          },
        }),
      }),
  }),
});
