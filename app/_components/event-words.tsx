import type { ReactNode } from "react";

import type { AuditRow } from "@/lib/accounts/activity";

import { count } from "./format";
import { MODE_FACTS, type Mode } from "./mode-facts";

/** What an event tells. */
export type Told = {
  sentence: ReactNode;
  /** What else to know, or to do. */
  note?: string;
  /** The mode that a device session began in. */
  mode?: Mode;
  /** Worth a second look: it may not have been the owner. */
  wary?: boolean;
};

/** The people of an event as a sentence names them. */
export type Cast = {
  /** Who did it, to begin a sentence with. */
  actor: ReactNode;
  /** Whom it happened to, to begin a sentence with and in the middle of one. */
  Subject: ReactNode;
  subject: ReactNode;
  /** "your" or "their". */
  whose: string;
  /** "your account" or "the account of …"; null when there is none. */
  account: ReactNode | null;
};

/** One event, or several alike that happened at one moment, as a sentence. */
export function tell(event: AuditRow, times: number, cast: Cast): Told {
  const { actor, Subject, subject, whose, account } = cast;
  const detail = detailOf(event);
  const mode = modeOf(detail.mode);
  switch (event.type) {
    case "signed_up":
      return { sentence: <>{Subject} signed up.</>, mode };
    case "logged_in":
      return { sentence: <>{Subject} logged in.</>, mode };
    case "log_in_failed":
      return {
        sentence: account ? (
          <>Somebody tried to log in to {account} with a wrong password.</>
        ) : (
          "Somebody tried to log in with an email that has no account."
        ),
        wary: true,
      };
    case "log_in_limited":
      return {
        sentence: (
          <>Too many wrong passwords: log-in to {account ?? "an email that has no account"} was paused.</>
        ),
        wary: true,
      };
    case "password_check_failed":
      return { sentence: <>A wrong password was entered in the settings of {account}.</>, wary: true };
    case "session_ended":
      return ended(String(detail.reason), times, cast);
    case "mode_switched":
      return {
        sentence: (
          <>
            {Subject} switched a device{mode && ` to ${MODE_FACTS[mode].inSentence}`}.
          </>
        ),
      };
    case "password_changed":
      return {
        sentence: (
          <>
            {Subject} changed {whose} password.
          </>
        ),
        mode,
      };
    case "profile_changed":
      return {
        sentence: (
          <>
            {Subject} changed {whose} name.
          </>
        ),
      };
    case "role_changed":
      return {
        sentence: (
          <>
            {actor} made {subject} {detail.role === "admin" ? "an administrator" : "a member"}.
          </>
        ),
      };
    case "account_deleted":
      return {
        sentence:
          event.actorId === null ? "Somebody deleted their own account." : <>{actor} deleted an account.</>,
      };
    default:
      return { sentence: <>Recorded: {event.type}.</> };
  }
}

function ended(reason: string, times: number, { actor, Subject, account }: Cast): Told {
  const devices = times === 1 ? "a device" : count(times, "device");
  const Devices = times === 1 ? "A device" : count(times, "device");
  const was = times === 1 ? "was" : "were";
  const signedOut = (why: string) => (
    <>
      {Devices} of {account} {was} signed out{why}
    </>
  );
  switch (reason) {
    case "logout":
      return { sentence: <>{Subject} logged out.</> };
    case "ended_by_owner":
      return {
        sentence: (
          <>
            {Subject} signed out {devices}.
          </>
        ),
      };
    case "ended_by_admin":
      return {
        sentence: (
          <>
            {actor} signed out {devices} of {account}.
          </>
        ),
      };
    case "mode_switched":
      return { sentence: <>An earlier sign-in to {account} ended: its browser went on in the other mode.</> };
    case "replaced":
      return {
        sentence: <>An earlier sign-in to {account} ended: a new one in its browser took its place.</>,
      };
    case "password_changed":
      return { sentence: signedOut(", because the password was changed.") };
    case "refresh_reused":
      return {
        sentence: signedOut(" as a precaution: its refresh token was used a second time."),
        note: "A token that turns up twice may have been copied. If that is not explained by a restored backup or a cloned browser profile, change the password.",
        wary: true,
      };
    default:
      return { sentence: signedOut(".") };
  }
}

export function detailOf({ detail }: AuditRow): Record<string, unknown> {
  return typeof detail === "object" && detail !== null && !Array.isArray(detail) ? detail : {};
}

const modeOf = (value: unknown): Mode | undefined =>
  value === "session" || value === "jwt" ? value : undefined;
