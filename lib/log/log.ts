/** The one logger: JSON lines on standard output, with everything secret-shaped censored by name. */
import pino from "pino";
import { env } from "@/lib/core/env";

// Defence in depth: no caller logs these; if one ever does, the value does not reach the line.
const SECRET_FIELDS = [
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
];

const create = () =>
  pino({
    level: env().logLevel,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
      censor: "[redacted]",
    },
  });

const shared = globalThis as { __halfstateLog?: pino.Logger };

export const log = (): pino.Logger => (shared.__halfstateLog ??= create());
