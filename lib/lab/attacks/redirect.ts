/** A `next` that would lead elsewhere after sign-in. */
import { env } from "@/lib/core/env";
import { cookiesSetBy, type Delivered } from "@/lib/lab/courier";
import type { Bench } from "@/lib/lab/experiment";
import { attempt, header, type Attempt, type Outcome } from "./attempt";

const ELSEWHERE = [
  "//evil.example",
  "/\\evil.example",
  "https:evil.example",
  "https://evil.example/",
  "/\t/evil.example",
  "/\r\n/evil.example",
  "/.//evil.example",
  "/%5cevil.example/..//evil.example",
  "javascript:alert(1)",
  "/\u0000/evil.example",
];

export async function* redirect(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity({ withPassword: true });
  const device = await bench.signIn(identity, "jwt");
  const attempts: Attempt[] = [];

  const form = { email: identity.user.email, password: identity.password!, next: ELSEWHERE[0]! };
  const login = await bench.send({ method: "POST", path: "/api/auth/login", form }, identity);
  attempts.push(judged(login, `Log-in with next=${shown(form.next)}`, "attack", staysHere(login)));

  for (const next of ELSEWHERE) {
    const answer = await renew(bench, device, next);
    attempts.push(judged(answer, `Renewal with next=${shown(next)}`, "attack", staysHere(answer)));
  }
  const own = await renew(bench, device, "/settings");
  const followed = header(own, "location") === "/settings";
  attempts.push(judged(own, "Renewal with next=/settings", "control", followed));
  yield { attempts };
}

/** The way back of a page whose token had expired; each renewal has the cookies of the one before. */
async function renew(
  bench: Bench,
  device: Awaited<ReturnType<Bench["signIn"]>>,
  next: string,
): Promise<Delivered> {
  const path = `/api/auth/refresh?next=${encodeURIComponent(next)}`;
  const answer = await bench.send({ path }, device);
  for (const [name, value] of cookiesSetBy(answer)) if (value !== null) device.cookies.set(name, value);
  return answer;
}

/** Read as a browser reads it. */
function staysHere(answer: Delivered): boolean {
  const location = header(answer, "location");
  if (answer.status !== 303 || location === null || !URL.canParse(location, env().appUrl)) return false;
  return new URL(location, env().appUrl).origin === env().appUrl;
}

const judged = (answer: Delivered, what: string, kind: Attempt["kind"], holds: boolean): Attempt =>
  attempt(answer, {
    what,
    kind,
    holds,
    shows: `${answer.status}, on to ${header(answer, "location") ?? "nowhere"}`,
  });

/** Control characters as JSON writes them, without its quotation marks. */
const shown = (next: string) => JSON.stringify(next).slice(1, -1).replaceAll("\\\\", "\\");
