/** Every way a request may be refused: the one union of stable codes that clients switch on. */

export type CredentialCode =
  "unauthenticated" | "credential_invalid" | "token_expired" | "session_expired" | "session_ended";

export type FailureCode =
  | CredentialCode
  | "invalid_json"
  | "validation_failed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "method_not_allowed"
  | "not_found"
  | "csrf_rejected"
  | "forbidden"
  | "email_taken"
  | "last_admin"
  | "invalid_credentials"
  | "refresh_invalid"
  | "refresh_expired"
  | "refresh_reused"
  | "rate_limited"
  | "overloaded"
  | "storage_unavailable"
  | "internal_error";

/** Field name to the messages that stand beside it. */
export type FieldErrors = Record<string, string[]>;

export type Failure<Code extends FailureCode = FailureCode> = {
  code: Code;
  /** A sentence for a person; a default by code stands in for it. */
  detail?: string;
  errors?: FieldErrors;
  /** Whole seconds after which a retry makes sense. */
  retryAfterSeconds?: number;
};

export const failure = <Code extends FailureCode>(
  code: Code,
  more: Omit<Failure, "code"> = {},
): Failure<Code> => ({ code, ...more });

export const invalidField = (field: string, message: string): Failure<"validation_failed"> =>
  failure("validation_failed", { errors: { [field]: [message] } });
