// The database as an operator's command uses it, beside a running server or without one.
import { existsSync } from "node:fs";
import { DEFAULT_DATABASE_URL, databaseOf } from "./migrate.mjs";
import { StepError } from "./steps.mjs";

/** The database that a command is about, unless it is told another. */
export const operatorDatabaseUrl = () => process.env.DATABASE_URL || DEFAULT_DATABASE_URL;

/** Runs `work({ rows, run, inTransaction })`; errors say which database did not do it, and why. */
export async function withDatabase(work, databaseUrl = operatorDatabaseUrl()) {
  const { provider, connect, parameter, shown } = databaseOf(databaseUrl);
  if (provider === "sqlite" && !existsSync(databaseUrl.replace(/^file:/, "")))
    throw new StepError(
      `There is no database at ${databaseUrl.replace(/^file:/, "")}. Start the app once, or set DATABASE_URL.`,
    );
  const tell = (error) => {
    if (error instanceof StepError) throw error;
    // What the driver said; the adapter's own word for it is one for programs.
    const reason = error.cause?.originalMessage ?? (error.message || error.code);
    throw new StepError(`The database ${shown(databaseUrl)} did not do it: ${reason}`, { cause: error });
  };
  const connection = await connect(databaseUrl).catch(tell);
  try {
    return await work({ ...statements(connection, parameter), inTransaction });
  } catch (error) {
    return tell(error);
  } finally {
    await connection.dispose();
  }

  /** Commits what `change` did, unless it throws or returns a sentence that says why not. */
  async function inTransaction(change) {
    const transaction = await connection.startTransaction();
    const on = statements(transaction, parameter);
    try {
      const outcome = await change(on);
      await on.run(typeof outcome === "string" ? "ROLLBACK" : "COMMIT");
      await transaction.commit();
      return outcome;
    } catch (error) {
      await on.run("ROLLBACK").finally(() => transaction.rollback());
      throw error;
    }
  }
}

/** Statements on `target`; `?` are parameters, dates are Date objects. */
function statements(target, parameter) {
  const query = (sql, args) => {
    let number = 0;
    const argTypes = args.map((value) => ({
      scalarType: value instanceof Date ? "datetime" : "string",
      arity: "scalar",
    }));
    return { sql: sql.replaceAll("?", () => parameter((number += 1))), args, argTypes };
  };
  return {
    async rows(sql, ...args) {
      const { columnNames, rows } = await target.queryRaw(query(sql, args));
      return rows.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])));
    },
    run: (sql, ...args) => target.executeRaw(query(sql, args)),
  };
}
