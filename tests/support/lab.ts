/** Experiments of the Lab as a script runs them, and the curl lines beside them as a person types them. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "@playwright/test";
import type { App } from "./app";
import { Client, send } from "./http";
import { rows } from "./rows";

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

/**
 * Runs an experiment to its end as a browser without JavaScript does: reads the form on its page, posts it and follows the redirect.
 * The page that it lands on, and what was kept.
 */
export async function runByForm<Result>(
  app: App,
  slug: string,
  fields: Record<string, string> = {},
): Promise<{ result: Result; runId: string; html: string }> {
  const client = new Client(app);
  const { text: page } = await client.get(`/lab/${slug}`);
  const [form = ""] = new RegExp(`<form[^>]* action="/api/lab/${slug}".*?</form>`, "s").exec(page) ?? [];
  expect(form).toMatch(/^<form[^>]* method="post"/i);
  expect(form).toMatch(/ type="submit"/);
  const tags = form.match(/<[^>]*>/g)!;
  for (const [name, value] of Object.entries(fields)) {
    const offering = tags.filter(
      (tag) => tag.includes(` name="${name}"`) && tag.includes(` value="${value}"`),
    );
    expect(offering, `${name}=${value} is in the form`).toHaveLength(1);
  }

  const { status, headers, text } = await client.post(`/api/lab/${slug}`, { form: fields });
  expect(status, text).toBe(303);
  const location = headers.get("location")!;
  expect(location).toMatch(new RegExp(`^/lab/${slug}\\?run=[\\w-]{22}#result$`));
  const { pathname, search, searchParams } = new URL(location, app.url);
  const landed = await client.get(pathname + search);
  expect(landed.status).toBe(200);
  const runId = searchParams.get("run")!;
  return { result: await keptResult<Result>(app, runId), runId, html: landed.text };
}

/** A result as the database has it, for a run whose stream somebody else has read. */
export async function keptResult<Result>(app: App, runId: string): Promise<Result> {
  expect(runId).toMatch(/^[\w-]{22}$/);
  const [[kept] = []] = await rows(app.databaseUrl, `SELECT "result" FROM "LabRun" WHERE "id" = '${runId}'`);
  return (typeof kept === "string" ? JSON.parse(kept) : kept) as Result;
}

/** The id of the kept run whose link the browser is at. */
export const runIdIn = (url: string): string => new URL(url).searchParams.get("run")!;

/** What a page that was read without JavaScript shows from this test id to the next one. */
export function shownIn(html: string, testId: string): string {
  const markup = html.replace(/<script.*?<\/script>/gs, "");
  const from = markup.indexOf(`data-testid="${testId}"`);
  expect(from, testId).toBeGreaterThan(0);
  const to = markup.indexOf('data-testid="', from + 1);
  return markup.slice(markup.indexOf(">", from) + 1, to < 0 ? undefined : to).replace(/<[^>]*>/g, "");
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
