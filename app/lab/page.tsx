import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { labIsOpen } from "@/lib/http/lab-pages";

import { PageLink } from "../_components/page-link";
import { CATALOGUE } from "./_frame/catalogue";

export const metadata: Metadata = { title: "The Lab" };

export default function LabPage() {
  if (!labIsOpen()) notFound();
  return (
    <main id="content" className="page w-full pt-10 pb-20">
      <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">The Lab</h1>
      <p className="text-soft mt-4 max-w-[64ch] text-lg leading-relaxed">
        Real requests to this very server, with real cookies and tokens, timed while you watch. No account
        needed: every experiment brings its own, and throws it away.
      </p>
      <ol className="border-line mt-10 border-t">
        {CATALOGUE.map(({ slug, title, question, shows }, at) => (
          <li
            key={slug}
            className="border-line grid gap-x-6 gap-y-2 border-b py-6 md:grid-cols-[2.5rem_16rem_1fr]"
          >
            <span className="text-soft hidden text-sm leading-7 tabular-nums md:block" aria-hidden="true">
              {at + 1}
            </span>
            <h2 className="text-lg font-semibold">
              <PageLink href={`/lab/${slug}`} className="link">
                {title}
              </PageLink>
            </h2>
            <div className="max-w-[62ch] leading-relaxed">
              <p>{question}</p>
              <p className="text-soft mt-1.5 text-[0.9375rem]">{shows}</p>
            </div>
          </li>
        ))}
      </ol>
    </main>
  );
}
