import type { readUser } from "@/lib/accounts/administration";

import { CancelButton, ConfirmDialog } from "./confirm-dialog";
import { DeviceFacts } from "./device-sessions";
import { EnhancedForm } from "./enhanced-form";
import { SubmitButton } from "./fields";
import { count } from "./format";
import { PageLink } from "./page-link";

type Found = Extract<Awaited<ReturnType<typeof readUser>>, { ok: true }>["value"];
type Person = Found["user"];

/** The devices somebody is logged in on, and the end of all of them. */
export function EndSessions({ user, devices, isMe }: Found & { isMe: boolean }) {
  if (devices.length === 0) {
    return <p className="text-soft text-[0.9375rem]">No device is logged in to this account.</p>;
  }
  return (
    <>
      <ul className="card divide-line divide-y">
        {devices.map((device) => (
          <li key={device.id} className="p-4" data-testid="device">
            <DeviceFacts device={device} />
          </li>
        ))}
      </ul>
      {isMe ? (
        <p className="text-soft mt-3 text-[0.9375rem]">
          Your own devices are signed out in your{" "}
          <PageLink href="/settings#devices" className="link text-ink">
            settings
          </PageLink>
          .
        </p>
      ) : (
        <div className="mt-4">
          <ConfirmDialog
            trigger="Sign out all devices"
            title={`Sign out ${count(devices.length, "device")} of ${user.name}?`}
          >
            <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
              Within a second, <span className="wrap-anywhere">{user.email}</span> must log in again
              everywhere. The account stays as it is.
            </p>
            <EnhancedForm
              id="sessions"
              action={`/api/admin/users/${user.id}/sessions`}
              method="DELETE"
              hidden={{ intent: "end" }}
              success={{ stay: `Signed out ${count(devices.length, "device")}.` }}
            >
              <div className="flex flex-wrap justify-end gap-3">
                <CancelButton />
                <SubmitButton look="danger" pending="Signing out…">
                  Sign out all devices
                </SubmitButton>
              </div>
            </EnhancedForm>
          </ConfirmDialog>
        </div>
      )}
    </>
  );
}

const ROLES = {
  member: {
    is: "A member sees and changes nothing but their own account.",
    next: "admin",
    trigger: "Make administrator",
    consequence:
      "will see everybody’s account and security events, and may sign people out, change roles and delete accounts",
    done: "is an administrator now.",
  },
  admin: {
    is: "An administrator sees everybody’s account and security events, and may sign people out, change roles and delete accounts.",
    next: "member",
    trigger: "Make member",
    consequence: "will no longer see or change anybody else’s account",
    done: "is a member now.",
  },
} as const;

export function SetRole({ user, isMe }: { user: Person; isMe: boolean }) {
  const { is, next, trigger, consequence, done } = ROLES[user.role === "admin" ? "admin" : "member"];
  return (
    <div className="flex flex-wrap items-center justify-between gap-4">
      <p className="text-soft max-w-[56ch] text-[0.9375rem] leading-relaxed">{is}</p>
      <ConfirmDialog trigger={trigger} title={`${trigger}?`}>
        <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
          <span className="text-ink font-medium wrap-anywhere">{user.email}</span>
          {isMe && " (you)"} {consequence}. It holds within a second, on every device, and nobody is signed
          out.
        </p>
        <EnhancedForm
          id="role"
          action={`/api/admin/users/${user.id}`}
          method="PATCH"
          hidden={{ intent: "set-role", role: next }}
          success={
            isMe ? { go: "/dashboard", say: "You are a member now." } : { stay: `${user.email} ${done}` }
          }
        >
          <div className="flex flex-wrap justify-end gap-3">
            <CancelButton />
            <SubmitButton pending="Changing…">{trigger}</SubmitButton>
          </div>
        </EnhancedForm>
      </ConfirmDialog>
    </div>
  );
}

export function DeletePerson({ user, devices }: { user: Person; devices: number }) {
  return (
    <div className="rounded-card border-danger-line flex flex-wrap items-center justify-between gap-4 border p-5">
      <div className="max-w-[56ch]">
        <h3 className="font-medium">Delete this account</h3>
        <p className="text-soft mt-1 text-[0.9375rem] leading-relaxed">
          The account and everything that belongs to it is gone for good, on every device.
        </p>
      </div>
      <ConfirmDialog trigger="Delete account" title={`Delete the account of ${user.name}?`}>
        <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
          <span className="text-ink font-medium wrap-anywhere">{user.email}</span> is deleted with its name,
          settings and security events
          {devices > 0 && <>, and {count(devices, "device is", "devices are")} logged out at once</>}. This
          cannot be undone.
        </p>
        <EnhancedForm
          id="delete"
          action={`/api/admin/users/${user.id}`}
          method="DELETE"
          hidden={{ intent: "delete" }}
          success={{ go: "/admin", say: `The account ${user.email} is gone.` }}
        >
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
