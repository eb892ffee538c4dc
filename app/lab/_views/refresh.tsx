/** The race on one time axis, and the family tree of what came of it: winner, losers, the one successor, and the theft. */
import { scaleLinear } from "@visx/scale";
import type { ReactNode } from "react";

import type { Play, Racer, Refresh, Token } from "@/lib/lab/experiments/refresh";

export default function RefreshView({ result }: { result: Refresh }) {
  const { racers, plays } = result;
  return (
    <div data-mode="jwt" className="space-y-8">
      {racers.length > 0 && <Race result={result} />}
      {racers.length > 0 && <Family result={result} />}
      {plays.length > 0 && result.audit.length > 0 && <Trail result={result} />}
    </div>
  );
}

const OUTCOMES: Record<Racer["outcome"], string> = {
  rotated: "rotated",
  pardoned: "pardoned",
  refused: "refused",
};

function Race({ result: { racers } }: { result: Refresh }) {
  const end = Math.max(...racers.map(({ answeredAt }) => answeredAt));
  const x = scaleLinear({ domain: [0, end], range: [0, 100] });
  return (
    <section aria-labelledby="race">
      <h2 id="race" className="text-lg font-semibold">
        {racers.length} refreshes, one token
      </h2>
      <div className="mt-4 overflow-x-auto" tabIndex={0} role="region" aria-label="Each refresh of the race">
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">Refresh</th>
              <th scope="col" className="hidden w-full min-w-40 sm:table-cell">
                From sending to answer, of {end.toFixed(0)} ms
              </th>
              <th scope="col">Time</th>
              <th scope="col">Outcome</th>
              <th scope="col">Got</th>
              <th scope="col">Queries</th>
              <th scope="col">Cookies cleared</th>
            </tr>
          </thead>
          <tbody>
            {racers.map((racer, at) => (
              <tr key={at} data-testid="racer" data-outcome={racer.outcome}>
                <th scope="row">{at + 1}</th>
                <td className="hidden sm:table-cell">
                  <span className="bg-sunken relative block h-3 rounded-sm" aria-hidden="true">
                    <span
                      className={`absolute inset-y-0 rounded-sm ${BARS[racer.outcome]}`}
                      style={{ left: `${x(racer.sentAt)}%`, width: `${x(racer.answeredAt - racer.sentAt)}%` }}
                    />
                  </span>
                </td>
                <td>{(racer.answeredAt - racer.sentAt).toFixed(1)} ms</td>
                <td className={racer.outcome === "rotated" ? "font-semibold" : ""}>
                  {racer.code ?? OUTCOMES[racer.outcome]}
                </td>
                <td>{racer.successor ? <TokenName token={racer.successor} /> : "–"}</td>
                <td>{racer.queries}</td>
                <td>{racer.clearsCookies ? "yes" : "no"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="text-soft mt-3 max-w-[75ch] text-[0.9375rem] leading-relaxed">
        “Rotated” moved the one row of this family to the next generation. “Pardoned” came too late for that
        and got the same token as the one that did.
      </p>
    </section>
  );
}

const BARS: Record<Racer["outcome"], string> = {
  rotated: "bg-mode",
  pardoned: "bg-mode-fill opacity-60",
  refused: "bg-danger-line lab-hatched",
};

const TokenName = ({ token, begins = false }: { token: Token; begins?: boolean }) => (
  <span>
    {begins ? "Generation" : "generation"} {token.generation}{" "}
    <code className="code text-soft">{token.fingerprint}</code>
  </span>
);

const how = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

function Family({ result }: { result: Refresh }) {
  const { racers, family, letIn, plays } = result;
  const of = (outcome: Racer["outcome"]) => racers.filter((racer) => racer.outcome === outcome).length;
  const successors = [
    ...new Map(
      racers.flatMap(({ successor }) => (successor ? [[successor.fingerprint, successor]] : [])),
    ).values(),
  ];
  return (
    <section aria-labelledby="family">
      <h2 id="family" className="text-lg font-semibold">
        The family
      </h2>
      <ol className="lab-tree mt-4 max-w-[75ch]" data-testid="family">
        <Node title="Generation 0">
          Given out when the device signed in, and presented {racers.length} times at once.
        </Node>
        {successors.map((token) => (
          <Node key={token.fingerprint} title={<TokenName token={token} begins />} strong>
            The successor: {how(of("rotated"), "refresh", "refreshes")} made it, {of("pardoned")} more got the
            very same.
            {of("refused") > 0 && ` ${how(of("refused"), "refresh was", "refreshes were")} refused.`}
            {letIn &&
              ` ${letIn.accepted} of the ${letIn.asked} access tokens that came with it were let in right afterwards.`}
          </Node>
        ))}
        {successors.length === 0 && (
          <Node title="No successor" bad>
            Every refresh was refused.
          </Node>
        )}
        {plays.map((play, at) => (
          <Node key={at} bad={play.gets === null} title={titleOf(play)}>
            {sayPlay(play)}
          </Node>
        ))}
        {family?.endReason && (
          <Node title="The family is dead" bad>
            Its one row stands at generation {family.generation}, ended because of{" "}
            <code className="code">{family.endReason}</code>. Whoever holds one of its tokens, owner or thief,
            has to sign in.
          </Node>
        )}
      </ol>
    </section>
  );
}

const titleOf = ({ who, presents, gets, code }: Play): ReactNode => (
  <>
    {who === "thief" ? "The thief" : "The owner"} presents generation {presents}:{" "}
    {gets ? <TokenName token={gets} /> : <code className="code">401 {code}</code>}
  </>
);

function sayPlay({ who, gets, code }: Play): string {
  if (gets)
    return who === "owner"
      ? "The token is exchanged for the next one."
      : "It is still within the grace, and gets the same successor.";
  if (code === "refresh_reused")
    return "No honest client is that far behind: somebody has a copy. The whole device session ends.";
  return "The device session is over, so that a thief who was first gains nothing either.";
}

function Node({
  title,
  strong,
  bad,
  children,
}: {
  title: ReactNode;
  strong?: boolean;
  bad?: boolean;
  children: ReactNode;
}) {
  return (
    <li data-bad={bad || undefined} data-strong={strong || undefined}>
      <p className="font-medium">{title}</p>
      <p className="text-soft mt-0.5 text-[0.9375rem] leading-relaxed">{children}</p>
    </li>
  );
}

function Trail({ result: { audit } }: { result: Refresh }) {
  return (
    <section aria-labelledby="trail">
      <h2 id="trail" className="text-lg font-semibold">
        What the audit trail says
      </h2>
      <div
        className="mt-4 overflow-x-auto"
        tabIndex={0}
        role="region"
        aria-label="Audit events of the device"
      >
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">At (UTC)</th>
              <th scope="col">Event</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {audit.map(({ at, type, detail }) => (
              <tr key={at + type}>
                <td>{at.slice(11, 23)}</td>
                <th scope="row" className="code">
                  {type}
                </th>
                <td className="code">{JSON.stringify(detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function markdown({ racers, plays, family, letIn }: Refresh): string {
  const of = (outcome: Racer["outcome"]) => racers.filter((racer) => racer.outcome === outcome).length;
  const successors = new Set(racers.flatMap(({ successor }) => successor?.fingerprint ?? []));
  return [
    "### Refresh race and theft (Halfstate Lab)",
    "",
    `${racers.length} parallel refreshes with one token: ${of("rotated")} rotated, ${of("pardoned")} pardoned, ${of("refused")} refused, ${successors.size} successor(s).`,
    ...(letIn ? [`${letIn.accepted} of ${letIn.asked} access tokens were let in afterwards.`] : []),
    "",
    "| Who | Presents | Answer |",
    "| --- | ---: | --- |",
    ...plays.map(
      ({ who, presents, gets, status, code }) =>
        `| ${who} | generation ${presents} | ${gets ? `generation ${gets.generation}` : `${status} ${code}`} |`,
    ),
    "",
    `The family ended: ${family?.endReason ?? "no"}.`,
    "",
  ].join("\n");
}
