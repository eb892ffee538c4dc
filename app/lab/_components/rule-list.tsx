/** What the server asks of a token, in its order: what passed, what refused, and what was not asked any more. */
import { TOKEN_RULES, type RuleId, type TokenRule } from "@/lib/lab/token-rules";

/** Null: every rule passed. */
export function RuleList({ refusedBy }: { refusedBy: RuleId | null }) {
  const at = refusedBy === null ? TOKEN_RULES.length : TOKEN_RULES.findIndex(({ id }) => id === refusedBy);
  const passed = TOKEN_RULES.slice(0, at);
  const rest = TOKEN_RULES.slice(at + 1);
  return (
    <ol className="text-[0.9375rem] leading-relaxed">
      {passed.length > 0 && (
        <li className="text-soft border-line border-b py-2">
          <span className="text-success font-medium">Passed:</span> {names(passed)}
        </li>
      )}
      {TOKEN_RULES.slice(at, at + 1).map((rule) => (
        <li key={rule.id} className="border-line border-b py-3" data-testid="refusing-rule">
          <p>
            <span className="text-danger font-semibold">Refused by</span> <strong>{rule.name}</strong>:{" "}
            {rule.demands}
          </p>
          <p className="mt-1">{rule.because}</p>
          <p className="text-soft mt-1 text-sm">{rule.source}</p>
        </li>
      ))}
      {rest.length > 0 && (
        <li className="text-soft py-2">
          <span className="font-medium">Not asked any more:</span> {names(rest)}
        </li>
      )}
    </ol>
  );
}

const names = (rules: readonly TokenRule[]) => rules.map(({ name }) => name.toLowerCase()).join(", ");
