import type { Metadata } from "next";

import { PageLink } from "../../_components/page-link";
import { FactsTable } from "../_components/facts-table";
import { LearnPage } from "../_components/learn-page";
import { Source } from "../_components/source";
import { WayBadge } from "../_components/way-badge";
import { COMPARISON } from "../_content/comparison";

export const metadata: Metadata = {
  title: "Side by side",
  description:
    "Sessions, JWT alone, and the hybrid of the two: what each does, point by point, with its code.",
};

const HEADS = [
  "",
  <WayBadge key="sessions" way="session">
    Sessions
  </WayBadge>,
  <WayBadge key="jwt" way="jwt" hollow>
    JWT alone
  </WayBadge>,
  <WayBadge key="hybrid" way="jwt">
    The hybrid
  </WayBadge>,
];

export default function ComparePage() {
  return (
    <LearnPage
      title="Side by side"
      intro="Three ways to know who is calling, on the points people argue about."
    >
      <dl className="text-soft mt-6 max-w-[76ch] space-y-2 text-[0.9375rem] leading-relaxed">
        <div>
          <dt className="text-ink inline font-medium">Sessions</dt>{" "}
          <dd className="inline">are this app’s session mode.</dd>
        </div>
        <div>
          <dt className="text-ink inline font-medium">The hybrid</dt>{" "}
          <dd className="inline">is its JWT mode: a token that is judged by itself, with a row behind it.</dd>
        </div>
        <div>
          <dt className="text-ink inline font-medium">JWT alone</dt>{" "}
          <dd className="inline">
            is what many mean by “stateless”: a token and nothing else. This app does not sign anybody in that
            way, but the service beside it believes tokens so.{" "}
            <Source file="examples/resource-server.mjs" symbol="callerOf" />
          </dd>
        </div>
      </dl>
      {COMPARISON.map(({ title, points }) => (
        <section key={title} aria-label={title} className="mt-12">
          <h2 className="mb-3 text-lg font-semibold">{title}</h2>
          <FactsTable
            label={title}
            heads={HEADS}
            rows={points.map(({ asks, sessions, jwtAlone, hybrid, shownBy }) => ({
              name: (
                <>
                  {asks}
                  <span className="mt-1.5 flex flex-wrap gap-1.5 font-normal">{shownBy}</span>
                </>
              ),
              cells: [sessions, jwtAlone, hybrid],
            }))}
          />
        </section>
      ))}
      <p className="mt-12 text-[0.9375rem]">
        Which of them suits you?{" "}
        <PageLink href="/learn/choose" className="link">
          Eight questions and an answer
        </PageLink>
        .
      </p>
    </LearnPage>
  );
}
