import type { Metadata } from "next";

import { PageLink } from "../../_components/page-link";
import { lastOf } from "../../_components/query";
import { Choices } from "../_components/choices";
import { LearnPage } from "../_components/learn-page";
import { LESSONS } from "../_content/lessons";
import { fieldOf, type Letter, LETTERS, mark, type Marks, QUIZ, type QuizQuestion } from "../_content/quiz";

export const metadata: Metadata = {
  title: "Check what you know",
  description: "Fifteen questions about sessions and tokens, each with an explanation.",
};

export default async function CheckPage({ searchParams }: PageProps<"/learn/check">) {
  const query = await searchParams;
  const marks = mark((field) => lastOf(query[field]));
  return (
    <LearnPage
      title="Check what you know"
      intro="Fifteen questions, one right answer each. Nothing is stored: your answers are in the address of the page, so you can keep or share it."
    >
      {marks && <Result marks={marks} />}
      <form action="/learn/check#result" className="mt-10 max-w-[68ch] space-y-10">
        {QUIZ.map((question, index) => (
          <Asked
            key={fieldOf(index)}
            question={question}
            index={index}
            chosen={marks?.chosen[index]}
            isMarked={marks !== null}
          />
        ))}
        <div className="flex flex-wrap gap-3">
          <button type="submit" className="button button-primary">
            {marks ? "Check again" : "Check my answers"}
          </button>
          {marks && (
            <PageLink href="/learn/check" className="button button-plain">
              Start over
            </PageLink>
          )}
        </div>
      </form>
    </LearnPage>
  );
}

/** Takes focus when the form lands on it (its address ends in #result). */
function Result({ marks: { chosen, right, answered } }: { marks: Marks }) {
  const missed = QUIZ.flatMap((question, index) =>
    chosen[index] === undefined || chosen[index] === question.right ? [] : [index],
  );
  const open = QUIZ.length - answered;
  return (
    <section
      id="result"
      tabIndex={-1}
      aria-labelledby="result-title"
      className="card mt-8 max-w-[76ch] p-5 sm:p-7"
    >
      <h2 id="result-title" className="text-xl font-semibold tabular-nums sm:text-2xl">
        {right} of {QUIZ.length} right
      </h2>
      <p className="text-soft mt-2 leading-relaxed">
        {open > 0 && (open === 1 ? "One question is not answered. " : `${open} questions are not answered. `)}
        {missed.length === 0
          ? open === 0
            ? "All of them. The explanations are below, should one have been a guess."
            : "All that you answered are right."
          : "Each answer is explained below. To look at again:"}
      </p>
      {missed.length > 0 && (
        <ul className="mt-3 list-disc space-y-1.5 ps-5 text-[0.9375rem]">
          {missed.map((index) => (
            <li key={index}>
              <a href={`#${fieldOf(index)}`} className="link">
                {QUIZ[index]!.asks}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Asked(props: { question: QuizQuestion; index: number; chosen?: Letter; isMarked: boolean }) {
  const { question, index, chosen, isMarked } = props;
  const lesson = LESSONS.find(({ slug }) => slug === question.lesson);
  return (
    <Choices
      name={fieldOf(index)}
      legend={`${index + 1}. ${question.asks}`}
      chosen={chosen}
      options={LETTERS.map((letter) => ({
        value: letter,
        says: question.options[letter],
        verdict: chosen && <Verdict isChosen={letter === chosen} isRight={letter === question.right} />,
      }))}
    >
      {isMarked && !chosen && <p className="text-soft mt-3 text-[0.9375rem]">Not answered yet.</p>}
      {chosen && (
        <div
          className={`mt-3 border-s-4 ps-4 text-[0.9375rem] leading-relaxed ${chosen === question.right ? "border-success-line" : "border-danger-line"}`}
        >
          <p>
            <strong className="font-semibold">{chosen === question.right ? "Right." : "Not quite."}</strong>{" "}
            {question.because}
          </p>
          {lesson && (
            <p className="mt-1">
              <PageLink href={`/learn/${lesson.slug}`} className="link">
                Read: {lesson.title}
              </PageLink>
            </p>
          )}
        </div>
      )}
    </Choices>
  );
}

/** Beside an option, once its question is answered. */
function Verdict({ isChosen, isRight }: { isChosen: boolean; isRight: boolean }) {
  if (!isChosen && !isRight) return null;
  return (
    <span className={`block text-sm font-medium ${isRight ? "text-success" : "text-danger"}`}>
      <span aria-hidden="true">{isRight ? "✓ " : "✗ "}</span>
      {isChosen ? (isRight ? "Your answer, right" : "Your answer, not right") : "The right answer"}
    </span>
  );
}
