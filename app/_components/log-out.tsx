"use client";
import { type SubmitEvent, useState } from "react";

/** The way out, in the account menu. With JavaScript it waits for a renewal under way, whose cookies would bring the dead ones back. */
export function LogOut() {
  const [pending, setPending] = useState(false);

  async function leave(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (pending) return;
    const form = event.currentTarget;
    setPending(true);
    // Loaded when it is needed: this stands in the frame of every page.
    const answer = await import("./api-client")
      .then(({ send }) => send("POST", "/api/auth/logout"))
      .catch(() => null);
    // The plain post says what went wrong, as it does without JavaScript.
    if (answer?.ok) location.assign("/");
    else form.submit();
  }

  return (
    <form method="post" action="/api/auth/logout" onSubmit={leave}>
      <button type="submit" className="menu-item" aria-disabled={pending || undefined}>
        {pending ? "Logging out…" : "Log out"}
      </button>
    </form>
  );
}
