import type { Caller } from "@/lib/http/caller";
import type { Flash } from "@/lib/http/flash";

import { EnhancedForm } from "./enhanced-form";
import { NewPasswordField, PasswordField, SubmitButton } from "./fields";

export function PasswordForm({ user, flash }: { user: Caller["user"]; flash: Flash | null }) {
  return (
    <EnhancedForm
      id="password"
      action="/api/auth/password"
      flash={flash}
      refusals={{ invalid_credentials: { currentPassword: ["That is not your current password."] } }}
      success={{ stay: "Password changed. Every other device was signed out." }}
      className="max-w-md space-y-5"
    >
      {/* For password managers: whose password this is. */}
      <input type="email" name="username" autoComplete="username" defaultValue={user.email} hidden readOnly />
      <PasswordField
        name="currentPassword"
        label="Current password"
        autoComplete="current-password"
        missing="Enter your current password."
      />
      <NewPasswordField
        name="newPassword"
        label="New password"
        missing="Choose a new password."
        personal={[user.name]}
      />
      <p className="text-soft text-[0.9375rem] leading-relaxed">
        Every other device is signed out. This one stays logged in.
      </p>
      <SubmitButton pending="Changing…">Change password</SubmitButton>
    </EnhancedForm>
  );
}
