/** What the API answers, as schemas: the OpenAPI document is made from them, and a test holds every answer to it. */
import { z } from "zod";
import { MODES, ROLES } from "@/lib/auth/contract";
import { STATUS } from "./respond";

const mode = z.enum(MODES);
const role = z.enum(ROLES);
const moment = z.iso.datetime();

const user = z.strictObject({ id: z.string(), email: z.string(), name: z.string(), role });

const session = z.strictObject({
  id: z.string(),
  mode,
  transport: z.enum(["cookie", "bearer"]),
  expiresAt: moment.describe("When the device session ends."),
  credentialExpiresAt: moment.describe("When the access token ends; the same as expiresAt in session mode."),
});

export const account = z.strictObject({ user, session }).meta({ id: "Account" });

export const credential = z
  .strictObject({
    user,
    session,
    accessToken: z.string().optional().describe('Only for transport "bearer"; otherwise it is a cookie.'),
    tokenType: z.literal("Bearer").optional(),
    expiresIn: z.int().optional().describe("Seconds."),
    refreshToken: z.string().optional(),
  })
  .meta({ id: "Credential" });

const deviceSession = z
  .strictObject({
    id: z.string(),
    mode,
    current: z.boolean(),
    createdAt: moment,
    lastSeenAt: moment,
    expiresAt: moment,
    userAgent: z.string(),
    ip: z.string(),
  })
  .meta({ id: "DeviceSession" });

export const deviceSessions = z.strictObject({ sessions: z.array(deviceSession) });
export const ended = z.strictObject({ ended: z.int().describe("How many device sessions ended.") });

const listedUser = z
  .strictObject({ ...user.shape, createdAt: moment, preferredMode: mode })
  .meta({ id: "ListedUser" });
export const users = z.strictObject({ users: z.array(listedUser), nextCursor: z.string().nullable() });
export const oneUser = z.strictObject({ user: listedUser });

export const event = z
  .strictObject({
    id: z.string(),
    at: moment,
    type: z.string(),
    actorId: z.string().nullable(),
    subjectId: z.string().nullable(),
    sessionId: z.string().nullable(),
    ip: z.string(),
    userAgent: z.string(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: "Event" });

export const keySet = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.string(),
      crv: z.string(),
      kid: z.string(),
      alg: z.string(),
      use: z.literal("sig"),
      x: z.string(),
      y: z.string().optional(),
    }),
  ),
});

const instance = z.string().describe("Names this process until it ends.");

export const alive = z.strictObject({ status: z.literal("ok"), instance });

export const readiness = z
  .strictObject({
    status: z.enum(["ok", "unavailable"]),
    instance,
    database: z.enum(["ok", "unavailable"]),
    redis: z.enum(["ok", "unavailable", "none"]),
    revocationFeed: z.strictObject({
      status: z.enum(["ok", "silent"]),
      lagMilliseconds: z.number().nullable(),
    }),
    configuration: z.strictObject({
      differs: z
        .array(z.string())
        .describe(
          "Variables of which another instance on this database has values that do not go with ours.",
        ),
    }),
  })
  .meta({ id: "Readiness" });

export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(STATUS) as [keyof typeof STATUS]),
    detail: z.string(),
    errors: z.record(z.string(), z.array(z.string())).optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: "Problem" });
