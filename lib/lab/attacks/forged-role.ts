/** A member's token that says administrator. */
import type { Bench } from "@/lib/lab/experiment";
import { forgeToken } from "@/lib/lab/forge-token";
import { SIGNINGS, type Signing } from "@/lib/lab/token-presets";
import { attempt, outcomeOf, refusedWith, type Attempt, type Outcome } from "./attempt";

const HOW: Record<(typeof SIGNINGS)[number], string> = {
  kept: "role: admin, with the old signature",
  none: "role: admin, without a signature",
  "public-key": "role: admin, signed with the public key as an HMAC secret",
  "own-key": "role: admin, signed with a key that the token brings along",
};

export async function* forgedRole(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity();
  const member = await bench.signIn(identity, "jwt", { transport: "bearer" });
  const genuine = member.tokens!.accessToken;
  const ask = (token: string) =>
    bench.send({ path: "/api/admin/users", headers: { authorization: `Bearer ${token}` } }, identity);

  const attempts: Attempt[] = [];
  for (const signing of SIGNINGS) {
    const answer = await ask(forged(genuine, signing));
    const holds = refusedWith("credential_invalid")(answer);
    attempts.push(attempt(answer, { what: HOW[signing], kind: "attack", holds, shows: outcomeOf(answer) }));
  }
  const own = await ask(genuine);
  attempts.push(
    attempt(own, {
      what: "The token as it was issued: known here, but a member’s",
      kind: "control",
      holds: refusedWith("forbidden")(own),
      shows: outcomeOf(own),
    }),
  );
  yield { attempts };
}

const forged = (genuine: string, signing: Signing) =>
  forgeToken(genuine, { header: {}, claims: { role: "admin" }, signing }, new Date());
