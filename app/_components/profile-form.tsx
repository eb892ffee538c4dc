import type { Caller } from "@/lib/http/caller";
import type { Flash } from "@/lib/http/flash";

import { EnhancedForm } from "./enhanced-form";
import { Field, SubmitButton } from "./fields";

export function ProfileForm({ user, flash }: { user: Caller["user"]; flash: Flash | null }) {
  return (
    <EnhancedForm
      id="profile"
      action="/api/me"
      method="PATCH"
      hidden={{ intent: "update" }}
      flash={flash}
      success={{ stay: "Name saved." }}
      className="max-w-md space-y-5"
    >
      <Field
        name="name"
        label="Name"
        required
        maxLength={100}
        autoComplete="name"
        defaultValue={user.name}
        missing="Enter a name."
      />
      <div>
        <p className="text-[0.9375rem] font-medium">Email</p>
        <p className="text-soft mt-1 break-all">{user.email}</p>
      </div>
      <SubmitButton pending="Saving…">Save name</SubmitButton>
    </EnhancedForm>
  );
}
