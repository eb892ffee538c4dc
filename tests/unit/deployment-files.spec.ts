/** What compose.yaml and the systemd unit promise, read as their own programs read them; docs/deploying.md says what to type before. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv as readEnvFile } from "node:util";
import { expect, test } from "@playwright/test";
import { parseEnv } from "@/lib/core/env";

const ROOT = path.resolve(import.meta.dirname, "../..");
const { load } = createRequire(import.meta.url)("js-yaml") as { load(text: string): unknown };

type Service = {
  environment?: Record<string, string>;
  networks: string[] | Record<string, { ipv4_address?: string }>;
  ports?: string[];
  image: string;
  stop_grace_period?: string;
} & Record<string, unknown>;
const compose = load(readFileSync(path.join(ROOT, "compose.yaml"), "utf8")) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const servers = ["server1", "server2"].map((name) => compose.services[name]!);
const { proxy } = compose.services;
const networksOf = ({ networks }: Service) => (Array.isArray(networks) ? networks : Object.keys(networks));
const addressOf = ({ networks }: Service) =>
  Array.isArray(networks) ? undefined : networks.front?.ipv4_address;

let folder = "";
test.beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "halfstate-files-"))));
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("no service has more rights than it needs, and each is limited, watched over and started again", () => {
  for (const [name, service] of services) {
    expect([name, service]).toMatchObject([
      name,
      {
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        restart: "unless-stopped",
        mem_limit: expect.stringMatching(/^\d+[mg]$/) as unknown,
        pids_limit: expect.any(Number) as unknown,
      },
    ]);
    if (name !== "proxy") expect(service, name).toHaveProperty("healthcheck");
    expect(service.image, name).not.toMatch(/:latest$/);
  }
});

test("only the proxy can be reached, and it reaches the servers alone", () => {
  expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(["proxy"]);
  expect(compose.networks.back).toEqual({ internal: true });
  expect(networksOf(proxy!)).toEqual(["front"]);
  for (const name of ["postgres", "redis"]) expect(networksOf(compose.services[name]!)).toEqual(["back"]);
});

test("what is written in memory belongs to who writes it", () => {
  // Docker gives a tmpfs the mode of the directory that the image has in its place, and to root whatever the image says.
  for (const [name, place] of [
    ["proxy", "/etc/nginx/conf.d"],
    ["postgres", "/var/run/postgresql"],
  ] as const)
    expect(compose.services[name]!.tmpfs, name).toContainEqual(
      expect.stringMatching(new RegExp(`^${place}:uid=\\d+,gid=\\d+$`)),
    );
});

test("the servers believe the proxy and nobody else, and the proxy knows both servers", () => {
  for (const { environment } of servers) expect(environment?.TRUSTED_PROXIES).toBe(addressOf(proxy!));
  expect(proxy!.environment?.HALFSTATE_SERVERS?.match(/\d+(\.\d+){3}:\d+/g)).toEqual(
    servers.map((server) => `${addressOf(server)}:3000`),
  );
});

test("the secrets that the guide makes are all that the servers ask for", () => {
  test.skip(process.platform === "win32", "the guide's lines are for a POSIX shell");
  const guide = readFileSync(path.join(ROOT, "docs", "deploying.md"), "utf8");
  const script = /^```sh compose\n[\s\S]*?^(\(umask[\s\S]*?\.env\))$/m.exec(guide)?.[1];
  expect(script).toBeTruthy();
  // The image holds the script; here it is beside us.
  const here = script!.replace("docker run --rm halfstate node ", `'${process.execPath}' '${ROOT}'/`);
  execFileSync("bash", ["-euo", "pipefail", "-c", here], { cwd: folder });
  expect(statSync(path.join(folder, ".env")).mode & 0o777).toBe(0o600);

  const made = readEnvFile(readFileSync(path.join(folder, ".env"), "utf8"));
  const filled = Object.entries(servers[0]!.environment!).map(([name, value]) => [
    name,
    String(value).replace(/\$\{(\w+)(:[?-])?[^}]*\}/g, (_, variable: string, kind?: string) => {
      if (!made[variable] && kind !== ":-") throw new Error(`The guide makes no ${variable}.`);
      return made[variable] ?? "";
    }),
  ]);
  const env = parseEnv(Object.fromEntries(filled) as Record<string, string>);
  expect(env).toMatchObject({ appUrl: "https://localhost", secureCookies: true });
  expect(env.databaseUrl).toMatch(/^postgresql:\/\/halfstate:[0-9a-f]{64}@postgres:5432\/halfstate$/);
});

test("systemd takes the unit as it is, and finds little that it may do", () => {
  const version = /^systemd (\d+)/.exec(
    spawnSync("systemd-analyze", ["--version"]).stdout?.toString() ?? "",
  )?.[1];
  test.skip(Number(version ?? 0) < 250, "there is no systemd-analyze 250 or newer here");
  const unit = path.join(folder, "halfstate@3001.service");
  copyFileSync(path.join(ROOT, "deploy", "halfstate@.service"), unit);
  const verified = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
  // Where Node.js is elsewhere than on a server, the unit is not to blame.
  const complaints = verified.stderr
    .split("\n")
    .filter((line) => line.includes("halfstate@") && !/\/usr\/bin\/node/.test(line));
  expect(complaints).toEqual([]);
  const judged = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit], {
    encoding: "utf8",
  });
  expect(judged.status, judged.stdout).toBe(0);
});

test("every link of the guide leads to a file", () => {
  const guide = readFileSync(path.join(ROOT, "docs", "deploying.md"), "utf8");
  const links = [...guide.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links.filter((one) => !/^https?:/.test(one)))
    expect(() => statSync(path.join(ROOT, "docs", link)), link).not.toThrow();
});
