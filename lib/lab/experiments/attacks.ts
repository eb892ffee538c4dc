/** The attack lab: the classic attacks on a sign-in, made against this very server; each verdict is computed from the answers. */
import { z } from "zod";
import { ATTACK_CATALOGUE, attackOf, type AttackId } from "@/lib/lab/attack-catalogue";
import { ATTACKS } from "@/lib/lab/attacks/all";
import type { Outcome } from "@/lib/lab/attacks/attempt";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";

export type AttackResult = Outcome & {
  id: AttackId;
  /** Every attack came to nothing, and every control worked; null while it runs. */
  refused: boolean | null;
};

export type AttackRun = { attacks: AttackResult[] };

const ALL = "all";
const IDS = ATTACK_CATALOGUE.map(({ id }) => id);

const input = z.object({
  attack: z.enum([ALL, ...IDS], { error: `Choose one of ${[ALL, ...IDS].join(", ")}.` }).default(ALL),
});

async function* run(
  { attack }: z.output<typeof input>,
  bench: Bench,
): AsyncGenerator<Snapshot<AttackRun>, void> {
  const ids = attack === ALL ? IDS : [attack];
  const done: AttackResult[] = [];
  for (const id of ids) {
    const says = attackOf(id).title;
    let last: Outcome = { attempts: [] };
    for await (const outcome of ATTACKS[id](bench)) {
      last = outcome;
      const progress = (done.length + 0.5) / ids.length;
      yield { progress, says, result: { attacks: [...done, { id, refused: null, ...outcome }] } };
    }
    done.push({
      id,
      refused: last.attempts.length > 0 && last.attempts.every(({ holds }) => holds),
      ...last,
    });
    yield { progress: done.length / ids.length, says, result: { attacks: [...done] } };
  }
}

export const attacks: Experiment<z.output<typeof input>, AttackRun> = { slug: "attacks", input, run };
