// Makes the first administrator (`npm run admin -- grant <email>`): there is no default account. Works beside a running server.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HELP = `Usage: npm run admin -- grant <email>     make this account an administrator
       npm run admin -- revoke <email>    make it a member again (never the last administrator)
       npm run admin -- list              who is an administrator

The database is the one of DATABASE_URL, else of .env.local, else data/halfstate.db.
`;

const ROOT = path.resolve(import.meta.dirname, "..");

/** Who acts, in the audit trail, when nobody is signed in. */
const ORIGIN = { ip: "", userAgent: "npm run admin" };

const canonical = (email) => email.normalize("NFKC").trim().toLowerCase();
const id = () => randomBytes(16).toString("base64url");

/** A few statements on one connection; `?` are parameters, dates are Date objects. */
async function connect(databaseUrl) {
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  const connection = await new PrismaBetterSqlite3({ url: databaseUrl }).connect();
  const query = (sql, ...args) => ({
    sql,
    args,
    argTypes: args.map((value) => ({
      scalarType: value instanceof Date ? "datetime" : "string",
      arity: "scalar",
    })),
  });
  return {
    async rows(sql, ...args) {
      const { columnNames, rows } = await connection.queryRaw(query(sql, ...args));
      return rows.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])));
    },
    run: (sql, ...args) => connection.executeRaw(query(sql, ...args)),
    script: (sql) => connection.executeScript(sql),
    close: () => connection.dispose(),
  };
}

/** Returns the email's account with its new role, or a sentence that says why not. */
async function setRole(database, email, role, tokenTtlSeconds) {
  // One immediate transaction: between the look and the change nobody else writes.
  await database.script("BEGIN IMMEDIATE");
  try {
    const outcome = await decide();
    await database.script(typeof outcome === "string" ? "ROLLBACK" : "COMMIT");
    return outcome;
  } catch (error) {
    await database.script("ROLLBACK");
    throw error;
  }

  async function decide() {
    const [user] = await database.rows(`SELECT "id", "role" FROM "User" WHERE "email" = ?`, canonical(email));
    if (!user) return `There is no account with the email ${canonical(email)}. Sign up first.`;
    if (user.role === role)
      return `${canonical(email)} is ${role === "admin" ? "an administrator" : "a member"} already.`;
    const [{ admins }] = await database.rows(
      `SELECT COUNT(*) AS "admins" FROM "User" WHERE "role" = 'admin'`,
    );
    if (role === "member" && Number(admins) === 1)
      return "This is the last administrator. Make somebody else one first.";

    const now = new Date();
    await database.run(`UPDATE "User" SET "role" = ? WHERE "id" = ?`, role, user.id);
    // Live access tokens still claim the old role: these notices make every process ask for a renewal.
    const expiresAt = new Date(now.getTime() + (tokenTtlSeconds + 30) * 1000);
    const devices = await database.rows(
      `SELECT "id" FROM "DeviceSession" WHERE "userId" = ? AND "endedAt" IS NULL`,
      user.id,
    );
    for (const device of devices) {
      await database.run(
        `INSERT INTO "Revocation" ("id", "sid", "role", "createdAt", "expiresAt") VALUES (?, ?, ?, ?, ?)`,
        ...[id(), device.id, role, now, expiresAt],
      );
    }
    await database.run(
      `INSERT INTO "AuditEvent" ("id", "at", "type", "subjectId", "ip", "userAgent", "detail") VALUES (?, ?, 'role_changed', ?, ?, ?, ?)`,
      ...[id(), now, user.id, ORIGIN.ip, ORIGIN.userAgent, JSON.stringify({ role })],
    );
    return { email: canonical(email), role };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, email] = process.argv.slice(2);
  const isChange = (command === "grant" || command === "revoke") && email;
  if (!isChange && command !== "list") {
    console.log(HELP);
    process.exit(command === "--help" || command === undefined ? 0 : 2);
  }
  const envFile = path.join(ROOT, ".env.local");
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const databaseUrl = process.env.DATABASE_URL ?? "file:./data/halfstate.db";
  const file = databaseUrl.replace(/^file:/, "");
  if (!existsSync(file)) {
    console.error(`There is no database at ${file}. Start the app once, or set DATABASE_URL.`);
    process.exit(1);
  }
  const database = await connect(databaseUrl);
  if (command === "list") {
    const admins = await database.rows(
      `SELECT "email", "name" FROM "User" WHERE "role" = 'admin' ORDER BY "email"`,
    );
    console.log(
      admins.map(({ email: address, name }) => `${address}  ${name}`).join("\n") ||
        "Nobody is an administrator.",
    );
  } else {
    const ttl = Number(process.env.ACCESS_TOKEN_TTL_SECONDS ?? 900);
    const outcome = await setRole(database, email, command === "grant" ? "admin" : "member", ttl);
    const isDone = typeof outcome !== "string";
    (isDone ? console.log : console.error)(
      isDone
        ? `${outcome.email} is ${outcome.role === "admin" ? "an administrator" : "a member"} now.`
        : outcome,
    );
    process.exitCode = isDone ? 0 : 1;
  }
  await database.close();
}
