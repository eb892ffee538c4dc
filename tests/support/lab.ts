/** Experiments of the Lab as a script runs them, and the curl lines beside them as a person types them. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "@playwright/test";
import type { App } from "./app";
import { send } from "./http";

type Line = {
  progress?: number;
  says?: string;
  result?: unknown;
  runId?: string | null;
  problem?: { code: string };
};

/** Runs an experiment to its end; its last state, and the id that it can be found by. */
export async function runExperiment<Result>(
  app: App,
  slug: string,
  fields: Record<string, unknown> = {},
): Promise<{ result: Result; runId: string; lines: Line[] }> {
  const { status, text } = await send(app, "POST", `/api/lab/${slug}`, { json: fields });
  expect(status, text).toBe(200);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  const last = lines.at(-1)!;
  expect(last.problem).toBeUndefined();
  return { result: lines.at(-2)!.result as Result, runId: last.runId!, lines };
}

/** Runs lines for a shell as they stand and returns what they print. */
export async function runShell(script: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-lab-"));
  const child = spawn("sh", ["-eu", "-c", script], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, NODE_ENV: "test" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true, force: true });
  expect(code, output).toBe(0);
  return output;
}
