/** Where a claim can be read in the code of this very build. */
import { PageLink } from "../../_components/page-link";
import { type CitedFile, type CitedSymbol } from "../_sources/cited";
import { linesOf, rangeOf } from "../_sources/lines";

export function Source<File extends CitedFile>({ file, symbol }: { file: File; symbol?: CitedSymbol<File> }) {
  const range = symbol === undefined ? null : rangeOf(linesOf(file), symbol);
  const href = `/learn/source/${file}${range ? `?lines=${range.first}-${range.last}#L${range.first}` : ""}`;
  return (
    <PageLink href={href} title={file} className="source">
      <span className="sr-only">Source: </span>
      {file.split("/").slice(-2).join("/")}
      {symbol !== undefined && <span className="text-ink"> › {symbol}</span>}
    </PageLink>
  );
}
