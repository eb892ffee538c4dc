// Makes the first administrator (`npm run admin -- grant <email>`): there is no default account. Works beside a running server.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_DATABASE_URL, databaseOf } from "./migrate.mjs";

const HELP = `Usage: npm run admin -- grant <email>     make this account an administrator
       npm run admin -- revoke <email>    make it a member again (never the last administrator)
       npm run admin -- list              who is an administrator

The database is the one of DATABASE_URL, SQLite or PostgreSQL, else of .env.local, else data/halfstate.db.
`;

const ROOT = path.resolve(import.meta.dirname, "..");

/** Who acts, in the audit trail, when nobody is signed in. */
const ORIGIN = { ip: "", userAgent: "npm run admin" };

const canonical = (email) => email.normalize("NFKC").trim().toLowerCase();
const id = () => randomBytes(16).toString("base64url");

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

/** Returns the email's account with its new role, or a sentence that says why not. */
async function setRole({ connection, parameter }, email, role, tokenTtlSeconds) {
  const transaction = await connection.startTransaction();
  const { rows, run } = statements(transaction, parameter);
  try {
    const outcome = await decide();
    await run(typeof outcome === "string" ? "ROLLBACK" : "COMMIT");
    await transaction.commit();
    return outcome;
  } catch (error) {
    await run("ROLLBACK").finally(() => transaction.rollback());
    throw error;
  }

  async function decide() {
    // Writes them unchanged: that holds them, so that until the end nobody logs in to the account or changes who is an administrator.
    const held = await rows(
      `UPDATE "User" SET "role" = "role" WHERE "email" = ? OR "role" = 'admin' RETURNING "id", "email", "role"`,
      canonical(email),
    );
    const user = held.find((one) => one.email === canonical(email));
    if (!user) return `There is no account with the email ${canonical(email)}. Sign up first.`;
    if (user.role === role)
      return `${canonical(email)} is ${role === "admin" ? "an administrator" : "a member"} already.`;
    if (role === "member" && held.filter((one) => one.role === "admin").length === 1)
      return "This is the last administrator. Make somebody else one first.";

    await run(`UPDATE "User" SET "role" = ? WHERE "id" = ?`, role, user.id);
    // Live access tokens still claim the old role: these notices make every process ask for a renewal. Of two, the later one counts.
    const [{ last }] = await rows(`SELECT MAX("createdAt") AS "last" FROM "Revocation"`);
    const now = new Date(Math.max(Date.now(), last ? new Date(last).getTime() + 1 : 0));
    const expiresAt = new Date(now.getTime() + (tokenTtlSeconds + 30) * 1000);
    const devices = await rows(
      `SELECT "id" FROM "DeviceSession" WHERE "userId" = ? AND "endedAt" IS NULL`,
      user.id,
    );
    for (const device of devices) {
      await run(
        `INSERT INTO "Revocation" ("id", "sid", "role", "createdAt", "expiresAt") VALUES (?, ?, ?, ?, ?)`,
        ...[id(), device.id, role, now, expiresAt],
      );
    }
    await run(
      `INSERT INTO "AuditEvent" ("id", "at", "type", "subjectId", "ip", "userAgent", "detail") VALUES (?, ?, 'role_changed', ?, ?, ?, ?)`,
      ...[id(), now, user.id, ORIGIN.ip, ORIGIN.userAgent, JSON.stringify({ role })],
    );
    return { email: canonical(email), role };
  }
}

async function main([command, email]) {
  const isChange = (command === "grant" || command === "revoke") && email;
  if (!isChange && command !== "list") {
    console.log(HELP);
    process.exitCode = command === "--help" || command === undefined ? 0 : 2;
    return;
  }
  const envFile = path.join(ROOT, ".env.local");
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const databaseUrl = process.env.DATABASE_URL || DEFAULT_DATABASE_URL;
  const { provider, connect, parameter, shown } = databaseOf(databaseUrl);
  if (provider === "sqlite" && !existsSync(databaseUrl.replace(/^file:/, "")))
    throw new Error(
      `There is no database at ${databaseUrl.replace(/^file:/, "")}. Start the app once, or set DATABASE_URL.`,
    );
  const tell = (error) => {
    // What the driver said; the adapter's own word for it is one for programs.
    const reason = error.cause?.originalMessage ?? (error.message || error.code);
    throw new Error(`The database ${shown(databaseUrl)} did not do it: ${reason}`, { cause: error });
  };
  const connection = await connect(databaseUrl).catch(tell);
  try {
    if (command === "list") {
      const admins = await statements(connection, parameter).rows(
        `SELECT "email", "name" FROM "User" WHERE "role" = 'admin' ORDER BY "email"`,
      );
      console.log(
        admins.map(({ email: address, name }) => `${address}  ${name}`).join("\n") ||
          "Nobody is an administrator.",
      );
      return;
    }
    const ttl = Number(process.env.ACCESS_TOKEN_TTL_SECONDS ?? 900);
    const role = command === "grant" ? "admin" : "member";
    const outcome = await setRole({ connection, parameter }, email, role, ttl);
    const isDone = typeof outcome !== "string";
    (isDone ? console.log : console.error)(
      isDone
        ? `${outcome.email} is ${outcome.role === "admin" ? "an administrator" : "a member"} now.`
        : outcome,
    );
    process.exitCode = isDone ? 0 : 1;
  } catch (error) {
    tell(error);
  } finally {
    await connection.dispose();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
