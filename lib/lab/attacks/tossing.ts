/** A second cookie of the same name, planted by a host next door; what a request with both is taken for. */
import { wireName, type CookieName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
import type { Bench } from "@/lib/lab/experiment";
import type { Device } from "@/lib/lab/identities";
import { attempt, calledAs, outcomeOf, type Attempt, type Outcome } from "./attempt";

export async function* tossing(bench: Bench): AsyncGenerator<Outcome, void> {
  const victim = await bench.identity();
  const attacker = await bench.identity();
  const [session, access] = [await bench.signIn(victim, "session"), await bench.signIn(victim, "jwt")];
  const [ownSession, ownAccess] = [
    await bench.signIn(attacker, "session"),
    await bench.signIn(attacker, "jwt"),
  ];

  const attempts: Attempt[] = [];
  const toss = async (what: string, planted: Device, held: Device, cookie: string) => {
    const answer = await bench.send({ path: "/api/me", headers: { cookie } }, victim);
    const caller = calledAs(answer);
    const isWhole = (device: Device) =>
      caller?.userId === device.userId && caller.sessionId === device.sessionId;
    const shows = isWhole(held)
      ? "answered as the victim"
      : isWhole(planted)
        ? "answered as the attacker: the planted cookie decided"
        : caller
          ? "a mixture of both"
          : "answered as nobody";
    attempts.push(
      attempt(answer, {
        what,
        kind: "attack",
        holds: caller === null || isWhole(held),
        shows: `${outcomeOf(answer)}, ${shows}`,
      }),
    );
  };

  const pairs = [
    ["session", ownSession, session],
    ["access", ownAccess, access],
  ] as const;
  for (const [name, planted, held] of pairs) {
    const [foreign, own] = [plantedPair(name, planted), heldPair(name, held)];
    await toss(`Planted ${name} cookie first`, planted, held, `${foreign}; ${own}`);
    await toss(`Planted ${name} cookie last`, planted, held, `${own}; ${foreign}`);
  }
  const [foreign, own] = [plantedPair("access", ownAccess), heldPair("session", session)];
  await toss("Planted access cookie beside a session cookie", ownAccess, session, `${own}; ${foreign}`);
  yield { attempts };
}

const heldPair = (name: CookieName, { cookies }: Device) =>
  `${wireName(name)}=${cookies.get(wireName(name))}`;

/** A browser lets nobody else set a name with the prefix `__Host-`, so over https only the bare name is left to plant. */
const plantedPair = (name: CookieName, { cookies }: Device) =>
  `${env().secureCookies ? name : wireName(name)}=${cookies.get(wireName(name))}`;
