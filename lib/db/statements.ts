/** One statement on its way to a database, whichever that is: counted, timed, and failed where the Lab asked for it. */
import { DriverAdapterError, type SqlQuery } from "@prisma/driver-adapter-utils";
import { labConditions, labStep } from "@/lib/trace/lab-scope";
import { traceQuery } from "./trace";

/** `patience`: how many milliseconds this database is waited for before it counts as away. */
export const watched = <T>({ sql }: SqlQuery, patience: number, run: () => Promise<T>): Promise<T> =>
  traceQuery(() =>
    labStep({ lane: "database", name: "query", text: sql }, () => labFault(patience) ?? run()),
  );

/** What the Lab asked of this very request's database; null for every other request (docs/decisions/013). */
function labFault(patience: number): Promise<never> | null {
  const fault = labConditions()?.database;
  if (!fault) return null;
  const pause = fault === "stalls" ? patience : 0;
  return new Promise((_resolve, reject) =>
    setTimeout(() => reject(new DriverAdapterError({ kind: "DatabaseNotReachable" })), pause),
  );
}

/** These end a transaction and are no work of it: neither counted nor failed by the Lab. */
export const isTransactionControl = ({ sql }: SqlQuery): boolean => /^\s*(COMMIT|ROLLBACK)\b/i.test(sql);
