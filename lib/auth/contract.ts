/** The shapes both strategies share: what a request carries, who it turns out to be, and what is issued to it. */
import type { CredentialCode, Failure, FailureCode } from "@/lib/core/failure";
import type { Result } from "@/lib/core/result";

export type Mode = "session" | "jwt";
export type Transport = "cookie" | "bearer";
export type Role = "member" | "admin";

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

export type IssueContext = { now: Date; transport: Transport; origin: Origin };

/** A cookie to set (`value`) or to clear (`value: null`); names are logical, lib/http knows prefixes and flags. */
export type CookieName = "session" | "access" | "refresh";
export type CookieChange =
  | { name: CookieName; value: string; expiresAt: Date }
  | { name: CookieName; value: null };

export type BearerTokens = { accessToken: string; tokenType: "Bearer"; expiresIn: number; refreshToken: string };

/** What a use case hands to the caller: data only; nothing here touches a response. */
export type Issued = {
  user: Account;
  session: SessionView;
  cookies: CookieChange[];
  /** Only for `transport: "bearer"`. */
  tokens?: BearerTokens;
};

export type RenewFailure = Failure<
  Extract<FailureCode, "refresh_invalid" | "refresh_expired" | "refresh_reused" | "session_ended">
>;

export interface AuthStrategy {
  readonly mode: Mode;
  /** The cookies that carry this strategy's credentials: what clearing them means. */
  readonly cookies: readonly CookieName[];
  /** Null: the request carries no credential of this kind. A failure: it does, and it is bad. */
  authenticate(carrier: Carrier, now: Date): Promise<Result<Principal, CredentialFailure> | null>;
  /** Starts a new device session for the account and returns its credential. */
  issue(user: Account, context: IssueContext): Promise<Issued>;
}
