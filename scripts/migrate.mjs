// Applies and writes database migrations with Prisma's schema engine as WebAssembly, so that neither needs the native engine or the prisma command line.
import {
  mkdtempSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
export const DEFAULT_DATABASE_URL = "file:./data/halfstate.db";

/** Everything that knows the provider. A second database is a second object of this shape. */
const sqlite = {
  provider: "sqlite",
  schemaFolder: "prisma/sqlite",
  migrationsFolder: "prisma/migrations-sqlite",

  /** Runs `work` while no other process migrates this database. */
  async alone(databaseUrl, work) {
    const file = sqliteFile(databaseUrl);
    // For this user alone: the file holds password hashes.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // The lock lies on a file beside the database, because the engine needs the database itself. The operating
    // system lets go of it when the process dies, which a lock made of a file's mere existence would outlive.
    const lock = await connectSqlite({ url: `file:${file}.lock`, timeout: 60_000 });
    try {
      await lock.executeScript("BEGIN EXCLUSIVE");
      const main = await connectSqlite({ url: databaseUrl });
      // Stays in the file. Outside the lock, two processes switching at once would fail instead of waiting.
      await main.executeScript("PRAGMA journal_mode = WAL").finally(() => main.dispose());
      return await work();
    } finally {
      await lock.dispose();
    }
  },

  async connect(databaseUrl) {
    const main = await connectSqlite({ url: databaseUrl });
    const executeRaw = main.executeRaw.bind(main);
    // The engine's own lock: it would refuse to look at a database that a running server has open.
    main.executeRaw = async (query) => (/locking_mode/.test(query.sql) ? 0 : executeRaw(query));
    return main;
  },

  async connectShadow() {
    const folder = mkdtempSync(join(tmpdir(), "halfstate-shadow-"));
    const shadow = await connectSqlite({ url: `file:${join(folder, "shadow.db")}` });
    const executeRaw = shadow.executeRaw.bind(shadow);
    // The engine replays a whole migration as one query; the driver refuses more than one statement there.
    shadow.executeRaw = async (query) => {
      if (query.args.length > 0) return executeRaw(query);
      await shadow.executeScript(query.sql);
      return 0;
    };
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      rmSync(folder, { recursive: true, force: true });
    };
    return shadow;
  },
};

async function connectSqlite(options) {
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  return new PrismaBetterSqlite3(options).connect();
}

function sqliteFile(databaseUrl) {
  if (!/^file:./.test(databaseUrl)) {
    throw new Error(`DATABASE_URL must be a SQLite file such as ${DEFAULT_DATABASE_URL}.`);
  }
  return resolve(databaseUrl.slice("file:".length));
}

/** The same database, named so that a process in another folder finds it too. */
export const absoluteDatabaseUrl = (databaseUrl) => `file:${sqliteFile(databaseUrl)}`;

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

async function withEngine(database, databaseUrl, work) {
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
    provider: database.provider,
    adapterName: `halfstate-${database.provider}`,
    connect: () => remember(database.connect(databaseUrl)),
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
  const list = migrationsList(sqlite, root);
  if (list.migrationDirectories.length === 0) throw new Error(`There are no migrations in ${list.baseDir}.`);
  return sqlite.alone(databaseUrl, async () => {
    const { appliedMigrationNames } = await withEngine(sqlite, databaseUrl, (engine) =>
      engine.applyMigrations({ migrationsList: list, filters }),
    );
    return appliedMigrationNames;
  });
}

/** The SQL that leads from the migrations to the models; null when they agree. */
export async function difference(root = PROJECT) {
  const list = migrationsList(sqlite, root);
  const from = list.migrationDirectories.length > 0 ? { tag: "migrations", ...list } : { tag: "empty" };
  const to = { tag: "schemaDatamodel", ...schemaFiles(sqlite, root) };
  const { exitCode, stdout } = await withEngine(sqlite, "file::memory:", (engine) =>
    engine.diff({ from, to, shadowDatabaseUrl: null, script: true, exitCode: true, filters }),
  );
  return exitCode === 0 ? null : stdout;
}

/** Writes the next migration from what the models changed; null when they changed nothing. */
export async function writeMigration(name, root = PROJECT) {
  if (!/^[a-z][a-z0-9_]*$/.test(name ?? "")) {
    throw new Error(
      "A migration needs a name of lower-case letters, digits and underscores, such as add_user_locale.",
    );
  }
  const sql = await difference(root);
  if (sql === null) return null;
  const { baseDir, lockfile, migrationDirectories } = migrationsList(sqlite, root);
  const number = Number.parseInt(migrationDirectories.at(-1)?.path ?? "0", 10) + 1;
  const folder = join(baseDir, `${String(number).padStart(4, "0")}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "migration.sql"), sql);
  writeFileSync(join(baseDir, lockfile.path), lockfile.content);
  return join(folder, "migration.sql");
}

const HELP = `Usage: node scripts/migrate.mjs <command>

  deploy       apply the migrations that DATABASE_URL (default ${DEFAULT_DATABASE_URL}) lacks
  new <name>   write the next migration from what prisma/models changed
  check        exit 1 when prisma/models and the migrations differ
  --help       this text
`;

async function main([command, name]) {
  if (command === "deploy") {
    const applied = await deploy({ databaseUrl: process.env.DATABASE_URL || DEFAULT_DATABASE_URL });
    console.log(applied.length > 0 ? `Applied ${applied.join(", ")}.` : "Nothing to apply.");
  } else if (command === "new") {
    const file = await writeMigration(name);
    console.log(
      file
        ? `Wrote ${relative(process.cwd(), file)}. Read it before you commit it.`
        : "The models changed nothing.",
    );
  } else if (command === "check") {
    const sql = await difference();
    if (sql === null) return console.log("The migrations lead to the models.");
    console.error(
      `The migrations do not lead to the models. Missing:\n\n${sql}\nRun \`node scripts/migrate.mjs new <name>\`.`,
    );
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
}
