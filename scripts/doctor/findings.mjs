// What a judgement is made of: a verdict, what was measured, and for each thing that is wrong what it means and how to mend it.

/** Something that harms: the doctor ends with 1. */
export const fault = (what, means, mend) => ({ severity: "fail", what, means, mend });

/** Something to look at: it is told, and ends with 1 only under --strict. */
export const warning = (what, means, mend) => ({ severity: "warn", what, means, mend });

/** `measured` is a phrase with numbers; the verdict is that of the worst finding. */
export function judged(measured, findings = []) {
  const told = findings.filter(Boolean);
  const verdict = told.some(({ severity }) => severity === "fail")
    ? "fail"
    : told.length > 0
      ? "warn"
      : "pass";
  return { verdict, measured, findings: told };
}

/** There is nothing to judge here, and that is as it should be. */
export const skipped = (reason) => ({ verdict: "skip", measured: reason, findings: [] });

/** It could not be found out; the doctor ends with 2 unless something else is wrong. */
export const untried = (reason) => ({ verdict: "untried", measured: reason, findings: [] });

/** Thrown while measuring, where going on makes no sense. */
export class Untried extends Error {}

export const listed = (items) => [...new Set(items)].join(", ");
