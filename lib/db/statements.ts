/** One statement on its way to a database, whichever that is: counted, timed, and failed where the Lab asked for it. */
import { DriverAdapterError, type SqlQuery } from "@prisma/driver-adapter-utils";
import { labConditions, labStep } from "@/lib/trace/lab-scope";
import { inSpan } from "@/lib/trace/span";
import { traceQuery } from "./trace";

type Text = Pick<SqlQuery, "sql">;

/** The text has placeholders where its values go, so that it can be shown. */
export const watched = <T>({ sql }: Text, run: () => Promise<T>): Promise<T> =>
  inSpan("query", { "db.query.text": sql }, () =>
    traceQuery(() => labStep({ lane: "database", name: "query", text: sql }, run)),
  );

/**
 * What the Lab asked of this very request's database; null for every other request (docs/decisions/013). Asked before a turn or a
 * connection is taken: a statement that stalled with one would keep everybody else waiting. `patience`: how many milliseconds
 * this database is waited for before it counts as away.
 */
export function labFault(query: Text, patience: number): Promise<never> | null {
  const fault = labConditions()?.database;
  if (!fault) return null;
  return watched(query, async () => {
    await new Promise((resolve) => setTimeout(resolve, fault === "stalls" ? patience : 0));
    throw new DriverAdapterError({ kind: "DatabaseNotReachable" });
  });
}

/** What the Lab's fault stands for where a transaction would begin. */
export const BEGIN: Text = { sql: "BEGIN" };

/** These end a transaction and are no work of it: not counted. */
export const isTransactionControl = ({ sql }: Text): boolean => /^\s*(COMMIT|ROLLBACK)\b/i.test(sql);
