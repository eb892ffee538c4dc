// What lib/db/postgres.ts promises and the stock adapter does not.
import { inspect } from "node:util";
import { PrismaClient } from "@/generated/postgres/client";
import { authenticate } from "@/lib/auth/authenticate";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { randomId } from "@/lib/core/identifiers";
import {
  databaseAnswers,
  db,
  inTransaction,
  isStorageFailure,
  type Database,
  type Db,
} from "@/lib/db/client";
import { postgresAdapterFactory, type PostgresSettings } from "@/lib/db/postgres";
import { shownDatabaseUrl } from "../../scripts/migrate.mjs";
import { expect, onPostgres, test as base } from "../support/database";
import { connected, nameOf, onServer } from "../support/postgres";
import { proxyTo, type Proxy } from "../support/proxy";
import { after, issued, newAccount, NOW, requestOf } from "./situation";

const IMPATIENT = {
  poolSize: 2,
  connectTimeoutSeconds: 1,
  statementTimeoutSeconds: 1,
  lockTimeoutSeconds: 1,
};

type Fixtures = {
  between: Proxy;
  /** A client of its own, through the proxy unless told otherwise. */
  clientFor: (settings?: Partial<PostgresSettings>) => Db;
};

const test = base.extend<Fixtures>({
  between: async ({ databaseUrl }, use) => {
    const between = await proxyTo(databaseUrl);
    await use(between);
    await between.close();
  },
  clientFor: async ({ between }, use) => {
    const clients: PrismaClient[] = [];
    await use((settings) => {
      const adapter = postgresAdapterFactory({ url: between.url, ...IMPATIENT, ...settings });
      const client = new PrismaClient({ adapter });
      clients.push(client);
      return client as unknown as Db;
    });
    for (const client of clients) await client.$disconnect();
  },
});

test.skip(!onPostgres, "about PostgreSQL; TEST_DATABASE_URL is not set");

const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

async function timed<T>(work: Promise<T>): Promise<{ outcome: unknown; milliseconds: number }> {
  const startedAt = performance.now();
  const outcome = await outcomeOf(work);
  return { outcome, milliseconds: performance.now() - startedAt };
}

const nameIn = async (client: Db, id: string) => (await client.user.findFirstOrThrow({ where: { id } })).name;

/** Ends every connection to this database but those that end them. */
const terminateAll = (databaseUrl: string) =>
  onServer((server) =>
    server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      nameOf(databaseUrl),
    ]),
  );

test("a server that is gone is a storage failure at once, and when it is back the next query goes through", async ({
  between,
  clientFor,
}) => {
  const client = clientFor();
  const ada = await newAccount();
  expect(await nameIn(client, ada.id)).toBe("Ada");
  await between.refuse();
  for (const work of [
    () => nameIn(client, ada.id),
    () => client.user.updateMany({ where: { id: ada.id }, data: { name: "Never" } }),
    () => client.$queryRaw`SELECT 1`,
    () => client.$transaction((transaction) => transaction.user.count()),
  ]) {
    const { outcome, milliseconds } = await timed(work());
    expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
    expect(milliseconds).toBeLessThan(1_000);
  }
  await between.pass();
  expect(await nameIn(client, ada.id)).toBe("Ada");
});

test("while the server is gone JWT mode goes on, session mode says when to come back, and both are whole when it is back", async ({
  between,
  clientFor,
}) => {
  const user = await newAccount();
  const [token, session] = [await issued("jwt", user), await issued("session", user)];
  await revocationFeed().catchUp(NOW);
  const shared = globalThis as { __halfstateDatabase?: Database };
  const before = (db(), shared.__halfstateDatabase!);
  const client = clientFor();
  shared.__halfstateDatabase = {
    client,
    firstRow: async (query) => (await client.$queryRaw<unknown[]>(query))[0],
  };
  try {
    expect((await authenticate(requestOf(session), NOW)).ok).toBe(true);
    await between.refuse();
    expect((await authenticate(requestOf(token), NOW)).ok).toBe(true);
    // A second later: until then a copy in Redis may stand in for the row.
    expect(await authenticate(requestOf(session), after(1))).toMatchObject({
      failure: { code: "storage_unavailable", retryAfterSeconds: 5 },
    });
    expect(await databaseAnswers()).toBe(false);
    await between.pass();
    expect((await authenticate(requestOf(session), NOW)).ok).toBe(true);
    expect(await databaseAnswers()).toBe(true);
  } finally {
    shared.__halfstateDatabase = before;
  }
});

test("a server that answers nothing is a storage failure in seconds, in a transaction too, and its connections are not used again", async ({
  between,
  clientFor,
}) => {
  const client = clientFor({ poolSize: 1 });
  const ada = await newAccount();
  const named = (name: string) => ({ where: { id: ada.id }, data: { name } });

  await client.user.updateMany(named("Before"));
  between.stall();
  const single = await timed(client.user.updateMany(named("Never")));
  expect(isStorageFailure(single.outcome), inspect(single.outcome)).toBe(true);
  expect(single.milliseconds).toBeLessThan(4_000);
  const unconnected = await timed(client.user.count());
  expect(isStorageFailure(unconnected.outcome), inspect(unconnected.outcome)).toBe(true);
  expect(unconnected.milliseconds).toBeLessThan(3_000);

  await between.pass();
  const within = await timed(
    client.$transaction(async (transaction) => {
      await transaction.user.updateMany(named("Undone"));
      between.stall();
      await transaction.user.updateMany(named("Never"));
    }),
  );
  expect(isStorageFailure(within.outcome), inspect(within.outcome)).toBe(true);
  // One wait, not another one for the rollback.
  expect(within.milliseconds).toBeLessThan(4_000);

  await between.pass();
  const { outcome, milliseconds } = await timed(nameIn(client, ada.id));
  expect(outcome).toBe("Before");
  expect(milliseconds).toBeLessThan(1_500);
});

test("a statement that takes too long is ended by the server as a storage failure", async ({ clientFor }) => {
  const client = clientFor();
  const { outcome, milliseconds } = await timed(client.$executeRaw`SELECT pg_sleep(10)`);
  expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
  expect(inspect(outcome, { depth: 5 })).toContain("57014");
  expect(milliseconds).toBeLessThan(3_000);
});

test("a row that stays locked is a storage failure, and its transaction leaves nothing behind", async ({
  databaseUrl,
  clientFor,
}) => {
  const [ada, bob] = [await newAccount(), await newAccount()];
  const client = clientFor({ statementTimeoutSeconds: 10 });
  await connected(databaseUrl, async (other) => {
    await other.query("BEGIN");
    await other.query('SELECT 1 FROM "User" WHERE "id" = $1 FOR UPDATE', [bob.id]);
    const { outcome, milliseconds } = await timed(
      client.$transaction(async (transaction) => {
        await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Undone" } });
        await transaction.user.updateMany({ where: { id: bob.id }, data: { name: "Never" } });
      }),
    );
    expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
    expect(milliseconds).toBeLessThan(4_000);
  });
  expect(await nameIn(client, ada.id)).toBe("Ada");
});

test("an administrator who ends every connection costs what was under way, and nothing after it", async ({
  databaseUrl,
  clientFor,
}) => {
  const client = clientFor({ url: databaseUrl, statementTimeoutSeconds: 10 });
  const ada = await newAccount();
  let begun = () => {};
  const isUnderWay = new Promise<void>((resolve) => (begun = resolve));
  const sleeping = outcomeOf(client.$executeRaw`SELECT pg_sleep(9)`);
  const within = outcomeOf(
    client.$transaction(async (transaction) => {
      await transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Undone" } });
      begun();
      await transaction.$executeRaw`SELECT pg_sleep(9)`;
    }),
  );
  await isUnderWay;
  const asleep = () =>
    onServer(async (server) => {
      const { rows } = await server.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'",
        [nameOf(databaseUrl)],
      );
      return rows.length;
    });
  await expect.poll(asleep).toBe(2);
  await terminateAll(databaseUrl);
  for (const outcome of [await sleeping, await within])
    expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
  expect(await nameIn(client, ada.id)).toBe("Ada");
  // This worker's own client had connections too, idle ones.
  await expect.poll(() => databaseAnswers()).toBe(true);
});

test("a server with no connection left is a storage failure, until one is free", async ({
  databaseUrl,
  clientFor,
}) => {
  // The tests' own role may always connect.
  const role = `halfstate_few_${process.pid}`;
  const as = new URL(databaseUrl);
  as.username = role;
  await onServer((server) => server.query(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1`));
  try {
    const client = clientFor({ url: as.href });
    await connected(as.href, async () => {
      const outcome = await outcomeOf(client.$queryRaw`SELECT 1`);
      expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
      const within = await outcomeOf(client.$transaction((transaction) => transaction.$queryRaw`SELECT 1`));
      expect(isStorageFailure(within), inspect(within)).toBe(true);
    });
    await expect.poll(() => client.$queryRaw`SELECT 1`.then(() => true, isStorageFailure)).toBe(true);
    // And a role that may read nothing is no fault of the request.
    const outcome = await outcomeOf(client.user.count());
    expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
    await client.$disconnect();
  } finally {
    await onServer((server) => server.query(`DROP ROLE ${role}`));
  }
});

test("a database that may only be read serves reads, refuses writes as a storage failure, and heals", async ({
  databaseUrl,
  clientFor,
}) => {
  const ada = await newAccount();
  const readOnly = (value: string) =>
    onServer((server) =>
      server.query(`ALTER DATABASE ${nameOf(databaseUrl)} SET default_transaction_read_only = ${value}`),
    );
  const write = (client: Db) =>
    outcomeOf(client.user.updateMany({ where: { id: ada.id }, data: { name: "Written" } }));
  const client = clientFor();
  await readOnly("on");
  try {
    expect(await nameIn(client, ada.id)).toBe("Ada");
    const outcome = await write(client);
    expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
    const within = await outcomeOf(
      client.$transaction((transaction) =>
        transaction.user.updateMany({ where: { id: ada.id }, data: { name: "Written" } }),
      ),
    );
    expect(isStorageFailure(within), inspect(within)).toBe(true);
  } finally {
    await readOnly("off");
  }
  await expect.poll(async () => isStorageFailure(await write(client))).toBe(false);
  expect(await nameIn(client, ada.id)).toBe("Written");
});

test("a database that is not there is a storage failure; a question that makes no sense is none", async ({
  databaseUrl,
  clientFor,
}) => {
  const elsewhere = new URL(databaseUrl);
  elsewhere.pathname = "/halfstate_is_not_here";
  const outcome = await outcomeOf(clientFor({ url: elsewhere.href }).user.count());
  expect(isStorageFailure(outcome), inspect(outcome)).toBe(true);
  const nonsense = await outcomeOf(clientFor().$queryRawUnsafe("SELECT nonsense FROM"));
  expect(nonsense).toBeInstanceOf(Error);
  expect(isStorageFailure(nonsense)).toBe(false);
});

test("of transactions that lock each other out one is undone and runs again: both are done", async () => {
  const [ada, bob] = [await newAccount(), await newAccount()];
  let attempts = 0;
  let both = () => {};
  const bothHoldOne = new Promise<void>((resolve) => (both = resolve));
  const crossing = (name: string, first: string, second: string) =>
    inTransaction(async (transaction) => {
      attempts += 1;
      await transaction.user.updateMany({ where: { id: first }, data: { name } });
      if (attempts >= 2) both();
      await bothHoldOne;
      await transaction.user.updateMany({ where: { id: second }, data: { name } });
    });
  await Promise.all([crossing("One", ada.id, bob.id), crossing("Two", bob.id, ada.id)]);
  // Three, unless the one that runs again is faster than the one that was waiting, and they meet once more.
  expect(attempts).toBeGreaterThanOrEqual(3);
  expect(await nameIn(db(), ada.id)).toBe(await nameIn(db(), bob.id));
});

test("transactions at once lose no update", async () => {
  const one = await issued("jwt", await newAccount());
  const where = { sessionId: one.session.id };
  await Promise.all(
    Array.from({ length: 20 }, () =>
      db().$transaction(async (transaction) => {
        await transaction.refreshToken.updateMany({ where, data: { tokenHash: randomId() } });
        const { generation } = await transaction.refreshToken.findUniqueOrThrow({ where });
        await transaction.refreshToken.update({ where, data: { generation: generation + 1 } });
      }),
    ),
  );
  expect((await db().refreshToken.findUniqueOrThrow({ where })).generation).toBe(20);
});

test("no error and nothing that is shown repeats the password of the URL", async ({ between, clientFor }) => {
  const url = new URL(between.url);
  url.password = "not-for-any-log";
  await between.refuse();
  const outcome = await outcomeOf(clientFor({ url: url.href }).user.count());
  expect(isStorageFailure(outcome)).toBe(true);
  expect(inspect(outcome, { depth: 10, showHidden: true })).not.toContain("not-for-any-log");
  expect(shownDatabaseUrl(url.href)).not.toContain("not-for-any-log");
});
