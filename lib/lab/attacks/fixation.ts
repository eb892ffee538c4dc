/** A session cookie that the attacker planted before the victim logs in. */
import { wireName } from "@/lib/core/cookie-names";
import { cookieHeader, cookiesSetBy, type Delivered } from "@/lib/lab/courier";
import type { Bench } from "@/lib/lab/experiment";
import { attempt, outcomeOf, type Attempt, type Outcome } from "./attempt";

export async function* fixation(bench: Bench): AsyncGenerator<Outcome, void> {
  const victim = await bench.identity({ withPassword: true });
  const attacker = await bench.identity();
  const own = await bench.signIn(attacker, "session");
  const name = wireName("session");
  const attempts: Attempt[] = [];
  for (const [what, planted] of [
    ["the attacker’s own live session", own.cookies.get(name)!],
    ["a made-up value", "chosen-by-the-attacker"],
  ] as const) {
    const cookie = cookieHeader(new Map([[name, planted]]));
    const json = { email: victim.user.email, password: victim.password, mode: "session" };
    const login = await bench.send(
      { method: "POST", path: "/api/auth/login", json, headers: { cookie } },
      victim,
    );
    const issued = cookiesSetBy(login).get(name) ?? null;
    const isNew = issued !== null && issued !== planted && sessionId(login) !== own.sessionId;
    attempts.push(
      attempt(login, {
        what: `Log-in with ${what} in the cookie`,
        kind: "attack",
        holds: isNew,
        shows: isNew
          ? `${outcomeOf(login)}, with a new id in a new cookie`
          : `${outcomeOf(login)}: the planted one stayed`,
      }),
    );
    const after = await bench.send({ path: "/api/me", headers: { cookie } }, victim);
    attempts.push(
      attempt(after, {
        what: "The attacker uses what was planted",
        kind: "attack",
        holds: after.status === 401,
        shows: outcomeOf(after),
      }),
    );
  }
  yield { attempts };
}

const sessionId = ({ status, body }: Delivered): string | null =>
  status === 200 ? (JSON.parse(body) as { session: { id: string } }).session.id : null;
