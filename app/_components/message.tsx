import type { ReactNode } from "react";

/** A page that has one thing to say, and the ways on. */
export function Message({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <main id="content" className="page w-full pt-16 pb-20 sm:pt-24">
      <h1 className="text-2xl font-semibold sm:text-3xl">{title}</h1>
      <p className="text-soft mt-3 max-w-[60ch] leading-relaxed">{text}</p>
      <div className="mt-7 flex flex-wrap gap-3">{children}</div>
    </main>
  );
}
