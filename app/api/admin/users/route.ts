/** The accounts, searched and in pages, for administrators. */
import { listUsers } from "@/lib/accounts/administration";
import { usersQuery } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { methods } from "@/lib/http/methods";
import { route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: route({
    access: "caller",
    input: usersQuery,
    async run({ input, caller }) {
      const listed = await listUsers(caller, input);
      return listed.ok ? ok({ body: listed.value }) : listed;
    },
  }),
});
