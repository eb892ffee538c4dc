"use client";
import { EnhancedForm, useForm } from "./enhanced-form";

/** The way out, in the account menu. */
export function LogOut() {
  return (
    <EnhancedForm id="logout" action="/api/auth/logout" success={{ go: "/" }}>
      <Button />
    </EnhancedForm>
  );
}

function Button() {
  const { pending } = useForm();
  return (
    <button type="submit" className="menu-item" aria-busy={pending || undefined}>
      {pending ? "Logging out…" : "Log out"}
    </button>
  );
}
