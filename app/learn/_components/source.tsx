/** Where a claim can be read in the code of this very build. */
import { PageLink } from "../../_components/page-link";
import { type CitedFile, type CitedSymbol } from "../_sources/cited";
import { linesOf, rangeOf } from "../_sources/lines";

/** `brief` names what is cited and leaves the file to the title, for places with little room; so do narrow screens. */
export function Source<File extends CitedFile>(props: {
  file: File;
  symbol?: CitedSymbol<File>;
  brief?: boolean;
}) {
  const { file, symbol, brief } = props;
  const range = symbol === undefined ? null : rangeOf(linesOf(file), symbol);
  const href = `/learn/source/${file}${range ? `?lines=${range.first}-${range.last}#L${range.first}` : ""}`;
  return (
    <PageLink href={href} title={file} className="source">
      <span className="sr-only">Source: </span>
      {symbol === undefined ? (
        file
      ) : (
        <>
          <span className={brief ? "sr-only" : "max-sm:sr-only"}>
            {file.split("/").slice(-2).join("/")} ›{" "}
          </span>
          <span className="text-ink">{symbol}</span>
        </>
      )}
    </PageLink>
  );
}
