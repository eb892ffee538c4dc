import type { Metadata } from "next";

import { listDeviceSessions } from "@/lib/accounts/device-sessions";
import { preferredMode } from "@/lib/accounts/profile";
import { requireCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";

import { DeleteAccount, NOT_YOUR_PASSWORD } from "../_components/delete-account";
import { DeviceSessions } from "../_components/device-sessions";
import { FlashNote } from "../_components/flash-note";
import { ModeSwitch } from "../_components/mode-switch";
import { PageLink } from "../_components/page-link";
import { PasswordForm } from "../_components/password-form";
import { ProfileForm } from "../_components/profile-form";
import { Section } from "../_components/section";
import { whenAvailable } from "../_components/when-available";

export const metadata: Metadata = { title: "Settings" };

const SECTIONS = [
  ["profile", "Profile"],
  ["mode", "Mode"],
  ["password", "Password"],
  ["devices", "Devices"],
  ["activity", "Activity"],
  ["danger", "Danger zone"],
] as const;

export default whenAvailable(SettingsPage);

async function SettingsPage() {
  const caller = await requireCaller("/settings");
  const [flash, preferred, devices] = await Promise.all([
    readFlash("/settings"),
    preferredMode(caller.user.id),
    listDeviceSessions(caller, new Date()),
  ]);
  const noticeOf = (form: string) => (flash?.form === form ? flash.notice : undefined);

  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <h1 className="text-2xl font-semibold sm:text-3xl">Settings</h1>
      <div className="mt-6 gap-12 lg:grid lg:grid-cols-[10rem_1fr]">
        <nav aria-label="Sections" className="hidden lg:block">
          <ul className="border-line sticky top-20 space-y-1 border-s text-[0.9375rem]">
            {SECTIONS.map(([id, title]) => (
              <li key={id}>
                <a href={`#${id}`} className="text-soft hover:text-ink flex min-h-8 items-center ps-4">
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="min-w-0 space-y-14">
          <Section id="profile" title="Profile" notice={noticeOf("profile")}>
            <ProfileForm user={caller.user} flash={flash} />
          </Section>
          <Section id="mode" title="Mode" notice={noticeOf("mode")}>
            <ModeSwitch current={caller.session.mode} preferred={preferred} flash={flash} />
          </Section>
          <Section id="password" title="Password" notice={noticeOf("password")}>
            <PasswordForm user={caller.user} flash={flash} />
          </Section>
          <Section id="devices" title="Devices" notice={noticeOf("sessions")}>
            <FlashNote form="sessions" flash={flash} />
            <DeviceSessions devices={devices} />
          </Section>
          <Section id="activity" title="Security activity">
            <p className="text-soft max-w-[60ch] text-[0.9375rem] leading-relaxed">
              Log-ins, sign-outs, changes of your password and mode, and attempts that failed: what happened,
              when and from where.
            </p>
            <PageLink href="/settings/activity" className="button button-small button-plain mt-4">
              See your activity
            </PageLink>
          </Section>
          <Section id="danger" title="Danger zone" notice={noticeOf("delete-account")}>
            <FlashNote
              form="delete-account"
              flash={flash}
              says={{ invalid_credentials: NOT_YOUR_PASSWORD }}
            />
            <DeleteAccount email={caller.user.email} devices={devices.length} />
          </Section>
        </div>
      </div>
    </main>
  );
}
