/** The lines of a cited file as they are in this build, and where in them something is declared. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { CitedFile } from "./cited";

/** First and last line, counted from 1. */
export type Range = { first: number; last: number };

export function linesOf(file: CitedFile): string[] {
  // By path, not by import: it is shown, not run. The build is told of it in next.config.ts.
  const text = readFileSync(path.join(/* turbopackIgnore: true */ process.cwd(), file), "utf8");
  return text.trimEnd().split("\n");
}

/** The declaration of a name, or the one line with this text; null where there is none, or more than one. */
export function rangeOf(lines: readonly string[], symbol: string): Range | null {
  const name = symbol.replaceAll(/[^\w\s]/g, "\\$&");
  const declared = new RegExp(
    `^(?:export )?(?:async )?(?:function|class|const|type|interface|enum|model) ${name}\\b`,
  );
  const member = new RegExp(`^  (?:async )?#?${name}\\(.*\\{$`);
  for (const isIt of [
    (line: string) => declared.test(line),
    (line: string) => member.test(line),
    (line: string) => line.includes(symbol),
  ]) {
    const [at, ...others] = lines.flatMap((line, index) => (isIt(line) ? [index] : []));
    if (at !== undefined) return others.length > 0 ? null : { first: at + 1, last: endOf(lines, at) + 1 };
  }
  return null;
}

/** Sources are formatted: what belongs to a declaration is indented below it, but for the brackets that close it. */
function endOf(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start]!);
  let end = start;
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === "") continue;
    const isCloser = indentOf(line) === indent && /^[)\]}]/.test(line.trim());
    if (indentOf(line) <= indent && !isCloser) break;
    end = at;
    if (isCloser && !/[{([]$|=>$/.test(line)) break;
  }
  return end;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** `12` or `12-20`, as far as the file goes; null for anything else. */
export function parseRange(text: string | undefined, lineCount: number): Range | null {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? "") ?? [];
  const range = { first: Number(first), last: Math.min(Number(last), lineCount) };
  return range.first >= 1 && range.first <= range.last ? range : null;
}
