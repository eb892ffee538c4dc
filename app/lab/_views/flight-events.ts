/** A recorded request as the messages and the work that a sequence diagram is made of. */
import type { Hop } from "@/lib/lab/hops";

import { duration } from "../_components/duration";
import type { SequenceEvent } from "../_components/sequence-diagram";
import { inShort } from "../_components/statement";

export const PLACES = ["Browser", "Middleware", "Handler", "Database"] as const;
const [BROWSER, MIDDLEWARE, HANDLER, DATABASE] = [0, 1, 2, 3];

export function eventsOf(hop: Hop, number: number | null): SequenceEvent[] {
  const { edge, answeredBy, steps } = hop;
  const asked: SequenceEvent = {
    from: BROWSER,
    to: edge === null ? HANDLER : MIDDLEWARE,
    title: `${number === null ? "" : `${number}. `}${hop.method} ${hop.path.split("?")[0]}`,
    detail: `${credentialOf(hop)} of ${hop.requestBytes} B`,
  };
  const answered: SequenceEvent = {
    from: answeredBy === "middleware" ? MIDDLEWARE : HANDLER,
    to: BROWSER,
    title: outcomeOf(hop),
    detail: [`${hop.answerBytes} B`, ...cookieWords(hop)].join(", "),
    isAnswer: true,
  };
  return [
    asked,
    ...(edge === null
      ? []
      : [{ from: MIDDLEWARE, to: MIDDLEWARE, title: "look at the credential", detail: duration(edge) }]),
    ...(edge !== null && answeredBy === "handler"
      ? [{ from: MIDDLEWARE, to: HANDLER, title: "let through" }]
      : []),
    ...steps
      .toSorted((one, other) => one.startedAt - other.startedAt)
      .flatMap(({ lane, name, text, milliseconds }): SequenceEvent[] =>
        lane === "handler"
          ? [{ from: HANDLER, to: HANDLER, title: name, detail: duration(milliseconds) }]
          : [
              { from: HANDLER, to: DATABASE, title: inShort(text ?? name) },
              { from: DATABASE, to: HANDLER, title: duration(milliseconds), isAnswer: true },
            ],
      ),
    answered,
  ];
}

/** `session 316 B`, of each credential that came along. */
export function credentialOf({ carried }: Hop): string {
  const credentials = carried.filter(({ isCredential }) => isCredential);
  return credentials.map(({ name, bytes }) => `${name} ${bytes} B`).join(" + ") || "no credential";
}

/** `200`, `401 session_ended`, `303 to /api/auth/refresh` */
export const outcomeOf = ({ status, code, location }: Hop): string =>
  location === null ? [status, code].filter(Boolean).join(" ") : `${status} to ${location.split("?")[0]}`;

const cookieWords = ({ sets, clears }: Hop): string[] => [
  ...(sets.length > 0 ? [`sets ${sets.join(", ")}`] : []),
  ...(clears.length > 0 ? [`clears ${clears.join(", ")}`] : []),
];

/** Places that some hop came by. */
export const visited = (hops: Hop[]): boolean[] => [
  true,
  hops.some(({ edge }) => edge !== null),
  hops.some(({ answeredBy }) => answeredBy === "handler"),
  hops.some(({ steps }) => steps.some(({ lane }) => lane === "database")),
];

/** Null: not refused. */
export function refusedBy(hops: Hop[]): string | null {
  const last = hops.at(-1)!;
  if (last.status !== 401 && !last.location?.startsWith("/login")) return null;
  const step = last.steps.at(-1);
  const after = step ? `, after “${step.text ? inShort(step.text) : step.name}”` : "";
  return `the ${last.answeredBy}${after}`;
}
