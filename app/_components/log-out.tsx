"use client";
import type { ReactNode } from "react";

/** The way out, in the account menu. `lands` is where the plain post leads, too. */
export function LogOut({ lands, children }: { lands: string; children: ReactNode }) {
  return (
    <form
      method="post"
      action="/api/auth/logout"
      onSubmit={(event) => {
        const form = event.currentTarget;
        event.preventDefault();
        // Loaded when it is needed: this stands in the frame of every page.
        import("./leave").then(
          ({ leave }) => leave(form, lands),
          () => form.submit(),
        );
      }}
    >
      {children}
    </form>
  );
}
