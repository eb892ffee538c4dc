/**
 * Throw-away databases on the PostgreSQL server of TEST_DATABASE_URL; where that is not set, the tests run on SQLite, but for those that
 * need a PostgreSQL and find one by TEST_POSTGRES_URL (scripts/test.mjs).
 */
import pg from "pg";

const SERVER = process.env.TEST_DATABASE_URL || process.env.TEST_POSTGRES_URL;

export const onPostgres = Boolean(process.env.TEST_DATABASE_URL);
export const hasPostgres = Boolean(SERVER);

const NAME = /^halfstate_(?:integration|e2e)_(\d+)_\d+$/;
let made = 0;

/** The URL of a database that nobody else uses, and that is not there yet: its name says whose it is. */
export function nameDatabase(suite: "integration" | "e2e"): string {
  const url = new URL(SERVER!);
  url.pathname = `/halfstate_${suite}_${process.pid}_${(made += 1)}`;
  return url.href;
}

/** True for a database that tests have made, on the server that they were given. */
export function isThrowAway(databaseUrl: string): boolean {
  if (!SERVER || !/^postgres/.test(databaseUrl) || !URL.canParse(databaseUrl)) return false;
  const { host, pathname } = new URL(databaseUrl);
  return host === new URL(SERVER).host && NAME.test(pathname.slice(1));
}

export async function createDatabase(databaseUrl: string): Promise<void> {
  await onServer(async (server) => {
    await dropLeftBehind(server);
    await server.query(`CREATE DATABASE ${nameOf(databaseUrl)}`);
  });
}

/** With whoever is still connected to it. */
export const dropDatabase = (databaseUrl: string): Promise<void> =>
  onServer(async (server) => {
    await server.query(`DROP DATABASE IF EXISTS ${nameOf(databaseUrl)} WITH (FORCE)`);
  });

/** Runs `work` with a connection to the database that TEST_DATABASE_URL names. */
export const onServer = <T>(work: (server: pg.Client) => Promise<T>): Promise<T> => connected(SERVER!, work);

export async function connected<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // Tests end connections, this one among others.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function nameOf(databaseUrl: string): string {
  if (!isThrowAway(databaseUrl)) throw new Error("Tests make and drop their own databases alone.");
  return new URL(databaseUrl).pathname.slice(1);
}

/** Those of tests that were cut short. */
async function dropLeftBehind(server: pg.Client): Promise<void> {
  const { rows } = await server.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname LIKE 'halfstate\\_%'",
  );
  for (const { datname } of rows) {
    const pid = NAME.exec(datname)?.[1];
    if (pid && !isAlive(Number(pid))) await server.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
