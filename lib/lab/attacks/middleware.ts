/** Headers that claim to come from inside, on requests without any credential. */
import type { Delivered } from "@/lib/lab/courier";
import type { Bench } from "@/lib/lab/experiment";
import { attempt, header, outcomeOf, type Attempt, type Outcome } from "./attempt";

const chain = (name: string) => Array<string>(5).fill(name).join(":");

const CLAIMS: [what: string, headers: Record<string, string>][] = [
  ["The middleware has run five times", { "x-middleware-subrequest": chain("middleware") }],
  ["The same, from src", { "x-middleware-subrequest": chain("src/middleware") }],
  ["The same, by its older name", { "x-middleware-subrequest": chain("pages/_middleware") }],
  [
    "The middleware has set a user",
    {
      "x-middleware-override-headers": "x-user,x-user-id,cookie",
      "x-middleware-request-x-user": "admin",
      "x-middleware-request-x-user-id": "1",
      "x-middleware-request-cookie": "session=admin; access=admin",
    },
  ],
  ["The middleware has said to go on", { "x-middleware-next": "1", "x-middleware-rewrite": "/dashboard" }],
  [
    "A proxy has signed the visitor in",
    { "x-user": "admin", "x-forwarded-user": "admin", "x-role": "admin", "x-authenticated": "true" },
  ],
];

export async function* middleware(bench: Bench): AsyncGenerator<Outcome, void> {
  const identity = await bench.identity();
  const attempts: Attempt[] = [];
  for (const [what, headers] of CLAIMS) {
    const page = await bench.send({ path: "/dashboard", headers }, identity);
    attempts.push(
      attempt(page, {
        what: `Page: ${lower(what)}`,
        kind: "attack",
        holds: leadsToLogIn(page),
        shows: where(page),
      }),
    );
    const api = await bench.send({ path: "/api/me", headers }, identity);
    attempts.push(
      attempt(api, {
        what: `API: ${lower(what)}`,
        kind: "attack",
        holds: api.status === 401,
        shows: outcomeOf(api),
      }),
    );
  }
  const own = await bench.send({ path: "/dashboard" }, await bench.signIn(identity, "session"));
  attempts.push(
    attempt(own, {
      what: "The same page, signed in",
      kind: "control",
      holds: own.status === 200,
      shows: where(own),
    }),
  );
  yield { attempts };
}

const leadsToLogIn = (answer: Delivered): boolean =>
  [303, 307].includes(answer.status) &&
  /^(?:https?:\/\/[^/]+)?\/login\?/.test(header(answer, "location") ?? "");

/** The middleware says how long it took; where it says nothing it was left out. */
function where(answer: Delivered): string {
  const ran = header(answer, "server-timing")?.includes("middleware")
    ? "the middleware ran"
    : "no middleware";
  const location = header(answer, "location");
  return `${outcomeOf(answer)}${location ? `, on to ${location}` : ""}; ${ran}`;
}

const lower = (text: string) => text[0]!.toLowerCase() + text.slice(1);
