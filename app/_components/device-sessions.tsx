import type { DeviceSessionView } from "@/lib/accounts/device-sessions";
import { describeUserAgent } from "@/lib/core/user-agent";

import { CancelButton, ConfirmDialog } from "./confirm-dialog";
import { EnhancedForm } from "./enhanced-form";
import { SubmitButton } from "./fields";
import { count, list } from "./format";
import { ModeBadge } from "./mode-badge";
import { Moment } from "./moment";

/** Every browser or client that is logged in to the account, this one first. */
export function DeviceSessions({ devices }: { devices: DeviceSessionView[] }) {
  const others = devices.filter((device) => !device.current);
  return (
    <>
      <ul className="card divide-line divide-y">
        {[...devices.filter((device) => device.current), ...others].map((device) => (
          <Device key={device.id} device={device} />
        ))}
      </ul>
      {others.length === 0 ? (
        <p className="text-soft mt-3 text-[0.9375rem]">No other device is logged in to your account.</p>
      ) : (
        <div className="mt-4">
          <ConfirmDialog
            trigger="Sign out all other devices"
            title={`Sign out ${count(others.length, "other device")}?`}
          >
            <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
              {list(others.map(nameOf))} must log in again. This device stays logged in.
            </p>
            <EnhancedForm
              id="sessions"
              instance="all"
              action="/api/auth/logout-all"
              hidden={{ keepCurrent: "true" }}
              success={{ stay: "All other devices are signed out." }}
              className="flex flex-wrap justify-end gap-3"
            >
              <CancelButton />
              <SubmitButton look="danger" pending="Signing out…">
                Sign out all others
              </SubmitButton>
            </EnhancedForm>
          </ConfirmDialog>
        </div>
      )}
    </>
  );
}

const nameOf = (device: DeviceSessionView) => describeUserAgent(device.userAgent);

/** What a device is, when it was last active and from where. */
export function DeviceFacts({ device }: { device: DeviceSessionView }) {
  return (
    <div className="min-w-0 flex-1 basis-60">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="font-medium">{nameOf(device)}</p>
        <ModeBadge mode={device.mode} />
      </div>
      <p className="text-soft mt-1 text-sm">
        {device.current ? (
          <strong className="text-ink font-medium">This device</strong>
        ) : (
          <>
            Active <Moment at={device.lastSeenAt} ago />
          </>
        )}
        , from <span className="break-all">{device.ip}</span>
      </p>
    </div>
  );
}

function Device({ device }: { device: DeviceSessionView }) {
  const name = nameOf(device);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 p-4" data-testid="device">
      <DeviceFacts device={device} />
      {!device.current && (
        <ConfirmDialog trigger="Sign out" triggerDetail={name} title={`Sign out ${name}?`}>
          <p className="text-soft mt-2 mb-5 text-[0.9375rem] leading-relaxed">
            That device must log in again. It was last active <Moment at={device.lastSeenAt} ago />, from{" "}
            <span className="break-all">{device.ip}</span>.
          </p>
          <EnhancedForm
            id="sessions"
            instance={device.id}
            action={`/api/auth/sessions/${device.id}`}
            method="DELETE"
            hidden={{ intent: "end" }}
            success={{ stay: `${name} is signed out.` }}
            className="flex flex-wrap justify-end gap-3"
          >
            <CancelButton />
            <SubmitButton look="danger" pending="Signing out…">
              Sign out
            </SubmitButton>
          </EnhancedForm>
        </ConfirmDialog>
      )}
    </li>
  );
}
