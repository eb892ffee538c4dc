/** From failures to answers: status, headers and a problem document (RFC 9457) for every code. */
import { expect, test } from "@playwright/test";
import { failure, type FailureCode } from "@/lib/core/failure";
import { MESSAGE, messageOf, problemResponse, seeOther, STATUS, withCookies } from "@/lib/http/respond";
import { useEnvironment } from "./environment";

test.beforeEach(() => void useEnvironment());

const CODES = Object.keys(STATUS) as FailureCode[];
const problem = async (code: FailureCode, more = {}) => {
  const response = problemResponse(failure(code, more), { requestId: "request-1" });
  return { response, body: (await response.json()) as Record<string, unknown> };
};

// As http-contract.md has them: a change here is a change for every client.
const CONTRACT: Record<FailureCode, number> = {
  invalid_json: 400,
  unauthenticated: 401,
  credential_invalid: 401,
  token_expired: 401,
  session_expired: 401,
  session_ended: 401,
  invalid_credentials: 401,
  refresh_invalid: 401,
  refresh_expired: 401,
  refresh_reused: 401,
  csrf_rejected: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  email_taken: 409,
  last_admin: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  internal_error: 500,
  overloaded: 503,
  storage_unavailable: 503,
};

for (const [code, status] of Object.entries(CONTRACT) as [FailureCode, number][]) {
  test(`${code} is answered ${status}, as a problem with a title, a stable code and a sentence`, async () => {
    const { response, body } = await problem(code);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ type: "about:blank", status, code });
    expect(body.title).toMatch(/^[A-Z]/);
    expect(body.detail).toMatch(/^[A-Z].+\.$/);
  });
}

test("there is no code without a status and a message, and none beyond the contract", () => {
  expect(CODES.sort()).toEqual(Object.keys(CONTRACT).sort());
  expect(Object.keys(MESSAGE).sort()).toEqual(CODES.sort());
});

test("a 401 names the scheme, and says invalid_token exactly where a credential was sent", async () => {
  const sent = [
    "credential_invalid",
    "token_expired",
    "session_expired",
    "session_ended",
    "refresh_invalid",
    "refresh_expired",
    "refresh_reused",
  ];
  for (const code of CODES) {
    const { response } = await problem(code);
    const expected =
      STATUS[code] !== 401 ? null : sent.includes(code) ? 'Bearer error="invalid_token"' : "Bearer";
    expect(response.headers.get("www-authenticate"), code).toBe(expected);
  }
});

test("a 503 always says when to come back; others only where the failure knows", async () => {
  for (const code of CODES) {
    expect((await problem(code)).response.headers.get("retry-after"), code).toBe(
      STATUS[code] === 503 ? "5" : null,
    );
    expect((await problem(code, { retryAfterSeconds: 60 })).response.headers.get("retry-after"), code).toBe(
      "60",
    );
  }
});

test("only an unexpected fault carries its request id, and field errors go out where there are some", async () => {
  expect((await problem("internal_error")).body.requestId).toBe("request-1");
  const { body } = await problem("validation_failed", { errors: { email: ["No."] } });
  expect(body).not.toHaveProperty("requestId");
  expect(body.errors).toEqual({ email: ["No."] });
  expect((await problem("not_found")).body).not.toHaveProperty("errors");
});

test("a failure's own sentence stands before the one of its code", () => {
  expect(messageOf(failure("not_found", { detail: "No such thing." }))).toBe("No such thing.");
  expect(messageOf(failure("not_found"))).toBe(MESSAGE.not_found);
});

test("each cookie has a header line of its own, in the order given", () => {
  const response = withCookies(
    seeOther("/dashboard"),
    [
      { name: "access", value: null },
      { name: "refresh", value: null },
    ],
    new Date(),
  );
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/dashboard");
  expect(response.headers.getSetCookie().map((line) => line.split("=")[0])).toEqual(["access", "refresh"]);
});
