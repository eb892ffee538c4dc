// Applies, authors and checks migrations with Prisma's schema engine as WebAssembly: no engine is downloaded. See --help.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  existsSync,
  mkdtempSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const HELP = `Usage: node scripts/migrate.mjs <command>

  deploy       apply what DATABASE_URL has not seen yet (default file:./data/halfstate.db)
  new <name>   write the migration that leads from the history to the models
  check        exit 1 when the models and the history differ
`;

const require = createRequire(import.meta.url);
const PROVIDER = "sqlite";
const NO_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Applies every migration that the database has not seen, and returns their names. Any number of processes may do this at
 * once: one applies, the others wait and find nothing to do.
 */
export async function deploy({ databaseUrl, root }) {
  const file = databaseUrl.replace(/^file:/, "");
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true, mode: 0o700 });
  // Readers do not wait for writers in this mode; the file remembers it.
  await withConnection(databaseUrl, (connection) =>
    patiently(() => connection.executeScript("PRAGMA journal_mode = WAL")),
  );
  return withEngine(
    { databaseUrl, schema: [["schema.prisma", `datasource db { provider = "${PROVIDER}" }`]] },
    (engine) =>
      patiently(async () => {
        const { appliedMigrationNames } = await engine.applyMigrations({
          migrationsList: history(root),
          filters: NO_FILTERS,
        });
        return appliedMigrationNames;
      }),
  );
}

/** SQL that leads from the migration history to the models; empty when there is nothing to do. */
export async function pending(root) {
  const scratch = mkdtempSync(path.join(tmpdir(), "halfstate-schema-"));
  const schema = schemaFiles(root);
  try {
    return await withEngine(
      { databaseUrl: `file:${path.join(scratch, "main.db")}`, schema, scratch },
      async (engine) => {
        const { exitCode, stdout } = await engine.diff({
          from: { tag: "migrations", ...history(root) },
          to: { tag: "schemaDatamodel", files: schema.map(([file, content]) => ({ path: file, content })) },
          script: true,
          exitCode: true,
          shadowDatabaseUrl: null,
          filters: NO_FILTERS,
        });
        return exitCode === 0 ? "" : stdout;
      },
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Writes the next migration; returns its folder, or null when the models and the history agree. */
export async function author(root, name) {
  const sql = await pending(root);
  if (!sql) return null;
  const folder = migrationsFolder(root);
  const number = String(migrationNames(folder).length + 1).padStart(4, "0");
  const target = path.join(folder, `${number}_${name.replace(/\W+/g, "_").toLowerCase()}`);
  mkdirSync(target, { recursive: true });
  writeFileSync(path.join(target, "migration.sql"), sql);
  writeFileSync(path.join(folder, "migration_lock.toml"), lockFile());
  return target;
}

const migrationsFolder = (root) => path.join(root, "prisma", `migrations-${PROVIDER}`);
const lockFile = () => `# The provider that this history was written for.\nprovider = "${PROVIDER}"\n`;

const migrationNames = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, "migration.sql")))
        .map((entry) => entry.name)
        .sort()
    : [];

function history(root) {
  const folder = migrationsFolder(root);
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: lockFile() },
    shadowDbInitScript: "",
    migrationDirectories: migrationNames(folder).map((name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(path.join(folder, name, "migration.sql"), "utf8") },
      },
    })),
  };
}

function schemaFiles(root) {
  const folder = path.join(root, "prisma", PROVIDER);
  const models = path.join(root, "prisma", "models");
  return [
    ["schema.prisma", readFileSync(path.join(folder, "schema.prisma"), "utf8")],
    ...readdirSync(models)
      .sort()
      .map((file) => [file, readFileSync(path.join(models, file), "utf8")]),
  ];
}

async function withConnection(databaseUrl, work) {
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  const connection = await new PrismaBetterSqlite3({ url: databaseUrl }).connect();
  try {
    return await work(connection);
  } finally {
    await connection.dispose();
  }
}

async function withEngine({ databaseUrl, schema, scratch }, work) {
  const { bindMigrationAwareSqlAdapterFactory } = await import("@prisma/driver-adapter-utils");
  const { PrismaBetterSqlite3 } = await import("@prisma/adapter-better-sqlite3");
  const main = new PrismaBetterSqlite3({ url: databaseUrl });
  const open = [];
  const remember = async (connecting) => {
    const connection = await connecting;
    open.push(connection);
    return connection;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: main.provider,
    adapterName: main.adapterName,
    connect: () => remember(main.connect()),
    connectToShadowDb: () => remember(shadowDatabase(PrismaBetterSqlite3, scratch)),
  });
  const { SchemaEngine } = await loadEngine();
  const engine = await SchemaEngine.new({ datamodels: schema }, () => {}, factory);
  try {
    return await work(engine);
  } catch (error) {
    // The engine only says "External error id#N"; what happened is kept by the factory.
    const id = /External error id#(\d+)/.exec(String(error?.message ?? error))?.[1];
    const cause = id === undefined ? undefined : factory.errorRegistry.consumeError(Number(id))?.error;
    throw cause ?? error;
  } finally {
    engine.free?.();
    // The engine leaves its connections open, and with them an exclusive lock: whoever came next would find the file locked.
    for (const connection of open) await connection.dispose();
  }
}

/** Where the history is replayed for a comparison: a file, because `:memory:` would keep the first table only. */
async function shadowDatabase(Adapter, scratch) {
  const shadow = await new Adapter({
    url: `file:${path.join(scratch, `shadow-${Date.now()}.db`)}`,
  }).connect();
  const executeOne = shadow.executeRaw.bind(shadow);
  // The engine sends whole scripts through executeRaw, which takes one statement.
  shadow.executeRaw = async (query) =>
    query.args.length > 0 ? executeOne(query) : (await shadow.executeScript(query.sql), 0);
  return shadow;
}

async function loadEngine() {
  // The package's own entry imports .wasm in a way that Node 20 cannot; so the module is put together by hand.
  const script = require.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const engine = await import(pathToFileURL(script).href);
  const { instance } = await WebAssembly.instantiate(readFileSync(script.replace(/\.js$/, ".wasm")), {
    "./schema_engine_bg.js": engine,
  });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engine;
}

/** Another process may be migrating right now. */
async function patiently(run) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const busy = /SQLITE_BUSY|database is locked|SocketTimeout/.test(
        `${error?.message} ${JSON.stringify(error?.cause ?? "")}`,
      );
      if (!busy || attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
}

async function main([command, name]) {
  const root = path.resolve(import.meta.dirname, "..");
  switch (command) {
    case "deploy": {
      const applied = await deploy({
        databaseUrl: process.env.DATABASE_URL ?? "file:./data/halfstate.db",
        root,
      });
      console.log(applied.length > 0 ? `Applied ${applied.join(", ")}.` : "Nothing to apply.");
      return 0;
    }
    case "new": {
      if (!name) break;
      const folder = await author(root, name);
      console.log(
        folder
          ? `Wrote ${path.relative(root, folder)}. Read it before you commit it.`
          : "The models and the history agree.",
      );
      return 0;
    }
    case "check": {
      const sql = await pending(root);
      if (sql)
        console.error(
          `The models and the history differ. Run \`node scripts/migrate.mjs new <name>\`. Missing:\n\n${sql}`,
        );
      else console.log("The models and the history agree.");
      return sql ? 1 : 0;
    }
  }
  console.log(HELP);
  return command === "--help" || command === "help" ? 0 : 2;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
