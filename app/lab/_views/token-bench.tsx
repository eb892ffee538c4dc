/** What was sent, what was answered, and the rule that refused: one token in full, or all attacks in a table. */
import type { SentToken, TokenBench } from "@/lib/lab/experiments/token-bench";
import { presetOf, type Signing } from "@/lib/lab/token-presets";
import { ruleOf } from "@/lib/lab/token-rules";

import { RuleList } from "../_components/rule-list";
import { TokenText } from "../_components/token-text";
import { Verdict } from "../_components/verdict";

export default function TokenBenchView({ result: { issued, sent } }: { result: TokenBench }) {
  const [only] = sent;
  return (
    <>
      {sent.length === 1 && only ? (
        <One sent={only} issued={issued.token} />
      ) : (
        <Many sent={sent} issued={issued.token} />
      )}
      <p className="text-soft mt-5 max-w-[75ch] text-sm leading-relaxed">
        The token as it was issued was answered {issued.statusBefore} before, and{" "}
        <code className="code">{issued.codeAfter}</code> after its device was signed out at the end: nothing
        on this page is good for anything any more.
      </p>
    </>
  );
}

function One({ sent, issued }: { sent: SentToken; issued: string }) {
  return (
    <div className="space-y-5">
      <Outcome sent={sent} />
      <div className="card p-4 sm:p-6">
        <TokenText token={sent.token} before={issued} />
      </div>
      <div className="card p-4 sm:p-6">
        <h3 className="font-semibold">What the server asked, in its order</h3>
        <div className="mt-2">
          <RuleList refusedBy={sent.explanation.refusedBy} />
        </div>
      </div>
    </div>
  );
}

function Outcome({ sent }: { sent: SentToken }) {
  const { answer, preset } = sent;
  const known = preset === null ? null : presetOf(preset);
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h3 className="text-lg font-semibold">{known?.title ?? "Your edit"}</h3>
        <Verdict refused={isRefused(sent)}>{isRefused(sent) ? "Refused" : "Let in"}</Verdict>
        <span className="code tabular-nums" data-testid="answer">
          {answer.status} {answer.code}
        </span>
      </div>
      <p className="text-soft mt-1.5 text-[0.9375rem] leading-relaxed">
        {known && <>The hope: {lowerFirst(known.hope)} </>}
        {signedWords(sent)}
      </p>
      {answer.wwwAuthenticate && (
        <p className="code mt-1.5 wrap-anywhere">WWW-Authenticate: {answer.wwwAuthenticate}</p>
      )}
      <Disagreement sent={sent} />
    </div>
  );
}

/** A fault of ours that must not look like a result. */
function Disagreement({ sent: { answer, explanation } }: { sent: SentToken }) {
  if (answer.code === explanation.code) return null;
  return (
    <p className="text-danger mt-2 font-medium">
      The explanation below does not fit the answer ({explanation.code ?? "let in"}): do not trust it.
    </p>
  );
}

function Many({ sent, issued }: { sent: SentToken[]; issued: string }) {
  const refused = sent.filter(isRefused).length;
  return (
    <>
      <p className={`text-lg font-semibold ${refused === sent.length ? "" : "text-danger"}`}>
        {refused} of {sent.length} refused
      </p>
      <div
        className="mt-3 overflow-x-auto"
        tabIndex={0}
        role="region"
        aria-label="Every attack and its answer"
      >
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">Attack</th>
              <th scope="col">Answer</th>
              <th scope="col">Code</th>
              <th scope="col">Refused by</th>
            </tr>
          </thead>
          <tbody>
            {sent.map((one) => (
              <tr key={one.preset} data-testid={`sent-${one.preset}`}>
                <th scope="row">{titleOf(one)}</th>
                <td>{one.answer.status}</td>
                <td className="code">{one.answer.code ?? "–"}</td>
                <td>{ruleName(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details className="mt-5">
        <summary className="link w-fit">Each token in full</summary>
        <div className="mt-6 space-y-12">
          {sent.map((one) => (
            <One key={one.preset} sent={one} issued={issued} />
          ))}
        </div>
      </details>
    </>
  );
}

const isRefused = ({ answer }: SentToken) => answer.status === 401;
const titleOf = ({ preset }: SentToken) => (preset === null ? "Your edit" : presetOf(preset).title);
const lowerFirst = (text: string) => text[0]!.toLowerCase() + text.slice(1);

/** The rule is only told where it explains the answer. */
const ruleName = ({ answer, explanation: { refusedBy, code } }: SentToken) =>
  refusedBy !== null && code === answer.code ? ruleOf(refusedBy).name : "–";

const SIGNED: Record<Signing, string> = {
  kept: "Sent with the signature it was issued with.",
  none: "Sent without a signature.",
  "public-key": "Signed by HS256, with the server’s public key as the secret.",
  "own-key": "Signed with a key of the attacker’s own, which the header brings along.",
  padded: "Sent as it was issued, with == behind it.",
  spaced: "Sent as it was issued, with a space in it.",
};

const signedWords = ({ edit }: SentToken) =>
  edit
    ? SIGNED[edit.signing]
    : "Signed by this server itself, so that nothing but this can be what is refused.";

export function markdown({ sent }: TokenBench): string {
  return [
    "### Token bench (Halfstate Lab)",
    "",
    "| Attack | Answer | Code | Refused by |",
    "| --- | ---: | --- | --- |",
    ...sent.map(
      (one) => `| ${titleOf(one)} | ${one.answer.status} | ${one.answer.code ?? "–"} | ${ruleName(one)} |`,
    ),
    "",
  ].join("\n");
}
