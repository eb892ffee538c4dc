/** The frame of every page of Learn: the way back, the title, and one sentence on what it is for. */
import type { ReactNode } from "react";

import { Crumb } from "../../_components/crumb";

export function LearnPage(props: {
  title: ReactNode;
  intro?: ReactNode;
  top?: boolean;
  children: ReactNode;
}) {
  const { title, intro, top, children } = props;
  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      {!top && <Crumb href="/learn">Learn</Crumb>}
      <h1 className="text-2xl font-semibold sm:text-3xl">{title}</h1>
      {intro && <p className="text-soft mt-3 max-w-[68ch] text-lg leading-relaxed">{intro}</p>}
      {children}
    </main>
  );
}
