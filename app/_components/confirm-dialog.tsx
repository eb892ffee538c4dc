"use client";
/** A question before something is lost. With JavaScript a modal dialog; without, the browser opens the same one as a popover. */
import { type ReactNode, useId, useRef } from "react";

type ConfirmDialogProps = {
  /** What the button that opens it says. */
  trigger: string;
  /** Spoken after the trigger where several stand in a list. */
  triggerDetail?: string;
  look?: "plain" | "danger";
  title: string;
  children: ReactNode;
};

export function ConfirmDialog({
  trigger,
  triggerDetail,
  look = "plain",
  title,
  children,
}: ConfirmDialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        onClick={(event) => {
          event.preventDefault();
          dialog.current?.showModal();
        }}
        className={`button button-small button-${look}`}
      >
        <span>
          {trigger}
          {triggerDetail && <span className="sr-only"> {triggerDetail}</span>}
        </span>
      </button>
      <dialog ref={dialog} id={id} popover="auto" className="dialog" aria-labelledby={`${id}-title`}>
        <h3 id={`${id}-title`} className="text-lg font-semibold">
          {title}
        </h3>
        {children}
        <button
          type="button"
          popoverTarget={id}
          popoverTargetAction="hide"
          onClick={() => dialog.current?.close()}
          className="button button-plain mt-2 w-full"
        >
          Cancel
        </button>
      </dialog>
    </>
  );
}
