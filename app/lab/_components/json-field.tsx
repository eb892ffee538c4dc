"use client";
/** A field for a JSON object: says at once, at the field, where it is none; the server says it again. */
import { useId, useState } from "react";

type Props = {
  name: string;
  label: string;
  hint: string;
  defaultValue: string;
  /** What the server said to a form that was sent without JavaScript. */
  error?: string;
};

export function JsonField({ name, label, hint, defaultValue, error }: Props) {
  const id = useId();
  const [complaint, setComplaint] = useState(error);

  function judge(field: HTMLTextAreaElement) {
    const found = complaintOf(field.value);
    field.setCustomValidity(found ?? "");
    return found;
  }

  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block text-[0.9375rem] font-medium">
        {label}
      </label>
      <textarea
        id={id}
        name={name}
        rows={4}
        maxLength={4000}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        defaultValue={defaultValue}
        autoFocus={error !== undefined}
        aria-invalid={complaint ? true : undefined}
        aria-describedby={`${id}-hint${complaint ? ` ${id}-error` : ""}`}
        onInput={(event) => !judge(event.currentTarget) && setComplaint(undefined)}
        onBlur={(event) => setComplaint(judge(event.currentTarget))}
        onInvalid={(event) => setComplaint(judge(event.currentTarget))}
        className="input code"
      />
      {complaint && (
        <p id={`${id}-error`} className="text-danger mt-1.5 text-sm font-medium">
          <span aria-hidden="true">! </span>
          {complaint}
        </p>
      )}
      <p id={`${id}-hint`} className="text-soft mt-1.5 text-sm">
        {hint}
      </p>
    </div>
  );
}

function complaintOf(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return undefined;
    return 'Write a JSON object such as {"role": "admin"}.';
  } catch (error) {
    return `This is not JSON: ${(error as SyntaxError).message}.`;
  }
}
