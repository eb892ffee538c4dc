/** No secret reaches a line of the log. */
import { expect, test } from "@playwright/test";
import { createLog } from "@/lib/log/log";
import { useEnvironment } from "./environment";

function logged(...args: Parameters<ReturnType<typeof createLog>["info"]>): string {
  useEnvironment({ LOG_LEVEL: "info" });
  let line = "";
  createLog({ write: (text) => void (line += text) }).info(...args);
  return line;
}

const SECRET = "hunter2-hunter2";

for (const field of [
  "password",
  "currentPassword",
  "newPassword",
  "passwordHash",
  "accessToken",
  "refreshToken",
  "token",
  "cookie",
  "authorization",
  "set-cookie",
]) {
  test(`${field} never reaches a line, at the top or two levels down`, () => {
    for (const value of [
      { [field]: SECRET },
      { request: { [field]: SECRET } },
      { a: { headers: { [field]: SECRET } } },
    ]) {
      const line = logged(value, "message");
      expect(line).toContain("[redacted]");
      expect(line).not.toContain(SECRET);
    }
  });
}

test("what is no secret stays readable, one JSON document a line", () => {
  const line = logged({ requestId: "r-1" }, "message");
  expect(line.endsWith("\n")).toBe(true);
  expect(JSON.parse(line)).toMatchObject({ requestId: "r-1", msg: "message", level: 30 });
});
