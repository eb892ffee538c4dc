/** What happens once a form is sent: it is checked, sent as JSON, and the answer read. Loaded then, so that no page is heavier for it. */
import type { FieldErrors } from "@/lib/core/failure";

import { type Problem, send } from "./api-client";

export type Outcome =
  | { is: "done" }
  | { is: "logged-out"; way: string }
  | { is: "refused"; code?: Problem["code"]; message: string; errors?: FieldErrors };

export async function submitForm(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  method: string,
  action: string,
): Promise<Outcome> {
  const errors = validate(form);
  if (Object.keys(errors).length > 0)
    return { is: "refused", message: "Please check what is marked below.", errors };

  const answer = await send(method, action, filledIn(new FormData(form, submitter)));
  if (answer.ok) return { is: "done" };
  const { code, status, title, detail = title } = answer.problem;
  if (status === 401 && code !== "invalid_credentials")
    return { is: "logged-out", way: `/login?next=${encodeURIComponent(location.pathname)}` };
  return { is: "refused", code, message: detail, errors: answer.problem.errors };
}

/** Optional fields that were left empty are left out. */
function filledIn(data: FormData): Record<string, string> {
  const entries = [...data].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
  );
  return Object.fromEntries(entries);
}

function validate(form: HTMLFormElement): FieldErrors {
  const errors: FieldErrors = {};
  for (const input of form.elements) {
    if (!(input instanceof HTMLInputElement) || !input.willValidate) continue;
    const message = complaint(input);
    if (message) errors[input.name] = [message];
  }
  return errors;
}

function complaint(input: HTMLInputElement): string | null {
  if (input.validity.valueMissing) return input.dataset.missing ?? "Fill in this field.";
  if (input.validity.typeMismatch) return "Enter an email address like name@example.com.";
  if (input.autocomplete !== "new-password") return null;
  const length = [...input.value].length;
  if (length < 8) return `Use at least 8 characters. This has ${length}.`;
  if (length > 256) return `Use at most 256 characters. This has ${length}.`;
  return null;
}
