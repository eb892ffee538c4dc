/** The security events of a person, or of everybody, for reading and for export. */
import type { Principal } from "@/lib/auth/contract";
import type { Failure } from "@/lib/core/failure";
import { ok, type Result } from "@/lib/core/result";
import { findEvents, type AuditRow } from "@/lib/db/audit";
import { findEmails } from "@/lib/db/users";
import { authorise } from "./administration";

export type { AuditRow };

const PAGE = 50;

export async function ownEvents(
  caller: Principal,
  before?: string,
): Promise<{ events: AuditRow[]; next: string | null }> {
  const { events, next } = await page({ subjectId: caller.user.id }, before);
  return { events: events.map((event) => forOwner(event, caller)), next };
}

/** Where an administrator acted from is theirs; that they acted is the owner's to know. */
const forOwner = (event: AuditRow, { user }: Principal): AuditRow =>
  event.actorId === null || event.actorId === user.id ? event : { ...event, ip: "", userAgent: "" };

/** With the emails of those concerned, by id, as far as they still have an account. `forbidden`. */
export async function allEvents(
  caller: Principal,
  before?: string,
): Promise<Result<{ events: AuditRow[]; next: string | null; emails: Map<string, string> }, Failure>> {
  const allowed = await authorise(caller, "events.read-all");
  if (!allowed.ok) return allowed;
  const found = await page({}, before);
  const ids = new Set(found.events.flatMap(({ actorId, subjectId }) => [actorId, subjectId]));
  const people = await findEmails([...ids].filter((id) => id !== null));
  return ok({ ...found, emails: new Map(people.map(({ id, email }) => [id, email])) });
}

async function page(where: { subjectId?: string }, before?: string) {
  const events = await findEvents(where, PAGE + 1, before);
  return { events: events.slice(0, PAGE), next: events.length > PAGE ? events[PAGE - 1]!.id : null };
}

/** Own events, or all of them (`forbidden`), newest first, a JSON document a line; read page by page while it is sent. */
export async function exportEvents(
  caller: Principal,
  scope: "own" | "all",
): Promise<Result<ReadableStream<Uint8Array>, Failure>> {
  if (scope === "all") {
    const allowed = await authorise(caller, "events.read-all");
    if (!allowed.ok) return allowed;
  }
  const where = scope === "all" ? {} : { subjectId: caller.user.id };
  const encoder = new TextEncoder();
  let before: string | undefined;
  return ok(
    new ReadableStream({
      async pull(controller) {
        const rows = await findEvents(where, 500, before);
        for (const row of rows) {
          const shown = scope === "all" ? row : forOwner(row, caller);
          controller.enqueue(encoder.encode(`${JSON.stringify(shown)}\n`));
        }
        before = rows.at(-1)?.id;
        if (rows.length < 500) controller.close();
      },
    }),
  );
}
