/** The shapes both strategies share: what a request carries, who it turns out to be, and what is issued to it. */
import type { CookieName } from "@/lib/core/cookie-names";
import type { CredentialCode, Failure, FailureCode } from "@/lib/core/failure";
import type { Result } from "@/lib/core/result";

export type Mode = "session" | "jwt";
export type Transport = "cookie" | "bearer";
export type Role = "member" | "admin" | "editor";

/** `editor` is for lab identities, so that a role can be seen to change; it may do nothing that a member may not. */
export const ROLES = ["member", "admin", "editor"] as const satisfies readonly Role[];
export const MODES = ["session", "jwt"] as const satisfies readonly Mode[];

/** What a request carries. A NextRequest is one as it stands; so is a two-line object in a test. */
export type Carrier = {
  cookies: { get(name: string): { value: string } | undefined };
  headers: { get(name: string): string | null };
};

export type Account = { id: string; email: string; name: string; role: Role };

export type SessionView = {
  id: string;
  mode: Mode;
  transport: Transport;
  /** When the device session ends if nothing more happens. */
  expiresAt: Date;
  /** When the credential itself needs renewing; equals `expiresAt` where the credential is the session. */
  credentialExpiresAt: Date;
};

/** Who is calling, as one strategy established it. */
export type Principal = { user: Account; session: SessionView };

export type CredentialFailure = Failure<CredentialCode | "storage_unavailable">;

/** Where a new device session comes from. */
export type Origin = { ip: string; userAgent: string };

/** Why a device session is over, where somebody ended it. */
export type EndReason =
  | "logout"
  | "ended_by_owner"
  | "ended_by_admin"
  | "mode_switched"
  | "replaced"
  | "password_changed"
  | "refresh_reused"
  | "account_deleted";

/** Who ends device sessions, from where, and why. */
export type Ending = { reason: EndReason; actorId: string | null; origin: Origin; now: Date };

/** What the audit trail says of a device session that begins. */
export type BeginEvent = "signed_up" | "logged_in" | "mode_switched" | "password_changed";

export type IssueContext = {
  now: Date;
  transport: Transport;
  origin: Origin;
  event: BeginEvent;
  /** Device sessions that end in the same transaction. Nothing is issued unless `mustBeLive` was among those that did. */
  replaces?: { sessions: string[] | "all"; reason: EndReason; mustBeLive?: string };
  /** Makes the mode of the new device session the account's preference, in the same transaction. */
  becomesPreference?: boolean;
  /** The hash that the password was compared with: nothing is issued when the account has another one by now. */
  verifiedPasswordHash?: string;
  /** Replaces exactly the hash that was verified, in the same transaction; nothing is issued when it is no longer that. */
  newPasswordHash?: { verified: string; replacement: string };
};

export type CredentialCookie = Extract<CookieName, "session" | "access" | "refresh">;

/** A cookie to set (`value`) or to clear (`value: null`); names are logical, lib/http knows prefixes and flags. */
export type CookieChange<Name extends CookieName = CredentialCookie> =
  { name: Name; value: string; expiresAt: Date } | { name: Name; value: null };

export type BearerTokens = {
  accessToken: string;
  tokenType: "Bearer";
  expiresIn: number;
  refreshToken: string;
};

/** What a use case hands to the caller: data only; nothing here touches a response. */
export type Issued = {
  user: Account;
  session: SessionView;
  cookies: CookieChange<CredentialCookie | "device" | "renewed">[];
  /** Only for `transport: "bearer"`. */
  tokens?: BearerTokens;
};

export type RenewFailure = Failure<
  Extract<
    FailureCode,
    "refresh_invalid" | "refresh_expired" | "refresh_reused" | "session_ended" | "rate_limited"
  >
> & {
  /** True where the browser may by now hold a newer cookie that a clearing answer would destroy. */
  mayHaveLostRace: boolean;
};

/** What a strategy's `authenticate` says of a credential that it recognised as its own. */
export type Verdict = Result<Principal, CredentialFailure & { badCookie?: CredentialCookie }>;

export interface AuthStrategy {
  readonly mode: Mode;
  readonly transports: readonly Transport[];
  /** The cookies that carry this strategy's credentials. */
  readonly cookies: readonly CredentialCookie[];
  /** Null: the request carries no credential of this kind. A failure: it does, and it is bad. */
  authenticate(carrier: Carrier, now: Date): Promise<Verdict | null>;
  /** The device session that the request's credential names, genuine but perhaps expired or ended; null when there is none. */
  namedSession(carrier: Carrier, now: Date): Promise<string | null>;
  /**
   * Starts a new device session for the account, as the database knows it in that moment. `session_ended`: what it must replace, or the
   * account, is gone, or its password is another one by now.
   */
  issue(user: Account, context: IssueContext): Promise<Result<Issued, Failure<"session_ended">>>;
  /** Restates who the account is, for a live device session whose account changed; ends and starts nothing. */
  restate(principal: Principal, user: Account, now: Date): Promise<Issued>;
}
