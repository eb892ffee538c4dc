// What an operator does to accounts from the shell (`npm run admin`): there is no default account. Works beside a running server.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { loadEnvFile } from "./env-file.mjs";
import { withDatabase } from "./operator-database.mjs";

const HELP = `Usage: npm run admin -- grant <email>       make this account an administrator
       npm run admin -- revoke <email>      make it a member again (never the last administrator)
       npm run admin -- list                who is an administrator
       npm run admin -- end-all-sessions    sign everybody out on every device, as after a restore

The database is the one of DATABASE_URL, SQLite or PostgreSQL, else of .env.local, else data/halfstate.db.
`;

/** Who acts, in the audit trail, when nobody is signed in. */
const ORIGIN = { ip: "", userAgent: "npm run admin" };

const canonical = (email) => email.normalize("NFKC").trim().toLowerCase();
const id = () => randomBytes(16).toString("base64url");

/** Live access tokens are judged in memory: a notice makes every process refuse them (`role` null), or ask for their renewal. */
const leaveNotice = (run, sid, role, now, tokenTtlSeconds) =>
  run(
    `INSERT INTO "Revocation" ("id", "sid", "role", "createdAt", "expiresAt") VALUES (?, ?, ${role === null ? "NULL" : "?"}, ?, ?)`,
    ...[id(), sid, ...(role === null ? [] : [role])],
    ...[now, new Date(now.getTime() + (tokenTtlSeconds + 30) * 1000)],
  );

/** Returns the email's account with its new role, or a sentence that says why not. */
async function setRole({ rows, run }, email, role, tokenTtlSeconds) {
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
  // Of two notices of a role the later one counts.
  const [{ last }] = await rows(`SELECT MAX("createdAt") AS "last" FROM "Revocation"`);
  const now = new Date(Math.max(Date.now(), last ? new Date(last).getTime() + 1 : 0));
  const devices = await rows(
    `SELECT "id" FROM "DeviceSession" WHERE "userId" = ? AND "endedAt" IS NULL`,
    user.id,
  );
  for (const device of devices) await leaveNotice(run, device.id, role, now, tokenTtlSeconds);
  await run(
    `INSERT INTO "AuditEvent" ("id", "at", "type", "subjectId", "ip", "userAgent", "detail") VALUES (?, ?, 'role_changed', ?, ?, ?, ?)`,
    ...[id(), now, user.id, ORIGIN.ip, ORIGIN.userAgent, JSON.stringify({ role })],
  );
  return { email: canonical(email), role };
}

/** Few enough that a running server, whose writes wait meanwhile, does not notice. */
const AT_ONCE = 200;

/** Ends up to so many live device sessions as an administrator would; returns how many. */
async function endSome({ rows, run }, tokenTtlSeconds) {
  const now = new Date();
  const ended = await rows(
    `UPDATE "DeviceSession" SET "endedAt" = ?, "endReason" = 'ended_by_admin' WHERE "id" IN (
       SELECT "id" FROM "DeviceSession" WHERE "endedAt" IS NULL AND "expiresAt" > ? LIMIT ${AT_ONCE}
     ) AND "endedAt" IS NULL RETURNING "id", "userId"`,
    ...[now, now],
  );
  for (const { id: sid, userId } of ended) {
    await leaveNotice(run, sid, null, now, tokenTtlSeconds);
    await run(
      `INSERT INTO "AuditEvent" ("id", "at", "type", "subjectId", "sessionId", "ip", "userAgent", "detail") VALUES (?, ?, 'session_ended', ?, ?, ?, ?, ?)`,
      ...[id(), now, userId, sid, ORIGIN.ip, ORIGIN.userAgent],
      JSON.stringify({ reason: "ended_by_admin" }),
    );
  }
  return ended.length;
}

async function endAllSessions({ inTransaction }, tokenTtlSeconds) {
  let [total, ended] = [0, 0];
  do {
    ended = await inTransaction((on) => endSome(on, tokenTtlSeconds));
    total += ended;
  } while (ended > 0);
  return total;
}

async function main([command, email]) {
  const isChange = (command === "grant" || command === "revoke") && email;
  if (!isChange && command !== "list" && command !== "end-all-sessions") {
    console.log(HELP);
    process.exitCode = command === "--help" || command === undefined ? 0 : 2;
    return;
  }
  loadEnvFile();
  const ttl = Number(process.env.ACCESS_TOKEN_TTL_SECONDS || 900);
  await withDatabase(async (database) => {
    if (command === "list") {
      const admins = await database.rows(
        `SELECT "email", "name" FROM "User" WHERE "role" = 'admin' ORDER BY "email"`,
      );
      console.log(
        admins.map(({ email: address, name }) => `${address}  ${name}`).join("\n") ||
          "Nobody is an administrator.",
      );
      return;
    }
    if (command === "end-all-sessions") {
      const ended = await endAllSessions(database, ttl);
      console.log(`Ended ${ended} device session${ended === 1 ? "" : "s"}. Everybody has to log in again.`);
      return;
    }
    const role = command === "grant" ? "admin" : "member";
    const outcome = await database.inTransaction((on) => setRole(on, email, role, ttl));
    const isDone = typeof outcome !== "string";
    (isDone ? console.log : console.error)(
      isDone
        ? `${outcome.email} is ${outcome.role === "admin" ? "an administrator" : "a member"} now.`
        : outcome,
    );
    process.exitCode = isDone ? 0 : 1;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
