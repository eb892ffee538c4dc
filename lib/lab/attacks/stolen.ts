/** Cookies that somebody copied, used after their owner has logged out or changed the password. */
import { MODES } from "@/lib/auth/contract";
import type { Bench } from "@/lib/lab/experiment";
import type { Device } from "@/lib/lab/identities";
import { attempt, outcomeOf, refusedWith, type Attempt, type Outcome } from "./attempt";

const NAMES = { session: "Session mode", jwt: "JWT mode" };

export async function* afterLogout(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity();
  const attempts: Attempt[] = [];
  for (const mode of MODES) {
    const owner = await bench.signIn(identity, mode);
    attempts.push(await tryCopy(bench, owner, `${NAMES[mode]}: the copy before`, "control"));
    await bench.send({ method: "POST", path: "/api/auth/logout" }, owner);
    attempts.push(await tryCopy(bench, owner, `${NAMES[mode]}: the copy after log-out`, "attack"));
    attempts.push(...(await renewWithCopy(bench, owner)));
  }
  yield { attempts };
}

export async function* afterPasswordChange(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity({ withPassword: true });
  const copies = [await bench.signIn(identity, "session"), await bench.signIn(identity, "jwt")];
  const owner = await bench.signIn(identity, "session");
  const attempts: Attempt[] = [];
  for (const copy of copies)
    attempts.push(await tryCopy(bench, copy, `${NAMES[copy.mode]}: the copy before`, "control"));

  const json = { currentPassword: identity.password, newPassword: `${identity.password} and more` };
  const changed = await bench.send({ method: "POST", path: "/api/auth/password", json }, owner);
  attempts.push(
    attempt(changed, {
      what: "The owner changes the password, on another device",
      kind: "control",
      holds: changed.status === 200,
      shows: outcomeOf(changed),
    }),
  );
  for (const copy of copies) {
    attempts.push(await tryCopy(bench, copy, `${NAMES[copy.mode]}: the copy after it`, "attack"));
    attempts.push(...(await renewWithCopy(bench, copy)));
  }
  yield { attempts };
}

async function tryCopy(bench: Bench, copy: Device, what: string, kind: Attempt["kind"]): Promise<Attempt> {
  const answer = await bench.send({ path: "/api/me" }, copy);
  const holds = kind === "control" ? answer.status === 200 : refusedWith("session_ended")(answer);
  return attempt(answer, { what, kind, holds, shows: outcomeOf(answer) });
}

/** Only where there is a refresh token to be copied. */
async function renewWithCopy(bench: Bench, copy: Device): Promise<Attempt[]> {
  if (![...copy.cookies.keys()].some((name) => name.endsWith("refresh"))) return [];
  const answer = await bench.send({ method: "POST", path: "/api/auth/refresh" }, copy);
  const holds = answer.status === 401;
  return [attempt(answer, { what: "Its refresh token", kind: "attack", holds, shows: outcomeOf(answer) })];
}
