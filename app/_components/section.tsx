import type { ReactNode } from "react";

import { NoticeArea } from "./notices";

/** A titled part of a page, with room for what was just done in it. */
export function Section(props: { id: string; title: string; notice?: string; children: ReactNode }) {
  const { id, title, notice, children } = props;
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="mb-4 text-lg font-semibold">
        {title}
      </h2>
      <NoticeArea notice={notice}>{children}</NoticeArea>
    </section>
  );
}
