"use client";
/** A form that posts by itself, and with JavaScript stays on the page: it checks, sends JSON, and says what went wrong where. */
import { useRouter } from "next/navigation";
import {
  createContext,
  type FormEvent,
  Fragment,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useTransition,
} from "react";

import type { FieldErrors } from "@/lib/core/failure";
import type { Flash } from "@/lib/http/flash";

import type { Problem } from "./api-client";
import { announceOnNextPage, useAnnounce } from "./notices";

type Refusal = { message: string; errors: FieldErrors };

type FormState = {
  id: string;
  pending: boolean;
  /** It was posted without JavaScript and refused: where that is shown takes focus. */
  cameBack: boolean;
  errors: FieldErrors;
  values: Record<string, string>;
};

const FormContext = createContext<FormState>({
  id: "",
  pending: false,
  cameBack: false,
  errors: {},
  values: {},
});
export const useForm = () => useContext(FormContext);

type Success = { go: string; say?: string } | { stay: string };

export type EnhancedFormProps = {
  /** The form's name, also in the flash that a refused post leaves. */
  id: string;
  /** Tells this copy of the form from others of the same name on the page. */
  instance?: string;
  action: string;
  /** What is sent with JavaScript; without, it is always a post. */
  method?: "POST" | "PATCH" | "DELETE";
  hidden?: Record<string, string>;
  flash?: Flash | null;
  /** What this form says to a refusal as a whole, in place of the server's words: at a field, or above them all. */
  refusals?: Partial<Record<Problem["code"], FieldErrors | string>>;
  /** Where success leads: to another page, freshly loaded, or to this one, shown anew with a notice. */
  success: Success;
  className?: string;
  children: ReactNode;
};

export function EnhancedForm(props: EnhancedFormProps) {
  const { id, instance, action, method = "POST", hidden = {}, refusals = {}, success } = props;
  const { className, children } = props;
  const flash = props.flash?.form === id ? props.flash : null;
  const formId = instance ? `${id}-${instance}` : id;

  const router = useRouter();
  const announce = useAnnounce();
  const form = useRef<HTMLFormElement>(null);
  const summary = useRef<HTMLDivElement>(null);
  const [sending, setSending] = useState(false);
  const [refreshing, startRefresh] = useTransition();
  const [refusal, setRefusal] = useState<Refusal | null>(
    flash?.message ? worded(flash.message, flash.errors, flash.code && refusals[flash.code]) : null,
  );
  const [answered, setAnswered] = useState(0);
  const [done, setDone] = useState(0);

  useEffect(() => {
    if (form.current) form.current.noValidate = true;
    const onShow = (event: PageTransitionEvent) => event.persisted && setSending(false);
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, []);

  useEffect(() => {
    if (answered === 0) return;
    const target = summary.current ?? form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    target?.focus();
  }, [answered]);

  function refuse(refusal: Refusal) {
    setRefusal(refusal);
    setAnswered((times) => times + 1);
    setSending(false);
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (sending || refreshing) return;
    const target = event.currentTarget;
    const { submitter } = event.nativeEvent as SubmitEvent;
    setSending(true);
    const { submitForm } = await import("./submission").catch(() => NOT_LOADED);
    const outcome = await submitForm(target, submitter, method, action);
    if (outcome.is === "logged-out") return location.assign(outcome.way);
    if (outcome.is === "refused") {
      const { code, message, errors } = outcome;
      return refuse(worded(message, errors, code && refusals[code]));
    }
    setRefusal(null);
    if ("go" in success) {
      if (success.say) announceOnNextPage(success.say);
      return location.assign(success.go);
    }
    setSending(false);
    startRefresh(() => {
      router.refresh();
      setDone((times) => times + 1);
      target.closest("dialog")?.close();
      announce(success.stay);
    });
  }

  const pending = sending || refreshing;
  const errors = refusal?.errors ?? {};
  return (
    <FormContext
      value={{ id: formId, pending, cameBack: flash !== null, errors, values: flash?.values ?? {} }}
    >
      <form
        ref={form}
        id={`form-${formId}`}
        method="post"
        action={action}
        onSubmit={submit}
        className={className}
      >
        {Object.entries(hidden).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {refusal && speaksForItself(refusal) && (
          <ErrorSummary ref={summary} refusal={refusal} formId={formId} autoFocus={flash !== null} />
        )}
        {/* New fields for the next time: what was typed is done with. */}
        <Fragment key={done}>{children}</Fragment>
      </form>
    </FormContext>
  );
}

const worded = (message: string, errors?: FieldErrors, own?: FieldErrors | string): Refusal =>
  typeof own === "string" ? { message: own, errors: {} } : { message, errors: errors ?? own ?? {} };

const NOT_LOADED: typeof import("./submission") = {
  submitForm: async () => ({
    is: "refused",
    message: "The server did not answer. Reload the page and try again.",
  }),
};

/** One refused field says all there is to say beside it; anything else needs a summary. */
function speaksForItself({ errors }: Refusal): boolean {
  return Object.keys(errors).length !== 1;
}

function ErrorSummary(props: {
  ref: React.Ref<HTMLDivElement>;
  refusal: Refusal;
  formId: string;
  autoFocus: boolean;
}) {
  const { ref, refusal, formId, autoFocus } = props;
  const errors = Object.entries(refusal.errors);
  return (
    <div
      ref={ref}
      role="alert"
      tabIndex={-1}
      autoFocus={autoFocus}
      className="rounded-control border-danger-line bg-danger-tint text-danger mb-5 border px-3 py-2.5 text-[0.9375rem]"
    >
      <p className="font-medium">{refusal.message}</p>
      {errors.length > 0 && (
        <ul className="mt-1.5 list-disc space-y-1 ps-5">
          {errors.map(([name, messages]) => (
            <li key={name}>
              <a className="link" href={`#${fieldId(formId, name)}`}>
                {messages[0]}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export const fieldId = (formId: string, name: string) => `${formId}-${name}`;
