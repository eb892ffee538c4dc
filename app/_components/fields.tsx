"use client";
/** What forms are made of: a text field, a password field, and the button that sends them. */
import { type ComponentProps, type ReactNode, useState } from "react";

import { fieldId, useForm } from "./enhanced-form";
import type { Judgement } from "./password-strength";

type FieldProps = Omit<ComponentProps<"input">, "id" | "className"> & {
  name: string;
  label: string;
  hint?: ReactNode;
  /** What is said when a required field is empty. */
  missing?: string;
};

export function Field({ children, ...props }: FieldProps) {
  const { name, label, hint, missing, required, defaultValue, ...input } = props;
  const form = useForm();
  const id = fieldId(form.id, name);
  const errors = form.errors[name];
  const described = [hint && `${id}-hint`, errors && `${id}-error`].filter(Boolean).join(" ");

  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[0.9375rem] font-medium">
        {label} {!required && !input.readOnly && <span className="text-soft font-normal">(optional)</span>}
      </label>
      <div className="relative">
        <input
          {...input}
          id={id}
          name={name}
          required={required}
          defaultValue={form.values[name] ?? defaultValue}
          data-missing={missing}
          autoFocus={form.cameBack && errors !== undefined}
          aria-invalid={errors ? true : undefined}
          aria-describedby={described || undefined}
          className="input"
        />
        {children}
      </div>
      {errors && (
        <p id={`${id}-error`} className="text-danger mt-1.5 text-sm font-medium">
          <span aria-hidden="true">! </span>
          {errors.join(" ")}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-soft mt-1.5 text-sm">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A password that can be looked at; never filled in by the server. */
export function PasswordField(props: FieldProps & { autoComplete: "current-password" | "new-password" }) {
  const [shown, setShown] = useState(false);
  return (
    <Field {...props} type={shown ? "text" : "password"} required spellCheck={false} autoCapitalize="none">
      <button
        type="button"
        aria-pressed={shown}
        aria-label="Show password"
        onClick={() => setShown(!shown)}
        className="bg-surface text-soft hover:text-ink scriptless:hidden absolute inset-y-1 end-1 min-w-14 rounded-md px-2 text-sm font-medium"
      >
        {shown ? "Hide" : "Show"}
      </button>
    </Field>
  );
}

type NewPasswordFieldProps = Omit<FieldProps, "hint"> & {
  /** What a stranger could know, apart from what this form's own fields say. */
  personal?: string[];
};

/** A password that is being chosen: told as it is typed how hard it is to guess. It never stands in the way; the server decides. */
export function NewPasswordField({ personal = [], ...props }: NewPasswordFieldProps) {
  const [judged, setJudged] = useState<Judgement | null>(null);

  async function judge({ value, form }: HTMLInputElement) {
    // Loaded when somebody types, so that no page is heavier for it.
    const { judgePassword } = await import("./password-strength");
    const known = [...(form?.elements ?? [])].filter(
      (field) => field instanceof HTMLInputElement && /^(email|username|name)$/.test(field.autocomplete),
    ) as HTMLInputElement[];
    setJudged(judgePassword(value, [...personal, ...known.map((field) => field.value)]));
  }

  return (
    <PasswordField
      {...props}
      autoComplete="new-password"
      onInput={(event) => void judge(event.currentTarget)}
      hint={<Strength judged={judged} />}
    />
  );
}

const STEPS = [1, 2, 3, 4];

function Strength({ judged }: { judged: Judgement | null }) {
  return (
    <>
      <span className="scriptless:hidden mb-2 grid grid-cols-4 gap-1" aria-hidden="true">
        {STEPS.map((step) => (
          <span
            key={step}
            className={`h-1 rounded-full ${judged && step <= judged.level ? "bg-ink" : "bg-line"}`}
          />
        ))}
      </span>
      <span className="block min-h-10" aria-live="polite">
        {judged?.says ?? "8 to 256 characters, any you like. Very common passwords are refused."}
      </span>
    </>
  );
}

type SubmitButtonProps = {
  /** What it says while the answer is under way. */
  pending: string;
  look?: "primary" | "plain" | "danger";
  small?: boolean;
  className?: string;
  name?: string;
  value?: string;
  children: ReactNode;
};

/** Both texts hold the same place, so nothing moves when one gives way to the other. */
export function SubmitButton(props: SubmitButtonProps) {
  const { pending, look = "primary", small, className = "", children, ...button } = props;
  const form = useForm();
  return (
    <button
      {...button}
      type="submit"
      aria-disabled={form.pending || undefined}
      aria-busy={form.pending || undefined}
      className={`button button-${look} ${small ? "button-small" : ""} ${className}`}
    >
      <span className={`col-start-1 row-start-1 ${form.pending ? "invisible" : ""}`}>{children}</span>
      <span className={`col-start-1 row-start-1 ${form.pending ? "" : "invisible"}`}>{pending}</span>
    </button>
  );
}
