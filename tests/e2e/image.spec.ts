/** The container image, without a container engine: what goes into it, and how its last stage runs with as few rights as compose.yaml leaves it. */
import { mkdirSync, mkdtempSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { freePort } from "../../scripts/port.mjs";
import { freshSecrets } from "../../scripts/secrets.mjs";
import { sourceHash } from "../../scripts/sources.mjs";
import {
  assemble,
  copyContext,
  environmentOf,
  readDockerfile,
  ROOT,
  runImage,
  valueOf,
  valuesOf,
  whyNoImage,
  type Container,
} from "../support/image";
import { connected } from "../support/postgres";

const stages = readDockerfile();
const [build, runtime] = [stages[0]!, stages.at(-1)!];
const noImage = whyNoImage();
const POSTGRES = process.env.TEST_POSTGRES_URL || process.env.TEST_DATABASE_URL;
const PERSON = { email: "ada@example.com", password: "correct horse battery" };

let folder = "";
test.beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "halfstate-image-test-"))));
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("both stages are the same Debian and Node.js, and the build is the documented one", () => {
  expect(stages).toHaveLength(2);
  expect(build.base).toMatch(/^node:\d+-[a-z]+$/);
  expect(runtime.base).toBe(`${build.base}-slim`);
  expect(build.instructions.map(({ keyword, value }) => `${keyword} ${value}`)).toEqual([
    "WORKDIR /build",
    "COPY package.json package-lock.json ./",
    "RUN npm ci",
    "COPY . .",
    "RUN npm run build",
  ]);
});

test("the build is given all that it reads, and nothing that an operator keeps beside it", () => {
  const [clone, context] = [path.join(folder, "clone"), path.join(folder, "context")];
  const hash = sourceHash(ROOT);
  copyContext(ROOT, clone);
  expect(sourceHash(clone)).toBe(hash);

  const kept = [
    ".env",
    ".env.local",
    "app/.env.production",
    "data/halfstate.db",
    "deploy/tls/privkey.pem",
    "lib/privkey.pem",
    "prisma/halfstate.db-wal",
    ".git/config",
    "node_modules/halfstate/index.js",
    "secrets.txt",
  ];
  for (const name of kept) {
    mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
    writeFileSync(path.join(clone, name), "secret");
  }
  copyContext(clone, context);
  expect(kept.filter((name) => existsSync(path.join(context, name)))).toEqual([]);
  expect(readdirSync(context)).toContain("package-lock.json");
  expect(sourceHash(context)).toBe(hash);
});

test("neither stage is told a secret", () => {
  const told = stages.flatMap((stage) => [...Object.keys(environmentOf(stage)), ...valuesOf(stage, "ARG")]);
  expect(told).toEqual(["NODE_ENV", "HOST", "PORT", "DATABASE_URL"]);
});

test.describe("run without an engine", () => {
  test.skip(noImage !== null, `missing: the image cannot be run, ${noImage}`);
  test.describe.configure({ mode: "serial" });

  let root = "";
  test.beforeAll(() => void (root = assemble(runtime)));
  test.afterAll(() => rmSync(root, { recursive: true, force: true }));

  const made: Container[] = [];
  test.afterEach(async () => {
    for (const one of made.splice(0)) await one.remove();
  });
  const container = async (
    env: Record<string, string>,
    options?: { volume?: string; command?: string[] },
  ): Promise<Container> => {
    const port = String(await freePort());
    const given = { ...freshSecrets(), BCRYPT_COST: "10", PORT: port, ...env };
    made.push(runImage(runtime, root, given, options));
    return made.at(-1)!;
  };
  const health = JSON.parse(valueOf(runtime, "HEALTHCHECK").replace(/^.* CMD /, "")) as string[];
  const untilHealthy = ({ exec, output }: Container) =>
    expect(() => expect(exec(health).code, output()).toBe(0)).toPass();

  async function signsUpAndIn({ port }: Container): Promise<void> {
    const post = async (route: string) =>
      fetch(`http://127.0.0.1:${port}/api/auth/${route}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...PERSON, transport: "bearer" }),
      });
    expect((await post("signup")).status).toBe(201);
    const loggedIn = await post("login");
    expect(loggedIn.status).toBe(200);
    const { accessToken } = (await loggedIn.json()) as { accessToken: string };
    const me = await fetch(`http://127.0.0.1:${port}/api/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(me.status).toBe(200);
    for (const page of ["/", "/lab", "/learn", "/login", "/api/docs"])
      expect([page, (await fetch(`http://127.0.0.1:${port}${page}`)).status]).toEqual([page, 200]);
  }

  test("it serves with SQLite as nobody in particular, in a tree that it cannot write to but for /data", async () => {
    const volume = path.join(folder, "volume");
    mkdirSync(volume);
    const running = await container({}, { volume });
    await untilHealthy(running);
    const { Uid, Gid, Groups, CapEff, CapBnd, NoNewPrivs, NSpid } = running.status();
    expect({ Uid, Gid, Groups, CapEff, CapBnd, NoNewPrivs }).toEqual({
      Uid: "10001 10001 10001 10001",
      Gid: "10001 10001 10001 10001",
      Groups: "",
      CapEff: "0000000000000000",
      CapBnd: "0000000000000000",
      NoNewPrivs: "1",
    });
    expect(NSpid).toMatch(/ 1$/);
    await signsUpAndIn(running);

    for (const place of ["/app/server.js", "/app/.next/new", "/tmp/new", "/new"])
      expect(running.exec(["touch", place]).code, place).not.toBe(0);
    expect(readdirSync(volume).filter((name) => !/^halfstate\.db(-wal|-shm|\.lock)?$/.test(name))).toEqual(
      [],
    );
    expect(running.output()).not.toMatch(/EROFS|EACCES|error/i);

    running.signal("SIGSTOP");
    expect(running.exec(health).code).toBe(1);
    running.signal("SIGCONT");
    await untilHealthy(running);

    running.signal("SIGTERM");
    expect(await running.ended(), running.output()).toBe(0);
  });

  test("it serves with PostgreSQL and nothing at all to write to", async () => {
    test.skip(!POSTGRES, "missing: no PostgreSQL lets postgres in at 127.0.0.1:5432");
    const name = `halfstate_image_${process.pid}`;
    await connected(POSTGRES!, (server) => server.query(`CREATE DATABASE ${name}`));
    const url = new URL(POSTGRES!);
    url.pathname = `/${name}`;
    const running = await container({ DATABASE_URL: url.href });
    try {
      await untilHealthy(running);
      expect(running.exec(["touch", "/data/new"]).code).not.toBe(0);
      await signsUpAndIn(running);
      expect(running.exec(["node", "scripts/health.mjs", "ready"]).code).toBe(0);
      expect(running.exec(["node", "scripts/admin.mjs", "grant", PERSON.email])).toMatchObject({ code: 0 });
      running.signal("SIGTERM");
      expect(await running.ended(), running.output()).toBe(0);
    } finally {
      await running.remove();
      await connected(POSTGRES!, (server) => server.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  });

  test("it says why it will not start without a place for its database, and without secrets", async () => {
    const nowhere = await container({});
    expect(await nowhere.ended()).toBe(1);
    expect(nowhere.output()).toContain(
      "The database file:/data/halfstate.db could not be brought up to date",
    );
    const unset = Object.fromEntries(Object.keys(freshSecrets()).map((name) => [name, ""]));
    const secretless = await container(unset);
    expect(await secretless.ended()).toBe(1);
    for (const name of Object.keys(unset)) expect(secretless.output()).toContain(`- ${name} `);
    for (const { output } of [nowhere, secretless]) expect(output()).not.toMatch(/^\s+at /m);
  });

  test("it makes the secrets of a new deployment, where nothing can be stored", async () => {
    const printing = await container({}, { command: ["node", "scripts/secrets.mjs", "new"] });
    expect(await printing.ended()).toBe(0);
    for (const name of Object.keys(freshSecrets()))
      expect(printing.output()).toMatch(new RegExp(`^${name}='[^']{32,}'$`, "m"));
  });
});
