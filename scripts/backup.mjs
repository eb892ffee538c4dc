// Copies a SQLite database beside a running server (`npm run backup -- <file>`), and looks whether the copy is sound.
import { existsSync, fsyncSync, openSync, closeSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadEnvFile } from "./env-file.mjs";
import { databaseOf } from "./migrate.mjs";
import { operatorDatabaseUrl, withDatabase } from "./operator-database.mjs";
import { command, StepError } from "./steps.mjs";

const HELP = `Usage: npm run backup -- <file>

Copies the SQLite database of DATABASE_URL (else of .env.local, else data/halfstate.db) to a new file. The server may go on: the copy
is the database as it was at one moment, and readable by its owner alone. It holds password hashes, and no secret of .env.local;
docs/backup.md says what else to keep, and how to restore. PostgreSQL has pg_dump.
`;

/** Rejects when the file is there already, or when what was written is not sound. */
export async function backUp(file) {
  if (databaseOf(operatorDatabaseUrl()).provider !== "sqlite")
    throw new StepError("The database is PostgreSQL: use pg_dump -Fc (docs/backup.md).");
  if (existsSync(file)) throw new StepError(`${file} is there already; a backup never overwrites one.`);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  // Made empty first, because SQLite would create it for all to read.
  writeFileSync(part, "", { mode: 0o600, flag: "wx" });
  try {
    // One statement reads one moment, and does not begin anew when a server writes meanwhile, as SQLite's page-wise copy does.
    await withDatabase(({ run }) => run("VACUUM INTO ?", part));
    await requireSound(part);
    sync(part);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

async function requireSound(file) {
  const found = await withDatabase(({ rows }) => rows("PRAGMA integrity_check"), `file:${file}`);
  const problems = found.map((row) => row.integrity_check).join("; ");
  if (problems !== "ok") throw new StepError(`The copy is not sound: ${problems}`);
}

function sync(file) {
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [file] = process.argv.slice(2);
  await command(async () => {
    if (!file || file.startsWith("-")) {
      console.log(HELP);
      process.exitCode = file === "--help" || file === undefined ? 0 : 2;
      return;
    }
    loadEnvFile();
    await backUp(path.resolve(file));
    console.log(`Wrote ${file}, checked. Keep the secrets too, elsewhere.`);
  });
}
