import { MODE_FACTS, type Mode } from "./mode-facts";

/** The name of a mode in its colour. */
export function ModeBadge({ mode }: { mode: Mode }) {
  return (
    <span
      data-mode={mode}
      className="border-mode-line bg-mode-tint text-mode inline-flex items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-[0.8125rem] leading-5 font-medium whitespace-nowrap"
    >
      <span className="bg-mode-fill size-2 rounded-full" aria-hidden="true" />
      {MODE_FACTS[mode].name}
    </span>
  );
}
