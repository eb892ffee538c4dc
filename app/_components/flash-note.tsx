import type { FailureCode } from "@/lib/core/failure";
import type { Flash } from "@/lib/http/flash";

type FlashNoteProps = {
  form: string;
  flash: Flash | null;
  /** In place of what the server says, by the code of the refusal. */
  says?: Partial<Record<FailureCode, string>>;
};

/** Why a form that stands in a closed dialog was refused, when it was posted without JavaScript. */
export function FlashNote({ form, flash, says = {} }: FlashNoteProps) {
  if (flash?.form !== form || !flash.message) return null;
  return (
    <p
      role="alert"
      tabIndex={-1}
      autoFocus
      className="rounded-control border-danger-line bg-danger-tint text-danger mb-4 border px-3 py-2.5 text-[0.9375rem] font-medium"
    >
      {(flash.code && says[flash.code]) ?? flash.message}
    </p>
  );
}
