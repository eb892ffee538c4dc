/** The one logger: JSON lines on standard output, with everything secret-shaped censored by name. */
import pino from "pino";
import { env } from "@/lib/core/env";
import { currentRequest } from "@/lib/trace/request";

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

/** A logger that writes to `destination`, standard output unless given. */
export const createLog = (destination: pino.DestinationStream = pino.destination(1)): pino.Logger =>
  pino(
    {
      level: env().logLevel,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Every line that a request causes, so that all of them can be found by the id in its answer.
      mixin() {
        const request = currentRequest();
        return request ? { requestId: request.id } : {};
      },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
        censor: "[redacted]",
      },
    },
    destination,
  );

const shared = globalThis as { __halfstateLog?: pino.Logger };

export const log = (): pino.Logger => (shared.__halfstateLog ??= createLog());
