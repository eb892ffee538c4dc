import { CancelButton, ConfirmDialog } from "./confirm-dialog";
import { EnhancedForm } from "./enhanced-form";
import { PasswordField, SubmitButton } from "./fields";
import { count } from "./format";

export const NOT_YOUR_PASSWORD = "That is not your password. Nothing was deleted.";

export function DeleteAccount({ email, devices }: { email: string; devices: number }) {
  return (
    <div className="rounded-card border-danger-line flex flex-wrap items-center justify-between gap-4 border p-5">
      <div className="max-w-[56ch]">
        <h3 className="font-medium">Delete this account</h3>
        <p className="text-soft mt-1 text-[0.9375rem] leading-relaxed">
          The account and everything that belongs to it is gone for good, on every device.
        </p>
      </div>
      <ConfirmDialog trigger="Delete account" title="Delete this account?">
        <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
          <span className="text-ink font-medium break-all">{email}</span> is deleted with its name, settings
          and security events, and {count(devices, "device is", "devices are")} logged out at once. This
          cannot be undone.
        </p>
        <EnhancedForm
          id="delete-account"
          action="/api/me"
          method="DELETE"
          hidden={{ intent: "delete" }}
          refusals={{ invalid_credentials: NOT_YOUR_PASSWORD }}
          success={{ go: "/", say: "Your account is deleted." }}
          className="space-y-5"
        >
          <PasswordField
            name="password"
            label="Your password"
            autoComplete="current-password"
            missing="Enter your password."
          />
          <div className="flex flex-wrap justify-end gap-3">
            <CancelButton />
            <SubmitButton look="danger" pending="Deleting…">
              Delete account
            </SubmitButton>
          </div>
        </EnhancedForm>
      </ConfirmDialog>
    </div>
  );
}
