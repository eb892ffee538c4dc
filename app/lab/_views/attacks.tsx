/** Each attack with its verdict, its line of defence, and every request and answer it was judged by. */
import { attackOf } from "@/lib/lab/attack-catalogue";
import type { Attempt } from "@/lib/lab/attacks/attempt";
import type { AttackResult, AttackRun } from "@/lib/lab/experiments/attacks";

import { meaning, TimingStrip } from "../_components/timing-strip";
import { Verdict } from "../_components/verdict";

export default function AttacksView({ result: { attacks } }: { result: AttackRun }) {
  const open = attacks.length === 1;
  return (
    <>
      {!open && <Summary attacks={attacks} />}
      <ol className={open ? "" : "border-line mt-4 border-t"}>
        {attacks.map((attack) => (
          <li
            key={attack.id}
            className={open ? "" : "border-line border-b py-5"}
            data-testid={`attack-${attack.id}`}
          >
            <One attack={attack} open={open} />
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

function One({ attack: { id, refused, attempts, timing }, open }: { attack: AttackResult; open: boolean }) {
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
          {defence} <code className="code break-words">{file}</code>
        </p>
      </div>
      {timing && (
        <div className="mt-4">
          <TimingStrip timing={timing} />
        </div>
      )}
      <div
        className="mt-3 overflow-x-auto"
        tabIndex={0}
        role="region"
        aria-label={`${title}: what was tried`}
      >
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">Tried</th>
              <th scope="col">Answer</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((one, at) => (
              <tr key={at}>
                <th scope="row">{one.what}</th>
                <td>{one.shows}</td>
                <td className={one.holds ? "" : "text-danger font-semibold"}>{verdictOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details className="mt-3" open={open}>
        <summary className="link w-fit text-[0.9375rem]">
          {attempts.length} requests and their answers, credentials shortened
        </summary>
        <ol className="mt-3 space-y-3">
          {attempts.map((one, at) => (
            <li key={at} className="grid gap-2 md:grid-cols-2">
              <Text label={`${title}: request ${at + 1}`}>{one.request}</Text>
              <Text label={`${title}: answer ${at + 1}`}>{one.answer}</Text>
            </li>
          ))}
        </ol>
      </details>
    </article>
  );
}

const Text = ({ label, children }: { label: string; children: string }) => (
  <pre
    tabIndex={0}
    role="region"
    aria-label={label}
    className="code bg-sunken rounded-control overflow-x-auto p-3 leading-relaxed"
  >
    {children}
  </pre>
);

function verdictOf({ kind, holds }: Attempt): string {
  if (kind === "control") return holds ? "control: works" : "control: FAILED";
  return holds ? "came to nothing" : "NOT REFUSED";
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
