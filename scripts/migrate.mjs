// Applies and writes database migrations with Prisma's schema engine as WebAssembly, so that neither needs the native engine or the prisma command line.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { postgres } from "./database-postgres.mjs";
import { sqlite } from "./database-sqlite.mjs";

const require = createRequire(import.meta.url);
const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
export const DEFAULT_DATABASE_URL = "file:./data/halfstate.db";

const DATABASES = [sqlite, postgres];

/** What scripts must know of the database that the URL means. */
export function databaseOf(databaseUrl) {
  if (/^file:./.test(databaseUrl)) return sqlite;
  if (/^postgres(ql)?:\/\/./.test(databaseUrl) && URL.canParse(databaseUrl)) return postgres;
  // Without the value, which may hold a password.
  throw new Error(
    `DATABASE_URL must be a SQLite file such as ${DEFAULT_DATABASE_URL}, or a PostgreSQL database such as postgresql://user:password@host:5432/name.`,
  );
}

/** The same database, named so that a process in another folder finds it too. */
export const absoluteDatabaseUrl = (databaseUrl) => databaseOf(databaseUrl).absolute(databaseUrl);

/** The URL as it may be shown to anybody. */
export const shownDatabaseUrl = (databaseUrl) => databaseOf(databaseUrl).shown(databaseUrl);

const filters = { externalTables: [], externalEnums: [] };

let loading;

/** Once per process: the bindings keep the instance in their module, so a second one would pull it from under the first. */
const loadEngine = () =>
  (loading ??= (async () => {
    const entry = require.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
    const bindings = await import(pathToFileURL(entry).href);
    // The package's own entry imports the .wasm file directly, which Node 20 cannot.
    const wasm = readFileSync(entry.replace(/\.js$/, ".wasm"));
    const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": bindings });
    bindings.__wbg_set_wasm(instance.exports);
    // Where the engine reports a panic; without it the report itself would throw and hide the reason.
    globalThis.PRISMA_WASM_PANIC_REGISTRY ??= { set_message: (message) => console.error(message) };
    instance.exports.__wbindgen_start();
    return bindings.SchemaEngine;
  })());

async function withEngine(database, connect, work) {
  const SchemaEngine = await loadEngine();
  const { bindMigrationAwareSqlAdapterFactory } = await import("@prisma/driver-adapter-utils");
  const open = new Set();
  const remember = async (connecting) => {
    const adapter = await connecting;
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      if (open.delete(adapter)) await dispose();
    };
    open.add(adapter);
    return adapter;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: database.adapterProvider,
    adapterName: `halfstate-${database.provider}`,
    connect: () => remember(connect()),
    connectToShadowDb: () => remember(database.connectShadow()),
  });
  // The models are not needed here: only `difference` compares with them, and brings them along.
  const datasource = `datasource db {\n  provider = "${database.provider}"\n}\n`;
  try {
    const datamodels = [["datasource.prisma", datasource]];
    const engine = await SchemaEngine.new({ datamodels }, () => {}, factory);
    return await work(engine);
  } catch (error) {
    // The engine only hands on a number (what the driver said is kept beside it), and appends its own stack.
    const message = String(error?.message ?? error);
    const id = /External error id#(\d+)/.exec(message)?.[1];
    const cause = id === undefined ? undefined : factory.errorRegistry.consumeError(Number(id))?.error;
    throw new Error(cause?.message ?? message.split(/\n\s*0: /)[0], { cause: error });
  } finally {
    // The engine leaves its connections open; closing the last one folds SQLite's log back into the file.
    for (const adapter of [...open]) await adapter.dispose();
  }
}

function migrationsList(database, root) {
  const baseDir = join(root, database.migrationsFolder);
  const lockfile = join(baseDir, "migration_lock.toml");
  const names = existsSync(baseDir)
    ? readdirSync(baseDir, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];
  return {
    baseDir,
    lockfile: {
      path: "migration_lock.toml",
      content: existsSync(lockfile) ? readFileSync(lockfile, "utf8") : `provider = "${database.provider}"\n`,
    },
    shadowDbInitScript: "",
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(join(baseDir, name, "migration.sql"), "utf8") },
      },
    })),
  };
}

function schemaFiles(database, root) {
  const folder = join(root, database.schemaFolder);
  const read = (path) => ({ path, content: readFileSync(path, "utf8") });
  const prismaFiles = (path) =>
    readdirSync(path)
      .filter((name) => name.endsWith(".prisma"))
      .sort()
      .map((name) => read(join(path, name)));
  return { files: [...prismaFiles(folder), ...prismaFiles(join(folder, "models"))] };
}

/** Applies what is missing and returns its names. Processes that do so at once take turns: one applies, the others find nothing left. */
export async function deploy({ databaseUrl = DEFAULT_DATABASE_URL, root = PROJECT } = {}) {
  const database = databaseOf(databaseUrl);
  const list = migrationsList(database, root);
  if (list.migrationDirectories.length === 0) throw new Error(`There are no migrations in ${list.baseDir}.`);
  return database.alone(databaseUrl, async () => {
    const { appliedMigrationNames } = await withEngine(
      database,
      () => database.connect(databaseUrl),
      (engine) => engine.applyMigrations({ migrationsList: list, filters }),
    );
    return appliedMigrationNames;
  });
}

/** The SQL that leads from each history of migrations to the models: a list of `{ database, sql }`, empty when they agree. */
export async function differences(root = PROJECT) {
  const found = [];
  for (const database of DATABASES) {
    const sql = await difference(database, root);
    if (sql !== null) found.push({ database, sql });
  }
  return found;
}

async function difference(database, root) {
  const list = migrationsList(database, root);
  const from = list.migrationDirectories.length > 0 ? { tag: "migrations", ...list } : { tag: "empty" };
  const to = { tag: "schemaDatamodel", ...schemaFiles(database, root) };
  const { exitCode, stdout } = await withEngine(database, database.connectShadow, (engine) =>
    engine.diff({ from, to, shadowDatabaseUrl: null, script: true, exitCode: true, filters }),
  );
  return exitCode === 0 ? null : stdout;
}

/** Writes the next migration, one a database, from what the models changed; returns their files, none when nothing changed. */
export async function writeMigrations(name, root = PROJECT) {
  if (!/^[a-z][a-z0-9_]*$/.test(name ?? "")) {
    throw new Error(
      "A migration needs a name of lower-case letters, digits and underscores, such as add_user_locale.",
    );
  }
  return (await differences(root)).map(({ database, sql }) => {
    const { baseDir, lockfile, migrationDirectories } = migrationsList(database, root);
    const number = Number.parseInt(migrationDirectories.at(-1)?.path ?? "0", 10) + 1;
    const folder = join(baseDir, `${String(number).padStart(4, "0")}_${name}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "migration.sql"), sql);
    writeFileSync(join(baseDir, lockfile.path), lockfile.content);
    return join(folder, "migration.sql");
  });
}

const HELP = `Usage: node scripts/migrate.mjs <command>

  deploy       apply the migrations that DATABASE_URL (default ${DEFAULT_DATABASE_URL}) lacks
  new <name>   write the next migration from what prisma/models changed, for SQLite and for PostgreSQL
  check        exit 1 when prisma/models and the migrations of either differ
  --help       this text

Neither \`new\` nor \`check\` needs a PostgreSQL server, or touches one.
`;

async function main([command, name]) {
  if (command === "deploy") {
    const applied = await deploy({ databaseUrl: process.env.DATABASE_URL || DEFAULT_DATABASE_URL });
    console.log(applied.length > 0 ? `Applied ${applied.join(", ")}.` : "Nothing to apply.");
  } else if (command === "new") {
    const files = await writeMigrations(name);
    for (const file of files)
      console.log(`Wrote ${relative(process.cwd(), file)}. Read it before you commit it.`);
    if (files.length === 0) console.log("The models changed nothing.");
  } else if (command === "check") {
    const missing = await differences();
    if (missing.length === 0) return console.log("The migrations lead to the models.");
    for (const { database, sql } of missing)
      console.error(
        `The migrations in ${database.migrationsFolder} do not lead to the models. Missing:\n\n${sql}`,
      );
    console.error("Run `node scripts/migrate.mjs new <name>`.");
    process.exitCode = 1;
  } else {
    (command === "--help" ? console.log : console.error)(HELP);
    process.exitCode = command === "--help" ? 0 : 2;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
  // The engine leaves the timer behind that limits its wait for PostgreSQL's lock: everything is done ten seconds before it ends.
  process.exit();
}
