/** What this server thinks of a token, and why. */
import { ok } from "@/lib/core/result";
import { labOperation } from "@/lib/http/lab-route";
import { inspectInput, inspectToken } from "@/lib/lab/inspect-token";

const page = () => "/lab/token-bench";

/** What a form gets back is the verdict alone: the token is neither kept nor sent back. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labOperation({
  input: inspectInput,
  form: { id: "inspect", page, lands: () => `${page()}#inspect` },
  async run({ input, visit }) {
    const inspection = await inspectToken(input.token, visit.now);
    return ok({ body: inspection, notice: inspection.says });
  },
});
