/**
 * What people and clients may send, as schemas: the one place where input is judged, in words a person can act on. What is said
 * of each field here is what the API reference says of it.
 */
import { z } from "zod";
import { strategies } from "@/lib/auth/authenticate";
import { MODES, type Mode, type Transport } from "@/lib/auth/contract";
import { canonicalEmail } from "@/lib/core/email";

const text = z
  .string({ error: "Send this as text." })
  .refine((value) => value.isWellFormed(), "Contains broken characters.");

const codePoints = (value: string) => [...value].length;

export const email = text
  .transform(canonicalEmail)
  .pipe(
    z
      .email({ error: "Enter an email address such as ada@example.com." })
      .max(254, "An email address has at most 254 characters."),
  )
  .describe("Capital letters and spaces around it make no difference.");

/** A password somebody chooses: taken exactly as sent, no composition rules (NIST SP 800-63B). */
export const newPassword = text
  .refine((value) => codePoints(value) >= 8, "Use at least 8 characters.")
  .refine((value) => codePoints(value) <= 256, "Use at most 256 characters.")
  .describe("8 to 256 characters, any of them, taken exactly as sent. Common ones are refused.");

/** A password somebody claims to have: only its size is judged, so that the answer tells nothing about the rules it once met. */
const claimedPassword = text
  .refine((value) => value.length > 0, "Enter your password.")
  .refine((value) => codePoints(value) <= 256, "Use at most 256 characters.")
  .describe("The account's password.");

export const name = text
  .transform((value) => value.trim())
  .refine((value) => value.length > 0, "Enter a name.")
  .refine((value) => codePoints(value) <= 100, "Use at most 100 characters.")
  .refine((value) => !/\p{Cc}/u.test(value), "Leave out control characters.")
  .describe("1 to 100 characters; spaces around it are dropped.");

const mode = z.enum(MODES, { error: "Choose session or jwt." });
const transport = z.enum(["cookie", "bearer"], { error: "Choose cookie or bearer." });

// A form sends an empty string for a field left blank, and text where JSON has a boolean.
const blankAsAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], {
  error: "Send true or false.",
});

const optionalTransport = blankAsAbsent(transport).describe(
  "Whether the credential is set as cookies, which is the default, or put into the answer as tokens, in jwt mode only.",
);
const next = z.unknown().optional().describe("For forms: the path of this app to go to afterwards.");

type Choice = { mode?: Mode; transport?: Transport };
const modeTakesTransport = ({ mode, transport }: Choice) =>
  !mode || !transport || strategies[mode].transports.includes(transport);
const BEARER_MEANS_JWT = { path: ["mode"], error: "Bearer transport works in jwt mode only." };

export const signUpInput = z
  .object({
    email,
    password: newPassword,
    name: blankAsAbsent(name).describe(
      "1 to 100 characters; spaces around it are dropped. The part of the email before the @ by default.",
    ),
    mode: blankAsAbsent(mode).describe(
      "How this device is kept signed in, and the account's preference from now on. The server's choice by default; jwt for bearer.",
    ),
    transport: optionalTransport,
    next,
  })
  .refine(modeTakesTransport, BEARER_MEANS_JWT);

export const logInInput = z
  .object({
    email,
    password: claimedPassword,
    mode: blankAsAbsent(mode).describe(
      "How this device is kept signed in. The account's preference by default; jwt for bearer.",
    ),
    transport: optionalTransport,
    next,
  })
  .refine(modeTakesTransport, BEARER_MEANS_JWT);

export const refreshInput = z.object({
  refreshToken: text.optional().describe("For clients that hold tokens. The cookie by default."),
});
export const logOutAllInput = z.object({
  keepCurrent: flag.optional().describe("Whether the device that asks stays signed in. Not by default."),
});
export const modeInput = z.object({ mode: mode.describe("How this device is to be kept signed in.") });
export const passwordInput = z.object({
  currentPassword: claimedPassword.describe("The password that is to be replaced."),
  newPassword,
});
export const profileInput = z.object({ name });
export const deletionInput = z.object({ password: claimedPassword });
export const roleInput = z.object({
  role: z
    .enum(["member", "admin"], { error: "Choose member or admin." })
    .describe("What the person is from now on."),
});
export const usersQuery = z.object({
  query: blankAsAbsent(
    text.transform((value) => value.trim()).refine((value) => value.length <= 254, "Search for less."),
  ).describe("Part of a name or an email. Everybody by default."),
  cursor: blankAsAbsent(text.refine((value) => value.length <= 64, "This is no cursor of ours.")).describe(
    "The nextCursor of the page before.",
  ),
  limit: blankAsAbsent(z.coerce.number({ error: "Send a number." }).int().min(1).max(100)).describe(
    "How many people a page has: 1 to 100, 20 by default.",
  ),
});
export const nothing = z.object({});
