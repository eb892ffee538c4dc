/** Would this server let a token in now, and if not, why not? What is pasted is judged and forgotten. */
import { z } from "zod";
import { authenticate } from "@/lib/auth/authenticate";
import { explainToken } from "./explain-token";
import { ruleOf, type RuleId } from "./token-rules";
import { takeApart, type Json } from "./token-parts";

const MAX_CHARACTERS = 16_384;

export const inspectInput = z.object({
  token: z
    .string({ error: "Paste a token." })
    .transform((text) => text.trim())
    .refine((text) => text.length > 0, "Paste a token.")
    .refine((text) => text.length <= MAX_CHARACTERS, `Paste at most ${MAX_CHARACTERS} characters.`),
});

export type Inspection = {
  /** What authentication says, not what the explanation makes of it. */
  accepted: boolean;
  code: string | null;
  refusedBy: RuleId | null;
  /** One sentence for a person. */
  says: string;
  /** As far as they can be read; a token that is refused may say anything. */
  header: Json | null;
  claims: Json | null;
};

export async function inspectToken(token: string, now: Date): Promise<Inspection> {
  const verdict = await authenticate(asBearer(token), now);
  const code = verdict.ok ? null : verdict.failure.code;
  const explained = await explainToken(token, now);
  // Between the two questions the token may have been revoked; then only the code is sure.
  const refusedBy = explained.code === code ? explained.refusedBy : null;
  const { header, claims } = takeApart(token);
  const says = sentence(code, refusedBy);
  return { accepted: verdict.ok, code, refusedBy, says, header: header.json, claims: claims.json };
}

/** The request that would carry it. A header has no line breaks; a space is as wrong in a token. */
const asBearer = (token: string) => ({
  headers: {
    get: (name: string) => (name === "authorization" ? `Bearer ${token.replaceAll(/[\r\n]/g, " ")}` : null),
  },
  cookies: { get: () => undefined },
});

function sentence(code: string | null, refusedBy: RuleId | null): string {
  if (code === null) return "This server would let it in now.";
  const rule = refusedBy && ruleOf(refusedBy);
  const why = rule ? ` ${rule.demands} This one fails here. (${rule.source})` : "";
  // Where the database has been silent for too long, nobody is refused for good.
  const status = code === "storage_unavailable" ? 503 : 401;
  return `This server would refuse it now: ${status} ${code}.${why}`;
}
