/** A drawing or a table beside the text, and what to see in it. */
import type { ReactNode } from "react";

export function Figure({ caption, children }: { caption: ReactNode; children: ReactNode }) {
  return (
    <figure className="my-8">
      {children}
      <figcaption className="text-soft mt-3 max-w-[68ch] text-sm leading-relaxed">{caption}</figcaption>
    </figure>
  );
}
