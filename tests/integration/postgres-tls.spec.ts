/** PostgreSQL over TLS, with a server of our own: what `sslmode` in the URL promises is kept, and a stranger's certificate is refused. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaClient } from "@/generated/postgres/client";
import { isStorageFailure } from "@/lib/db/client";
import { postgresAdapterFactory } from "@/lib/db/postgres";
import { freePort } from "../../scripts/port.mjs";
import { expect, onPostgres, test } from "../support/database";

const FOLDERS = "/usr/lib/postgresql";
const programs = existsSync(FOLDERS)
  ? readdirSync(FOLDERS)
      .map((version) => join(FOLDERS, version, "bin"))
      .filter((folder) => existsSync(join(folder, "initdb")))
      .at(-1)
  : undefined;
const isRoot = process.getuid?.() === 0;
/** PostgreSQL refuses to run as root; any other user will do. */
const NOBODY = 65_534;

test.skip(!onPostgres, "about PostgreSQL; TEST_DATABASE_URL is not set");
test.skip(!programs, `missing: the programs of a PostgreSQL server are not below ${FOLDERS}`);

let folder = "";
let server: ChildProcess | undefined;
let port = 0;

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, {
    cwd: folder,
    stdio: "pipe",
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });

/** A certificate authority, and a certificate of it for `localhost` alone. */
function makeCertificates(): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  for (const name of ["ca", "stranger"])
    run(
      "openssl",
      "req",
      "-x509",
      ...key,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  run(
    "openssl",
    "req",
    "-new",
    ...key.slice(0, -2),
    "-subj",
    "/CN=localhost",
    "-keyout",
    "server.key",
    "-out",
    "server.csr",
  );
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  run("openssl", "x509", "-req", "-in", "server.csr", ...signing, "-out", "server.crt");
}

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "halfstate-tls-"));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  makeCertificates();
  run(join(programs!, "initdb"), "-D", "data", "-U", "postgres", "--auth=trust", "--no-sync");
  // Nobody comes in without TLS.
  writeFileSync(join(folder, "data", "pg_hba.conf"), "hostssl all all all trust\n");
  port = await freePort();
  const settings = {
    port,
    ssl: "on",
    ssl_cert_file: "../server.crt",
    ssl_key_file: "../server.key",
    fsync: "off",
  };
  const args = Object.entries({ ...settings, unix_socket_directories: "" }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  server = spawn(join(programs!, "postgres"), ["-D", "data", ...args], {
    cwd: folder,
    stdio: "ignore",
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  await expect.poll(() => answer("sslmode=no-verify")).toEqual([{ ssl: true }]);
});

test.afterAll(async () => {
  if (server && server.exitCode === null) {
    server.kill("SIGINT");
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

/** What a client of ours gets with these parameters in its URL: whether its connection is encrypted, or why there is none. */
async function answer(parameters: string, host = "localhost"): Promise<unknown> {
  const url = `postgresql://postgres@${host}:${port}/postgres?${parameters}`;
  const limits = { poolSize: 1, connectTimeoutSeconds: 2, statementTimeoutSeconds: 2, lockTimeoutSeconds: 2 };
  const client = new PrismaClient({ adapter: postgresAdapterFactory({ url, ...limits }) });
  try {
    return await client.$queryRaw`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
  } catch (error) {
    return isStorageFailure(error) ? "cannot be reached" : error;
  } finally {
    await client.$disconnect();
  }
}

test("a certificate of a stranger, or for another name, is refused, and so is a connection without TLS", async () => {
  for (const [parameters, host] of [
    [`sslmode=verify-full&sslrootcert=${folder}/stranger.pem`, "localhost"],
    // Of no authority that this machine knows.
    ["sslmode=verify-full", "localhost"],
    [`sslmode=verify-full&sslrootcert=${folder}/ca.pem`, "127.0.0.1"],
    ["sslmode=disable", "localhost"],
  ] as const)
    expect(await answer(parameters, host), `${host} ${parameters}`).toBe("cannot be reached");
});

test("with the authority that made it, the connection is encrypted", async () => {
  expect(await answer(`sslmode=verify-full&sslrootcert=${folder}/ca.pem`)).toEqual([{ ssl: true }]);
});
