// What the reader sees: a row for each check, the findings with meaning and remedy, and the exit code.
const WIDTH = 96;
const VERDICTS = { pass: "ok", warn: "warning", fail: "FAILED", skip: "skipped", untried: "not tried" };
const COLOURS = { pass: 32, warn: 33, fail: 31, skip: 2, untried: 35 };
const LABEL = 11;
const NAME = 16;

/** Breaks `text` at spaces into lines of at most `width` characters, all but the first moved in by `indent`. */
export function wrapped(text, width, indent) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

const painted = (text, verdict, hasColour) => (hasColour ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text);

export function row({ id, verdict, measured }, { hasColour }) {
  const label = painted(VERDICTS[verdict].padEnd(LABEL), verdict, hasColour);
  const indent = 2 + LABEL + NAME;
  return `  ${label}${id.padEnd(NAME)}${wrapped(measured, WIDTH - indent, indent)}`;
}

export function findingsText(results, { hasColour }) {
  const told = results.flatMap(({ id, title, findings }) =>
    findings.map((finding) => ({ ...finding, id, title })),
  );
  return told
    .map(({ severity, id, title, what, means, mend }, n) => {
      const line = (name, text) => `   ${name.padEnd(9)}${wrapped(text, WIDTH - 12, 12)}`;
      const head = painted(`${n + 1}. ${VERDICTS[severity]}  ${id}`, severity, hasColour);
      return [`${head}  ${title}`, line("Found", what), line("Means", means), line("Mend", mend)].join("\n");
    })
    .join("\n\n");
}

export function summary(results, milliseconds) {
  const count = (verdict) => results.filter((result) => result.verdict === verdict).length;
  const parts = Object.entries(VERDICTS)
    .map(([verdict, word]) => [count(verdict), word.toLowerCase()])
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`);
  return `${results.length} ${results.length === 1 ? "check" : "checks"}: ${parts.join(", ")}. ${(milliseconds / 1000).toFixed(1)} s.`;
}

/** 1 for something wrong, 2 where something could not be tried, else 0. */
export function exitCodeOf(results, { strict }) {
  const has = (verdict) => results.some((result) => result.verdict === verdict);
  if (has("fail") || (strict && has("warn"))) return 1;
  return has("untried") ? 2 : 0;
}
