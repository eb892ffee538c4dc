// The PostgreSQL and the Redis that tests may use: those that were named, or those beside us that let everybody in.
const LOCAL_REDIS = "redis://127.0.0.1:6379";
const LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres";

/** The URL of a server that lets the tests make databases, else null: it may be there for something else. */
export async function postgresServer() {
  if (process.env.TEST_DATABASE_URL) return process.env.TEST_DATABASE_URL;
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: LOCAL_POSTGRES, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
    return rows[0]?.rolsuper ? LOCAL_POSTGRES : null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The URL of a server that answers, else null. */
export async function redisServer() {
  if (process.env.TEST_REDIS_URL) return process.env.TEST_REDIS_URL;
  const { Redis } = await import("ioredis");
  const client = new Redis(LOCAL_REDIS, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.ping();
    return LOCAL_REDIS;
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}
