/** A throw-away account to take along, for trying the API by hand. */
import { nothing } from "@/lib/accounts/input";
import { ok } from "@/lib/core/result";
import { labOperation } from "@/lib/http/lab-route";
import { takeAwayIdentity } from "@/lib/lab/take-away";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labOperation({
  input: nothing,
  async run({ visit }) {
    const made = await takeAwayIdentity(visit.now);
    return made.ok ? ok({ status: 201, body: made.value }) : made;
  },
});
