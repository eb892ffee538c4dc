"use client";
/** A question before something is lost. With JavaScript a modal dialog; without, the browser opens the same one as a popover. */
import { createContext, type ReactNode, use, useId, useRef } from "react";

const DialogId = createContext("");

type ConfirmDialogProps = {
  /** What the button that opens it says. */
  trigger: string;
  /** Spoken after the trigger where several stand in a list. */
  triggerDetail?: string;
  title: string;
  children: ReactNode;
};

export function ConfirmDialog({ trigger, triggerDetail, title, children }: ConfirmDialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        popoverTarget={id}
        onClick={(event) => {
          event.preventDefault();
          dialog.current?.showModal();
        }}
        className="button button-small button-plain"
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
        <DialogId value={id}>{children}</DialogId>
      </dialog>
    </>
  );
}

/** Comes before the button that destroys, so that it is the one in focus where nothing has to be typed. */
export function CancelButton() {
  return (
    <button
      type="button"
      popoverTarget={use(DialogId)}
      popoverTargetAction="hide"
      onClick={(event) => event.currentTarget.closest("dialog")?.close()}
      className="button button-plain"
    >
      Cancel
    </button>
  );
}
