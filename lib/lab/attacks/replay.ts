/** A refresh token of an older generation, presented again. */
import type { Bench } from "@/lib/lab/experiment";
import type { Delivered } from "@/lib/lab/courier";
import { attempt, outcomeOf, refusedWith, type Attempt, type Outcome } from "./attempt";

export async function* replay(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity();
  const owner = await bench.signIn(identity, "jwt", { transport: "bearer" });
  const other = await bench.signIn(identity, "jwt");
  const refresh = (refreshToken: string) =>
    bench.send({ method: "POST", path: "/api/auth/refresh", json: { refreshToken } }, identity);
  const attempts: Attempt[] = [];
  const add = (
    answer: Delivered,
    what: string,
    kind: Attempt["kind"],
    holds: boolean,
    shows = outcomeOf(answer),
  ) => attempts.push(attempt(answer, { what, kind, holds, shows }));

  const stolen = owner.tokens!.refreshToken;
  let current = { accessToken: owner.tokens!.accessToken, refreshToken: stolen };
  for (const what of ["The owner renews once", "and once more"]) {
    const renewed = await refresh(current.refreshToken);
    add(renewed, what, "control", renewed.status === 200);
    if (renewed.status === 200) current = JSON.parse(renewed.body) as typeof current;
  }
  const replayed = await refresh(stolen);
  add(replayed, "The thief presents the first token", "attack", refusedWith("refresh_reused")(replayed));

  const dead = refusedWith("session_ended");
  const newest = await refresh(current.refreshToken);
  add(newest, "The newest refresh token after that", "attack", dead(newest));
  const headers = { authorization: `Bearer ${current.accessToken}` };
  const access = await bench.send({ path: "/api/me", headers }, identity);
  add(access, "The newest access token after that", "attack", dead(access));

  const events = await bench.send({ path: "/api/me/events" }, other);
  const told = events.status === 200 && events.body.includes('"refresh_reused"');
  const shows = told ? "a session_ended event says refresh_reused" : "no event tells of it";
  add(events, "The owner reads the security log, on another device", "control", told, shows);
  yield { attempts };
}
