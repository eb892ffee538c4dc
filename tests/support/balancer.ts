/** A real HAProxy in front of servers, with the configuration that operators are given (deploy/haproxy.cfg) but for its addresses. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "@playwright/test";

export const CONFIGURATION = path.resolve(import.meta.dirname, "../../deploy/haproxy.cfg");

export type Balancer = {
  /** Resolves when so many servers get requests. */
  untilUp(count: number): Promise<void>;
  stop(): Promise<void>;
};

/** Null where there is none. Debian keeps it where only root looks. */
export const haproxy: string | null =
  [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/usr/local/sbin"]
    .map((folder) => path.join(folder, "haproxy"))
    .find(isProgram) ?? null;

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export async function startBalancer(port: number, servers: number[]): Promise<Balancer> {
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-balancer-"));
  const socket = path.join(folder, "socket");
  const file = path.join(folder, "haproxy.cfg");
  writeFileSync(file, configurationFor(port, servers, socket));
  const child = spawn(haproxy!, ["-db", "-f", file], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += String(data)));

  const balancer: Balancer = {
    async untilUp(count) {
      await expect
        .poll(
          async () => {
            if (child.exitCode !== null) throw new Error(`HAProxy ended:\n${output}`);
            return serversUp(await ask(socket, "show stat").catch(() => ""));
          },
          { intervals: [50], message: "servers that get requests" },
        )
        .toBe(count);
    },
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await balancer.untilUp(servers.length);
  return balancer;
}

/** Looks more often than it need in real life, so that tests take less time. */
function configurationFor(port: number, servers: number[], socket: string): string {
  const given = readFileSync(CONFIGURATION, "utf8");
  const left = [...servers];
  const made = given
    .replace(/^( +bind ):8080$/m, `$1127.0.0.1:${port}`)
    .replace(/^global$/m, `global\n    stats socket ${socket}`)
    .replace(/\binter 2s\b/, "inter 200ms")
    .replaceAll(
      /^( +server \w+ )10\.0\.0\.\d+:3000$/gm,
      (_line, start) => `${start}127.0.0.1:${left.shift()}`,
    );
  // Where the file has changed so that one of these finds nothing, the test would run something else.
  expect(left).toEqual([]);
  expect(made).not.toContain(":undefined");
  for (const part of [`127.0.0.1:${port}`, "stats socket", "inter 200ms"]) expect(made).toContain(part);
  return made;
}

async function ask(socket: string, question: string): Promise<string> {
  const connection = connect(socket);
  connection.end(`${question}\n`);
  return text(connection);
}

const serversUp = (table: string): number =>
  table.split("\n").filter((line) => {
    const [proxy, server, ...rest] = line.split(",");
    return proxy === "instances" && server !== "BACKEND" && rest[15] === "UP";
  }).length;
