/** Each attack with its verdict, its line of defence, and every request and answer it was judged by. */
import { attackOf } from "@/lib/lab/attack-catalogue";
import type { Attempt } from "@/lib/lab/attacks/attempt";
import type { AttackResult, AttackRun } from "@/lib/lab/experiments/attacks";

import { meaning, TimingStrip } from "../_components/timing-strip";
import { Verdict } from "../_components/verdict";

export default function AttacksView({ result: { attacks } }: { result: AttackRun }) {
  const isOnlyOne = attacks.length === 1;
  return (
    <>
      {!isOnlyOne && <Summary attacks={attacks} />}
      <ol className={isOnlyOne ? "" : "border-line mt-4 border-t"}>
        {attacks.map((attack) => (
          <li
            key={attack.id}
            className={isOnlyOne ? "" : "border-line border-b py-5"}
            data-testid={`attack-${attack.id}`}
          >
            <One attack={attack} isOnlyOne={isOnlyOne} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Summary({ attacks }: { attacks: AttackResult[] }) {
  const judged = attacks.filter(({ refused }) => refused !== null);
  const through = judged.filter(({ refused }) => !refused);
  return (
    <p className={`text-lg font-semibold ${through.length > 0 ? "text-danger" : ""}`} data-testid="summary">
      {judged.length - through.length} of {judged.length} refused
      {through.length > 0 &&
        `. Not refused: ${through.map(({ id }) => attackOf(id).title.toLowerCase()).join(", ")}`}
    </p>
  );
}

function One({
  attack: { id, refused, attempts, timing },
  isOnlyOne,
}: {
  attack: AttackResult;
  isOnlyOne: boolean;
}) {
  const { title, tries, defence, file } = attackOf(id);
  return (
    <article aria-labelledby={`attack-${id}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 id={`attack-${id}`} className="text-lg font-semibold">
          {title}
        </h3>
        {refused === null ? (
          <span className="text-soft text-sm">Running…</span>
        ) : (
          <Verdict refused={refused}>{refused ? "Refused" : "Not refused"}</Verdict>
        )}
      </div>
      <div className="mt-1.5 max-w-[75ch] text-[0.9375rem] leading-relaxed">
        <p>{tries}</p>
        <p className="text-soft mt-1">
          {defence} <code className="code wrap-anywhere">{file}</code>
        </p>
      </div>
      {timing && (
        <div className="mt-4">
          <TimingStrip timing={timing} />
        </div>
      )}
      {attempts.length > 0 && (
        <details className="mt-3" open={isOnlyOne || refused === false}>
          <summary className="link w-fit text-[0.9375rem]">
            {attempts.length} requests and their answers, credentials shortened
          </summary>
          <ol className="border-line mt-3 border-t">
            {attempts.map((one, at) => (
              <li key={at} className="border-line border-b">
                <Evidence attempt={one} label={`${title}, ${at + 1}`} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </article>
  );
}

/** One line; opened, the request as it was sent and the answer. */
function Evidence({ attempt, label }: { attempt: Attempt; label: string }) {
  const { what, shows, holds, request, answer } = attempt;
  return (
    <details>
      <summary className="grid gap-x-6 py-2 text-[0.9375rem] md:grid-cols-[1fr_1fr_8rem]">
        <span className="link w-fit font-medium">{what}</span>
        <span className="wrap-anywhere">{shows}</span>
        <span className={holds ? "text-soft" : "text-danger font-semibold"}>{verdictOf(attempt)}</span>
      </summary>
      <div className="grid gap-2 pb-3 md:grid-cols-2">
        <Text label={`${label}: request`}>{request}</Text>
        <Text label={`${label}: answer`}>{answer}</Text>
      </div>
    </details>
  );
}

const Text = ({ label, children }: { label: string; children: string }) => (
  <pre
    role="group"
    aria-label={label}
    className="code bg-sunken rounded-control p-3 leading-relaxed wrap-anywhere whitespace-pre-wrap"
  >
    {children}
  </pre>
);

function verdictOf({ kind, holds }: Attempt): string {
  if (kind === "control") return holds ? "control: works" : "control: failed";
  return holds ? "came to nothing" : "not refused";
}

export function markdown({ attacks }: AttackRun): string {
  const timing = attacks.find((attack) => attack.timing)?.timing;
  return [
    "### Attack lab (Halfstate Lab)",
    "",
    "| Attack | Verdict | Requests | Line of defence |",
    "| --- | --- | ---: | --- |",
    ...attacks.map(({ id, refused, attempts }) => {
      const { title, file } = attackOf(id);
      return `| ${title} | ${refused ? "refused" : "**not refused**"} | ${attempts.length} | \`${file}\` |`;
    }),
    "",
    ...(timing ? [meaning(timing), ""] : []),
  ].join("\n");
}
