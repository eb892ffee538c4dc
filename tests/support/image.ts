/** The Dockerfile without a container engine: read, its context chosen, and its last stage carried out and run in namespaces of its own. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

type Instruction = { keyword: string; value: string };
export type Stage = { base: string; name: string | null; instructions: Instruction[] };

/** The stages of a Dockerfile, with the defaults of the arguments before the first one filled in. */
export function readDockerfile(file = path.join(ROOT, "Dockerfile")): Stage[] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join("\n")
    .replace(/\\\n\s*/g, " ")
    .split("\n");
  const defaults = new Map<string, string>();
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, keyword = "", value = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === "ARG" && stages.length === 0) {
      const [name = "", preset = ""] = value.split("=");
      defaults.set(name, preset);
    } else if (keyword === "FROM") {
      const [base = "", , name] = value
        .replace(/\$\{(\w+)\}/g, (_, name: string) => defaults.get(name)!)
        .split(/\s+/);
      stages.push({ base, name: name ?? null, instructions: [] });
    } else stages.at(-1)!.instructions.push({ keyword, value });
  }
  return stages;
}

export const valuesOf = ({ instructions }: Stage, keyword: string): string[] =>
  instructions.filter((instruction) => instruction.keyword === keyword).map(({ value }) => value);

/** The one value of an instruction that a stage has once. */
export function valueOf(stage: Stage, keyword: string): string {
  const [value, ...more] = valuesOf(stage, keyword);
  if (value === undefined || more.length > 0) throw new Error(`The stage needs ${keyword} once.`);
  return value;
}

export const environmentOf = (stage: Stage): Record<string, string> =>
  Object.fromEntries(
    valuesOf(stage, "ENV")
      .flatMap((value) => value.split(/\s+/))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );

/** Whether an engine would send the path to the build: the last line of .dockerignore that matches it, or a folder above it, decides. */
export function contextFilter(text = readFileSync(path.join(ROOT, ".dockerignore"), "utf8")) {
  const rules = text
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const pattern = line
        .replace(/^!/, "")
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replace(/\*\*\/|\*/g, (star) => (star === "*" ? "[^/]*" : "(?:.*/)?"));
      return { includes: line.startsWith("!"), matches: new RegExp(`^${pattern}(?:/|$)`) };
    });
  return (file: string): boolean => rules.findLast(({ matches }) => matches.test(file))?.includes ?? true;
}

/** Copies what the build would be given of `root` to `target`. */
export function copyContext(root: string, target: string): void {
  const isInContext = contextFilter();
  const copy = (folder: string) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name);
      if (!isInContext(name)) continue;
      const [from, to] = [path.join(root, name), path.join(target, name)];
      if (entry.isDirectory()) copy(name);
      else {
        mkdirSync(path.dirname(to), { recursive: true });
        if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
        else copyFileSync(from, to);
      }
    }
  };
  copy("");
}

/** Why the image cannot be run here; null where it can. */
export function whyNoImage(): string | null {
  if (process.platform !== "linux") return "it takes the namespaces of Linux";
  if (process.getuid?.() !== 0) return "it takes root, to give root up as an engine does";
  if (!process.execPath.startsWith("/usr/"))
    return "Node.js is not below /usr, which stands for the base image";
  const probe = spawnSync("unshare", ["--mount", "--pid", "--fork", "nsenter", "--version"]);
  return probe.status === 0 ? null : "namespaces cannot be made here";
}

export type Container = {
  port: number;
  output(): string;
  /** Runs a command inside, as the image's user and with its environment. */
  exec(command: string[]): { code: number | null; output: string };
  /** What the kernel says of its first process. */
  status(): Record<string, string>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, once somebody has ended it. */
  ended(): Promise<number | null>;
  remove(): Promise<void>;
};

/**
 * The last stage as a tree: its COPY from a build that is there already, its RUN in that tree. The base image is this machine's /usr and
 * /etc, which nothing in the tree can write to.
 */
export function assemble(stage: Stage): string {
  const root = mkdtempSync(path.join(tmpdir(), "halfstate-image-"));
  chmodSync(root, 0o755);
  for (const value of valuesOf(stage, "COPY")) {
    const [, from = "", to = ""] = /^--from=build \/build\/(\S+) (\S+)$/.exec(value) ?? [];
    if (!from) throw new Error(`The last stage copies from the build alone, not: COPY ${value}`);
    const target = path.join(root, valueOf(stage, "WORKDIR"), to);
    cpSync(path.join(ROOT, from), target, { recursive: true, verbatimSymlinks: true });
    execFileSync("chown", ["-R", "0:0", target]);
  }
  for (const command of valuesOf(stage, "RUN"))
    execFileSync("unshare", [
      "--mount",
      "sh",
      "-euc",
      `${mounted(root)}\nexec chroot "$0" sh -euc "$1"`,
      root,
      command,
    ]);
  return root;
}

/** `volume` is what is mounted at /data, if anything: all else is read-only. `env` and `command` are what `docker run` would be given. */
export function runImage(
  stage: Stage,
  root: string,
  env: Record<string, string>,
  {
    volume,
    command = JSON.parse(valueOf(stage, "CMD")) as string[],
  }: { volume?: string; command?: string[] } = {},
): Container {
  const [user = "", group = ""] = valueOf(stage, "USER").split(":");
  const environment = {
    PATH: `${path.dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...environmentOf(stage),
    ...env,
  } as unknown as NodeJS.ProcessEnv;
  if (volume) takeOwnerOf(path.join(root, "data"), volume);
  const script = `
    ${mounted(root)}
    mount -o remount,bind,ro '${root}'
    ${volume ? `mount --bind '${volume}' '${root}/data'` : ""}
    exec chroot '${root}' setpriv --reuid ${user} --regid ${group} --clear-groups --no-new-privs --bounding-set=-all \
      sh -c 'cd "$0" && exec "$@"' ${valueOf(stage, "WORKDIR")} "$@"`;
  // First in a tree of processes of its own: signals that it does not handle are lost on it, as in a container without an init.
  const child = spawn("unshare", ["--mount", "--pid", "--fork", "sh", "-euc", script, "sh", ...command], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const first = () => firstIn(child, output);
  const exit = once(child, "exit") as Promise<[number | null]>;
  return {
    port: Number(environment.PORT),
    output: () => output,
    exec(inside) {
      const { status, stdout, stderr } = spawnSync(
        "nsenter",
        [
          "--target",
          String(first()),
          "--mount",
          "--pid",
          "--root",
          "--wd",
          "--setuid",
          user,
          "--setgid",
          group,
          "--",
        ].concat(inside),
        { env: environment, encoding: "utf8" },
      );
      return { code: status, output: stdout + stderr };
    },
    status: () =>
      Object.fromEntries(
        readFileSync(`/proc/${first()}/status`, "utf8")
          .split("\n")
          .map((line) => [
            line.slice(0, line.indexOf(":")),
            line
              .slice(line.indexOf(":") + 1)
              .trim()
              .replace(/\s+/g, " "),
          ]),
      ),
    signal: (name) => process.kill(first(), name),
    ended: async () => (await exit)[0],
    async remove() {
      if (child.exitCode === null) process.kill(first(), "SIGKILL");
      await exit;
    },
  };
}

/** Shell lines that make `root` a tree to live in: the base, which cannot be written to, and what every container gets. */
function mounted(root: string): string {
  const base = ["usr", "bin", "sbin", "lib", "lib64", "etc"].filter((name) => existsSync(`/${name}`));
  for (const name of [...base, "proc", "dev", "tmp"]) mkdirSync(path.join(root, name), { recursive: true });
  // Open to all, as in any image: only that the tree is read-only keeps it shut.
  chmodSync(path.join(root, "tmp"), 0o1777);
  return `
    mount --bind '${root}' '${root}'
    ${base.map((name) => `mount --bind '/${name}' '${root}/${name}'; mount -o remount,bind,ro '${root}/${name}'`).join("\n")}
    mount --bind /dev '${root}/dev'
    mount -t proc proc '${root}/proc'`;
}

/** As an engine does with a new volume. */
function takeOwnerOf(folder: string, volume: string): void {
  const { uid, gid, mode } = statSync(folder);
  chownSync(volume, uid, gid);
  chmodSync(volume, mode & 0o777);
}

/** The process that `unshare` has forked; throws where there is none. */
function firstIn({ pid }: ChildProcess, output: string): number {
  const first = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((name) => parentOf(name) === pid);
  if (!first) throw new Error(`The container has not begun, or has ended:\n${output}`);
  return Number(first);
}

function parentOf(process: string): number | null {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${process}/status`, "utf8"))?.[1]);
  } catch {
    // It has ended since it was listed.
    return null;
  }
}
