import type { Metadata } from "next";
import type { ReactNode } from "react";

import { requireCaller } from "@/lib/http/caller";
import { carried } from "@/lib/http/describe";
import { readFlash } from "@/lib/http/flash";
import { lastRenewal } from "@/lib/http/renewal";

import { CodeBlock } from "../_components/code-block";
import { Countdown } from "../_components/countdown";
import { curl } from "../_components/curl";
import { FlashNote } from "../_components/flash-note";
import { count, milliseconds, remainingText } from "../_components/format";
import { ModeBadge } from "../_components/mode-badge";
import { MODE_FACTS } from "../_components/mode-facts";
import { Moment } from "../_components/moment";
import { NoticeArea } from "../_components/notices";
import { PageLink } from "../_components/page-link";
import { RequestLanes } from "../_components/request-lanes";
import { whenAvailable } from "../_components/when-available";

export const metadata: Metadata = { title: "Dashboard" };

export default whenAvailable(DashboardPage);

async function DashboardPage() {
  const caller = await requireCaller("/dashboard");
  const [cookies, renewedAt, flash] = await Promise.all([carried(), lastRenewal(), readFlash("/dashboard")]);
  const { user, session, check } = caller;
  const facts = MODE_FACTS[session.mode];

  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <NoticeArea notice={flash?.notice} arrival />
      <FlashNote form="logout" flash={flash} />
      <p className="text-soft">Hello {user.name}.</p>
      <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="text-2xl font-semibold sm:text-3xl">How this request was authenticated</h1>
        <ModeBadge mode={session.mode} />
      </div>
      <p className="text-soft mt-3 max-w-[68ch] leading-relaxed">
        To authenticate is to find out who is calling. This is who checked what before you got to see this
        page.
      </p>

      <section aria-label="Path of this request" className="card mt-6 p-5 sm:p-6">
        <RequestLanes
          mode={session.mode}
          label="Path of this request"
          stations={[
            {
              place: "Browser",
              said: (
                <>
                  Carried a {facts.credential}
                  {cookies.map(({ name, bytes }) => (
                    <span key={name} className="block">
                      <span className="code text-ink">{name}</span>,{" "}
                      <span className="tabular-nums">{count(bytes, "byte")}</span>
                    </span>
                  ))}
                </>
              ),
            },
            { place: "Middleware", runtime: "edge", said: facts.inMiddleware },
            {
              place: "This page",
              runtime: "node",
              said: facts.inHandler,
            },
            {
              place: "Database",
              quiet: check.queries === 0,
              said:
                check.queries === 0 ? (
                  "Not visited. 0 queries."
                ) : (
                  <>
                    {facts.inDatabase}{" "}
                    <span className="tabular-nums">{count(check.queries, "query", "queries")}.</span>
                  </>
                ),
            },
          ]}
        />
      </section>

      <dl className="mt-8 grid grid-cols-1 gap-x-8 gap-y-6 sm:grid-cols-2 lg:grid-cols-4">
        <Fact term="Time to authenticate" note="Measured by this page, on this request.">
          {milliseconds(check.milliseconds)}
        </Fact>
        <Fact
          term="Database queries"
          note={
            check.queries === 0
              ? "None was needed to know you."
              : `${milliseconds(check.queryMilliseconds)} of the time above.`
          }
        >
          {check.queries}
        </Fact>
        <Fact term="Left on this credential" note={facts.atZero}>
          <Countdown
            iso={session.credentialExpiresAt.toISOString()}
            initial={remainingText(session.credentialExpiresAt)}
            over="Run out"
          />
        </Fact>
        <Fact term="Last silent renewal" note={facts.renewal}>
          {renewedAt ? <Moment at={renewedAt} ago /> : "None yet"}
        </Fact>
      </dl>

      <p className="border-line text-soft mt-6 border-t pt-4 text-[0.9375rem]">
        {facts.signedOut[0]} <Moment at={session.expiresAt} />
        {facts.signedOut[1]}
      </p>

      <section
        data-mode={facts.other}
        className="rounded-card border-mode-line bg-mode-tint mt-10 flex flex-wrap items-center justify-between gap-4 border p-5"
      >
        <div>
          <h2 className="font-semibold">Now the other way</h2>
          <p className="mt-1 text-[0.9375rem]">
            Switch to {MODE_FACTS[facts.other].inSentence} and look again: the lanes and numbers above will
            differ.
          </p>
        </div>
        <PageLink href="/settings#mode" className="button button-plain">
          Choose the mode
        </PageLink>
      </section>

      <details className="mt-10">
        <summary className="rounded-control w-fit py-1 font-medium">The same as data</summary>
        <p className="text-soft mt-2 text-[0.9375rem]">
          What <span className="code text-ink">GET /api/me</span> answers for this device:
        </p>
        <CodeBlock label="Answer of GET /api/me">{JSON.stringify({ user, session }, null, 2)}</CodeBlock>
        <p className="text-soft mt-6 text-[0.9375rem]">
          The same from a terminal. The first command logs in and keeps the cookies, the second asks; the{" "}
          <PageLink href="/api/docs" className="link text-ink">
            API reference
          </PageLink>{" "}
          has the rest, also without cookies.
        </p>
        <CodeBlock label="Commands">
          {[
            curl({
              method: "POST",
              path: "/api/auth/login",
              body: { email: user.email, password: "…" },
              jar: "save",
            }),
            curl({ method: "GET", path: "/api/me", jar: "send" }),
          ].join("\n")}
        </CodeBlock>
      </details>
    </main>
  );
}

function Fact({ term, note, children }: { term: string; note: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-soft text-sm">{term}</dt>
      <dd>
        <span className="mt-1 block text-xl font-semibold tracking-tight tabular-nums">{children}</span>
        <span className="text-soft mt-1 block text-sm leading-normal">{note}</span>
      </dd>
    </div>
  );
}
