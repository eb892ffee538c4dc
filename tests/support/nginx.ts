/** deploy/nginx.conf in front of servers: the file as it is, with ports and folders of this test's own. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/port.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
// Debian puts it where only root looks.
const PATH = `${process.env.PATH}:/usr/sbin`;

const isThere = (program: string, ...args: string[]) =>
  spawnSync(program, args, { env: { ...process.env, PATH } }).status === 0;

/** What these tests cannot do without, and is not installed; null: all of it is. */
export const missing: string | null = !isThere("nginx", "-v")
  ? "nginx is not installed"
  : !isThere("openssl", "version")
    ? "openssl is not installed"
    : null;

export type Reply = { status: number; headers: IncomingMessage["headers"]; text: string };
export type Asking = {
  headers?: Record<string, string>;
  json?: unknown;
  /** Our own address on this machine, 127.0.0.1 unless given. */
  from?: string;
  /** The name that is asked for, in the handshake too. */
  host?: string;
  /** Hangs up once the first part of the body has come. */
  firstPartOnly?: boolean;
};

export type Nginx = {
  port: number;
  plainPort: number;
  /** The file that it shows who it is with. */
  certificate: string;
  /** Over TLS, trusting its certificate alone. */
  ask(method: string, path: string, asking?: Asking): Promise<Reply>;
  askPlainly(method: string, path: string, asking?: Asking): Promise<Reply>;
  stop(): Promise<void>;
};

/** The two ports that nginx will have: the servers' APP_URL must name the first before they start. */
export const nginxPorts = async () => ({ port: await freePort(), plainPort: await freePort() });

export async function startNginx(
  { port, plainPort }: { port: number; plainPort: number },
  serverPorts: number[],
): Promise<Nginx> {
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-nginx-"));
  // Its workers have another user than ours, and keep large bodies in here.
  chmodSync(folder, 0o755);
  const tls = path.join(folder, "tls");
  mkdirSync(tls);
  const certificate = path.join(tls, "fullchain.pem");
  execFileSync("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost".split(" "),
    ...[
      "-addext",
      "subjectAltName=DNS:localhost",
      "-keyout",
      path.join(tls, "privkey.pem"),
      "-out",
      certificate,
    ],
  ]);
  const site = readFileSync(path.join(ROOT, "deploy", "nginx.conf"), "utf8")
    .replaceAll("${HALFSTATE_HOST}", "localhost")
    .replaceAll(
      "${HALFSTATE_SERVERS}",
      serverPorts.map((one) => `server 127.0.0.1:${one} max_fails=1 fail_timeout=2s;`).join(" "),
    )
    .replaceAll("/etc/halfstate/tls", tls)
    .replaceAll("/var/www/acme", path.join(folder, "acme"))
    .replace(
      /listen (\[::\]:)?(80|443)\b/g,
      (_, v6 = "", which) => `listen ${v6 || "127.0.0.1:"}${which === "80" ? plainPort : port}`,
    )
    // A machine may be without IPv6; what it listens on there is the same.
    .replace(/^.*listen \[::\].*\n/gm, "");
  writeFileSync(path.join(folder, "site.conf"), site);
  writeFileSync(
    path.join(folder, "nginx.conf"),
    `pid ${folder}/nginx.pid; error_log stderr; daemon off; worker_processes 2; events {}
     http {
       access_log off;
       ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
       include ${folder}/site.conf;
     }`,
  );
  const child = spawn("nginx", ["-e", "stderr", "-p", folder, "-c", path.join(folder, "nginx.conf")], {
    env: { ...process.env, PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (text) => (output += String(text)));
  const exit = once(child, "exit");
  const ca = readFileSync(certificate);
  const nginx: Nginx = {
    port,
    plainPort,
    certificate,
    ask: (method, route, asking = {}) => send(method, route, asking, { port, ca }),
    askPlainly: (method, route, asking = {}) => send(method, route, asking, { port: plainPort }),
    async stop() {
      child.kill("SIGQUIT");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${output}`);
    if (await nginx.askPlainly("GET", "/").catch(() => null)) return nginx;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Rejects where the connection is closed without an answer. */
export function send(
  method: string,
  route: string,
  { headers = {}, json, from, host = "localhost", firstPartOnly = false }: Asking,
  { port, ca }: { port: number; ca?: Buffer },
): Promise<Reply> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const options = {
    host: "127.0.0.1",
    port,
    method,
    path: route,
    localAddress: from,
    agent: false as const,
    headers: {
      host: `${host}:${port}`,
      ...(body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const answered = (incoming: IncomingMessage) => {
      const chunks: string[] = [];
      const finish = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: chunks.join(""),
        });
      incoming.on("data", (chunk) => {
        chunks.push(String(chunk));
        if (!firstPartOnly) return;
        finish();
        incoming.destroy();
      });
      incoming.on("error", reject);
      incoming.on("end", finish);
    };
    const outgoing = ca
      ? secureRequest({ ...options, ca, servername: host }, answered)
      : plainRequest(options, answered);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
