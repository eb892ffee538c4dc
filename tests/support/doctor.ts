/** The doctor as an operator runs it: a process of its own, its report read back. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect } from "@playwright/test";

const SCRIPT = path.resolve(import.meta.dirname, "../../scripts/doctor.mjs");

export type Check = {
  id: string;
  verdict: string;
  measured: string;
  findings: { severity: string; what: string; mend: string }[];
};
export type Report = { exitCode: number; checks: Check[]; left: string[]; reason?: string };

// Loaded before the doctor: its own clock then runs ten times as fast. It asks for as long as that clock says, so it gives up sooner.
const TEN_TIMES_AS_FAST =
  "const now = performance.now.bind(performance), start = now(); performance.now = () => start + 10 * (now() - start);";
/**
 * The environment of a script that would ask a bad deployment for many seconds before it calls something endless. For what never
 * ends alone: all that a script measures is ten times as long to it, and the servers and the wire are as they are.
 */
export const HURRIED = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TEN_TIMES_AS_FAST)}`,
};

export function doctor(
  args: string[],
  { env = {}, script = SCRIPT }: { env?: Record<string, string>; script?: string } = {},
) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let told = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (told += String(text)));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, output, told }));
  return { child, ended };
}

/** Runs it with --json; `only` keeps a test short, and so do few connections: two instances are met in turn. */
export async function examine(
  url: string,
  only: string[] = [],
  more: Record<string, string> = {},
  options: string[] = [],
): Promise<Report> {
  const args = [
    url,
    "--json",
    ...(only.length > 0 ? ["--only", only.join(",")] : []),
    ...["--connections", "6", "--timeout", "60"],
    ...options,
  ];
  const { code, output, told } = await doctor(args, { env: more }).ended;
  const report = (output ? JSON.parse(output) : { checks: [], left: [told] }) as Report;
  expect([report.exitCode, report.left]).toEqual([code, []]);
  return report;
}

export const verdicts = ({ checks }: Report) =>
  Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
export const failed = ({ checks }: Report) =>
  checks.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
/** All that is not well, in the doctor's own words. */
export const troubles = ({ checks }: Report) =>
  checks.filter(({ verdict }) => verdict !== "pass" && verdict !== "skip");
export const findingsOf = (report: Report, id: string) =>
  report.checks.find((check) => check.id === id)?.findings ?? [];
