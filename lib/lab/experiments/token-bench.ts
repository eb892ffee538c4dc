/** The token bench: a genuine token is changed as an attacker could change it, and sent; who refuses it, and why? */
import { z } from "zod";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import { explainToken, type Explanation } from "@/lib/lab/explain-token";
import { forgeToken } from "@/lib/lab/forge-token";
import type { Device } from "@/lib/lab/identities";
import { signRefusedToken } from "@/lib/lab/refused-tokens";
import type { Json } from "@/lib/lab/token-parts";
import { presetOf, PRESETS, SIGNINGS, type Edit, type PresetId } from "@/lib/lab/token-presets";

export type SentToken = {
  /** Null: the reader's own edit. */
  preset: PresetId | null;
  /** Null: signed by this server (refused-tokens.ts). */
  edit: Edit | null;
  token: string;
  /** What GET /api/me said to it. */
  answer: { status: number; code: string | null; wwwAuthenticate: string | null };
  explanation: Explanation;
};

export type TokenBench = {
  /** The token as it was issued: let in before, and dead by the time anybody reads this. */
  issued: { token: string; statusBefore: number; codeAfter: string };
  sent: SentToken[];
};

const ALL = "all";
const MAX_EDIT_CHARACTERS = 4_000;

/** A JSON object, or its text as a form has it. */
const changes = (what: string) =>
  z
    .unknown()
    .transform((value, context): Json => {
      const refuse = (message: string) => {
        context.addIssue({ code: "custom", message: `${what}: ${message}` });
        return z.NEVER;
      };
      if (JSON.stringify(value ?? "").length > MAX_EDIT_CHARACTERS)
        return refuse(`at most ${MAX_EDIT_CHARACTERS} characters.`);
      let read = value;
      if (typeof value === "string") {
        try {
          read = value.trim() === "" ? {} : JSON.parse(value);
        } catch (error) {
          return refuse(`this is not JSON. ${(error as SyntaxError).message}.`);
        }
      }
      if (typeof read !== "object" || read === null || Array.isArray(read))
        return refuse('send a JSON object such as {"role": "admin"}.');
      return read as Json;
    })
    .optional()
    .transform((value) => value ?? {});

const input = z.preprocess(
  onlyPreset,
  z.object({
    preset: z
      .enum([ALL, ...PRESETS.map(({ id }) => id)], { error: "Choose one of the attacks, or all." })
      .optional(),
    header: changes("Header"),
    claims: changes("Claims"),
    signing: z.enum(SIGNINGS, { error: `Choose one of ${SIGNINGS.join(", ")}.` }).default("kept"),
  }),
);

/** The button of an attack sends the editor's fields along, finished or not. */
function onlyPreset(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("preset" in body) || body.preset === "") return body;
  return { preset: body.preset };
}

type Input = z.output<typeof input>;

async function* run(asked: Input, bench: Bench): AsyncGenerator<Snapshot<TokenBench>, void> {
  const identity = await bench.identity();
  const device = await bench.signIn(identity, "jwt", { transport: "bearer" });
  const genuine = device.tokens!.accessToken;
  const before = await bench.send({ path: "/api/me" }, device);
  const sent: SentToken[] = [];
  for (const made of await tokensFor(asked, device)) {
    const headers = { authorization: `Bearer ${made.token}` };
    const { status, code, headers: answered } = await bench.send({ path: "/api/me", headers }, identity);
    const wwwAuthenticate = answered.find(([name]) => name === "www-authenticate")?.[1] ?? null;
    const explanation = await explainToken(made.token, new Date());
    sent.push({ ...made, answer: { status, code, wwwAuthenticate }, explanation });
  }
  // The result is kept and can be linked to: nothing in it may still be good for anything.
  await bench.send({ method: "POST", path: "/api/auth/logout" }, device);
  const after = await bench.send({ path: "/api/me" }, device);
  if (after.code !== "session_ended") throw new Error("The bench's own token outlived its sign-out.");
  const issued = { token: genuine, statusBefore: before.status, codeAfter: after.code };
  yield { progress: 1, says: "Sent", result: { issued, sent } };
}

type Made = Pick<SentToken, "preset" | "edit" | "token">;

async function tokensFor({ preset, ...edit }: Input, device: Device): Promise<Made[]> {
  const now = new Date();
  const genuine = device.tokens!.accessToken;
  if (preset === undefined) return [{ preset: null, edit, token: forgeToken(genuine, edit, now) }];
  const ids = preset === ALL ? PRESETS.map(({ id }) => id) : [preset];
  return Promise.all(ids.map((id) => presetToken(id, device, now)));
}

async function presetToken(id: PresetId, device: Device, now: Date): Promise<Made> {
  const preset = presetOf(id);
  if ("signedHere" in preset)
    return { preset: id, edit: null, token: await signRefusedToken(preset.signedHere, device, now) };
  const { edit } = preset;
  return { preset: id, edit, token: forgeToken(device.tokens!.accessToken, edit, now) };
}

export const tokenBench: Experiment<Input, TokenBench> = { slug: "token-bench", input, run };
