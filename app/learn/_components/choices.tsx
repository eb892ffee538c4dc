/** One question with its possible answers, one of which can be chosen. */
import type { ReactNode } from "react";

type Option = { value: string; says: ReactNode; verdict?: ReactNode };

export function Choices(props: {
  name: string;
  legend: ReactNode;
  hint?: string;
  chosen?: string;
  options: Option[];
  children?: ReactNode;
}) {
  const { name, legend, hint, chosen, options, children } = props;
  return (
    <fieldset id={name} aria-describedby={hint && `${name}-hint`} className="min-w-0">
      <legend className="font-semibold">{legend}</legend>
      {hint && (
        <p id={`${name}-hint`} className="text-soft mt-1 text-sm">
          {hint}
        </p>
      )}
      <div className="mt-3 space-y-1">
        {options.map(({ value, says, verdict }) => (
          <label
            key={value}
            className="rounded-control hover:bg-sunken has-checked:bg-sunken -mx-3 flex cursor-pointer gap-3 px-3 py-2 leading-normal"
          >
            <input
              type="radio"
              name={name}
              value={value}
              defaultChecked={value === chosen}
              className="accent-ink mt-1 size-4 shrink-0"
            />
            <span className="min-w-0">
              {says}
              {verdict}
            </span>
          </label>
        ))}
      </div>
      {children}
    </fieldset>
  );
}
