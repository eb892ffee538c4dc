/** What the README tells people to type is typed, and what it says of the answers is so. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/port.mjs";
import { expect, test } from "../support/app";

const ROOT = path.resolve(import.meta.dirname, "../..");
const README = readFileSync(path.join(ROOT, "README.md"), "utf8");

const block = (info: string) => {
  const found = new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(README)?.[1];
  if (!found) throw new Error(`The README has no block "${info}".`);
  return found;
};

function shell(script: string, cwd: string, env: Record<string, string> = {}) {
  return spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...env },
    detached: true,
  });
}

test("the curl examples run as written and show what they promise", async ({ app }) => {
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-readme-"));
  // The address is the one thing that differs.
  const child = shell(block("sh").replace("http://localhost:3000", app.url), folder);
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (output += String(text)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true, force: true });
  expect(code, output).toBe(0);
  const timings = [...output.matchAll(/desc="(jwt|session)".*?desc="(\d+) queries"/g)].map(
    ([, mode, queries]) => [mode, queries],
  );
  expect(timings).toEqual([
    ["jwt", "0"],
    ["session", "1"],
    ["jwt", "0"],
  ]);
  expect(output).toContain('{"ended":3}');
  expect(output.match(/"code":"session_ended"/g)).toHaveLength(2);
});

test("the deployment works word for word, in a folder without the source tree", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "halfstate-deploy-"));
  const port = await freePort();
  // The build is the one under test already; what comes after it is typed as it stands.
  const script = block("sh deploy").replace("npm run build\n", "");
  const child = shell(script, ROOT, { TARGET: path.join(folder, "app"), PORT: String(port) });
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (output += String(text)));
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(async () => (await fetch(`${url}/api/health/ready`).catch(() => null))?.status, {
      message: output,
    })
    .toBe(200);
  const signedUp = await fetch(`${url}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "deployed@example.com", password: "correct horse battery" }),
  });
  expect(signedUp.status).toBe(201);
  expect((await fetch(url)).status).toBe(200);
  process.kill(-child.pid!, "SIGTERM");
  await new Promise((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true, force: true });
});

test("every variable of .env.example is in the README", () => {
  const example = readFileSync(path.join(ROOT, ".env.example"), "utf8");
  const names = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect(README.includes(`\`${name}\``), name).toBe(true);
});

test("every link of the README leads to a file", () => {
  const links = [...README.matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^https?:/.test(link));
  for (const link of links) expect(() => readFileSync(path.join(ROOT, link)), link).not.toThrow(/ENOENT/);
});
