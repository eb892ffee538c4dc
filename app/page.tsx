import { getCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";
import { labIsOpen } from "@/lib/http/lab-pages";
import { measureBothModes } from "@/lib/lab/landing-comparison";

import { FlashNote } from "./_components/flash-note";
import { ModeBadge } from "./_components/mode-badge";
import { ModeComparison } from "./_components/mode-comparison";
import { MODE_FACTS } from "./_components/mode-facts";
import { NoticeArea } from "./_components/notices";
import { PageLink } from "./_components/page-link";

const QUESTIONS = [
  ["On each request", "onEachRequest"],
  ["What it costs", "cost"],
  ["When a log-out bites", "ending"],
  ["Where it fits", "suits"],
] as const;

export default async function LandingPage() {
  const [caller, flash, measured] = await Promise.all([getCaller(), readFlash("/"), measureBothModes()]);
  return (
    <main id="content" className="page w-full pt-10 pb-20 sm:pt-16">
      <NoticeArea notice={flash?.notice} arrival />
      <FlashNote form="logout" flash={flash} />

      <h1 className="text-[2rem] leading-[1.12] font-semibold tracking-[-0.03em] sm:text-5xl">
        <span className="sm:block">Two ways to stay logged in,</span> one running system
      </h1>
      <p className="text-soft mt-5 max-w-[62ch] text-lg leading-relaxed">
        Halfstate is a working app that keeps you logged in by a server{" "}
        <strong className="text-ink font-medium">session</strong> or by a signed token, a{" "}
        <strong className="text-ink font-medium">JWT</strong>. Switch between the two at any time and see what
        each one really does.
      </p>
      <div className="mt-7 flex flex-wrap gap-3">
        <PageLink href={caller ? "/dashboard" : "/signup"} className="button button-primary">
          {caller ? "Go to your dashboard" : "Try it"}
        </PageLink>
        {labIsOpen() && (
          <PageLink href="/lab" className="button button-plain">
            See the Lab, no account needed
          </PageLink>
        )}
      </div>

      <ModeComparison measured={measured} />

      <section id="how" aria-labelledby="how-title" className="mt-20">
        <h2 id="how-title" className="text-2xl font-semibold">
          What each mode does
        </h2>
        <div className="mt-5 hidden gap-8 md:grid md:grid-cols-[11rem_1fr_1fr]" aria-hidden="true">
          <span />
          <span>
            <ModeBadge mode="session" />
          </span>
          <span>
            <ModeBadge mode="jwt" />
          </span>
        </div>
        {QUESTIONS.map(([question, fact]) => (
          <section
            key={fact}
            className="border-line mt-4 grid gap-x-8 gap-y-4 border-t pt-5 pb-3 md:grid-cols-[11rem_1fr_1fr]"
          >
            <h3 className="font-medium">{question}</h3>
            {(["session", "jwt"] as const).map((mode) => (
              <p key={mode} className="text-soft max-w-[46ch] leading-relaxed">
                <span className="mb-2 block md:sr-only">
                  <ModeBadge mode={mode} />
                </span>
                {MODE_FACTS[mode][fact]}
              </p>
            ))}
          </section>
        ))}
        <p className="border-line mt-4 border-t pt-5 leading-relaxed">
          Why it is so, in ten short lessons with the code beside them:{" "}
          <PageLink href="/learn" className="link font-medium">
            Learn
          </PageLink>
          . Not sure which you need?{" "}
          <PageLink href="/learn/choose" className="link font-medium">
            Eight questions
          </PageLink>{" "}
          will tell.
        </p>
      </section>

      <section aria-labelledby="whom-title" className="mt-16 grid gap-x-8 gap-y-4 md:grid-cols-[11rem_1fr]">
        <h2 id="whom-title" className="text-2xl font-semibold">
          For whom
        </h2>
        <div className="text-soft max-w-[68ch] space-y-4 leading-relaxed">
          <p>
            For teams that must choose between the two and would rather watch than argue. For people who
            explain log-in to others. For anyone who wants both in one code base to start from: the same
            accounts, the same forms and the same API, with the mode as a setting.
          </p>
          <p>
            After signing up you see how your own request was authenticated: what your browser carried, who
            checked it, and whether the database was asked.
          </p>
        </div>
      </section>
    </main>
  );
}
