import type { Flash } from "@/lib/http/flash";

/** Why a form that stands in a closed dialog was refused, when it was posted without JavaScript. */
export function FlashNote({ form, flash }: { form: string; flash: Flash | null }) {
  if (flash?.form !== form || !flash.message) return null;
  return (
    <p
      role="alert"
      tabIndex={-1}
      autoFocus
      className="rounded-control border-danger-line bg-danger-tint text-danger mb-4 border px-3 py-2.5 text-[0.9375rem] font-medium"
    >
      {flash.message}
    </p>
  );
}
