// What migrating and administering must know of PostgreSQL: how to open it, alone or beside a running server, and where to try migrations out.

export const postgres = {
  provider: "postgresql",
  adapterProvider: "postgres",
  schemaFolder: "prisma/postgres",
  migrationsFolder: "prisma/migrations-postgres",

  /** A URL means the same database in every folder. */
  absolute: (databaseUrl) => databaseUrl,

  /** The URL as it may be shown: its user, password and parameters are nobody's business. */
  shown(databaseUrl) {
    const { protocol, host, pathname } = new URL(databaseUrl);
    return `${protocol}//${host}${pathname}`;
  },

  /** Runs `work` while no other process migrates this database. */
  async alone(databaseUrl, work) {
    const { default: pg } = await import("pg");
    const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
    // A connection that breaks while nothing is asked of it tells so by this event, which nobody else hears; `work` fails by itself.
    lock.on("error", () => {});
    await lock.connect().catch((error) => {
      // Where a name has several addresses, each with a refusal of its own, the error that holds them has no message.
      throw new Error(error.message || `no connection (${error.code})`, { cause: error });
    });
    try {
      // Of the transaction, so that a pooler between cannot hand it to somebody else; the server lets go of it when the process dies.
      await lock.query("BEGIN");
      await lock.query("SET LOCAL lock_timeout = '60s'");
      await lock.query("SET LOCAL statement_timeout = 0");
      await lock.query("SET LOCAL idle_in_transaction_session_timeout = 0");
      await lock.query("SELECT pg_advisory_xact_lock($1)", [MIGRATING]);
      return await work();
    } finally {
      await lock.end();
    }
  },

  parameter: (number) => `$${number}`,

  /** One connection, for the schema engine and for what an operator does beside a running server. */
  async connect(databaseUrl) {
    const connection = await open(databaseUrl);
    // What a role may be limited to for the app's sake is too little for an index on a large table.
    await connection.executeScript("SET statement_timeout = 0").catch(async (error) => {
      await connection.dispose();
      throw error;
    });
    return connection;
  },

  /**
   * For the schema engine: a database of its own, gone with the connection, in which it replays migrations. It is PostgreSQL inside this
   * process, so that writing and checking migrations needs no server, and cannot reach one.
   */
  async connectShadow() {
    const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
      import("@electric-sql/pglite"),
      import("@electric-sql/pglite-socket"),
    ]);
    const database = await PGlite.create();
    const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
    await server.start();
    const shadow = await open(`postgresql://postgres@${server.getServerConn()}/postgres?sslmode=disable`);
    const performIO = shadow.performIO.bind(shadow);
    // The adapter knows no "char", which the engine's look at the tables has columns of; text is what they hold.
    shadow.performIO = async (query) => {
      const result = await performIO(query);
      for (const field of result.fields ?? []) if (field.dataTypeID === CHAR) field.dataTypeID = BPCHAR;
      return result;
    };
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await server.stop();
      await database.close();
    };
    return shadow;
  },
};

/** The key of the lock: any number, but the same in every version of this program. */
const MIGRATING = 704_261_533;
/** Types as PostgreSQL numbers them. */
const [CHAR, BPCHAR] = [18, 1042];

async function open(connectionString) {
  const { PrismaPg } = await import("@prisma/adapter-pg");
  // One connection: the engine takes a lock of its own, and on another connection it would wait for itself.
  const connection = await new PrismaPg({
    connectionString,
    max: 1,
    connectionTimeoutMillis: 10_000,
  }).connect();
  // As one query, which the server does as a whole or not at all. The adapter would cut the script at every semicolon, those in
  // texts and functions too, and a migration that fails would leave what came before.
  connection.executeScript = async (sql) =>
    void (await connection.executeRaw({ sql, args: [], argTypes: [] }));
  return connection;
}
