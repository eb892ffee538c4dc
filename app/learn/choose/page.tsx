import type { Metadata } from "next";

import { PageLink } from "../../_components/page-link";
import { lastOf } from "../../_components/query";
import { Choices } from "../_components/choices";
import { LearnPage } from "../_components/learn-page";
import {
  advise,
  type Advice,
  hintOf,
  optionsOf,
  QUESTION_NAMES,
  QUESTIONS,
  readAnswers,
} from "../_content/choose";
import { MEANINGS } from "../_content/meanings";

export const metadata: Metadata = {
  title: "Which one should I use?",
  description: "Eight questions about your app, and a recommendation with reasons for and against it.",
};

export default async function ChoosePage({ searchParams }: PageProps<"/learn/choose">) {
  const query = await searchParams;
  const answers = readAnswers((name) => lastOf(query[name]));
  const advice = advise(answers);
  return (
    <LearnPage
      title="Which one should I use?"
      intro="Eight questions about your app. Answer as many as you can; the advice says what it rests on. Nothing is stored: your answers are in the address of the page."
    >
      {advice && <AdviceGiven advice={advice} />}
      <form action="/learn/choose#advice" className="mt-10 max-w-[68ch] space-y-8">
        {QUESTION_NAMES.map((name, index) => (
          <Choices
            key={name}
            name={name}
            legend={`${index + 1}. ${QUESTIONS[name].asks}`}
            hint={hintOf(name)}
            chosen={answers[name]}
            options={optionsOf(name).map(([value, { says }]) => ({ value, says }))}
          />
        ))}
        <div className="flex flex-wrap gap-3">
          <button type="submit" className="button button-primary">
            {advice ? "Advise again" : "Advise me"}
          </button>
          {advice && (
            <PageLink href="/learn/choose" className="button button-plain">
              Start over
            </PageLink>
          )}
        </div>
      </form>
    </LearnPage>
  );
}

/** Takes focus when the form lands on it (its address ends in #advice). */
function AdviceGiven({ advice }: { advice: Advice }) {
  const { choice, reasonsFor, reasonsAgainst, conflicts, unanswered, undecided } = advice;
  const { title, means } = MEANINGS[choice];
  return (
    <section
      id="advice"
      tabIndex={-1}
      aria-labelledby="advice-title"
      className="card mt-8 max-w-[76ch] p-5 sm:p-7"
    >
      <p className="text-soft text-sm">
        From {QUESTION_NAMES.length - unanswered.length} of {QUESTION_NAMES.length} answers
      </p>
      <h2 id="advice-title" className="mt-1 text-xl font-semibold sm:text-2xl">
        {title}
      </h2>
      <div className="prose mt-3">{means}</div>
      <Reasons title="What speaks for it" reasons={reasonsFor} />
      <Reasons title="What speaks against it" reasons={reasonsAgainst} none="Nothing that you answered." />
      {conflicts.length > 0 && <Reasons title="Where your wishes collide" reasons={conflicts} />}
      {unanswered.length > 0 && (
        <div className="mt-6">
          <h3 className="font-semibold">What is still open</h3>
          {undecided.length === 0 ? (
            <p className="text-soft mt-2 text-[0.9375rem]">
              None of the questions you left out would change this by itself.
            </p>
          ) : (
            <>
              <p className="text-soft mt-2 text-[0.9375rem]">Any of these could change the advice:</p>
              <ul className="mt-2 list-disc space-y-1 ps-5 text-[0.9375rem]">
                {undecided.map((name) => (
                  <li key={name}>
                    <a href={`#${name}`} className="link">
                      {QUESTIONS[name].asks}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
      <p className="border-line mt-6 border-t pt-4 text-[0.9375rem]">
        Point by point:{" "}
        <PageLink href="/learn/compare" className="link">
          sessions, JWT alone and the hybrid, side by side
        </PageLink>
        .
      </p>
    </section>
  );
}

function Reasons({ title, reasons, none }: { title: string; reasons: string[]; none?: string }) {
  return (
    <div className="mt-6">
      <h3 className="font-semibold">{title}</h3>
      {reasons.length === 0 ? (
        <p className="text-soft mt-2 text-[0.9375rem]">{none}</p>
      ) : (
        <ul className="mt-2 list-disc space-y-1.5 ps-5 text-[0.9375rem] leading-relaxed">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
