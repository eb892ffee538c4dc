// The build that `npm run bench` measures: the sources as they are, and the handler that it compares with.
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateClient, installPackages } from "../prepare.mjs";
import { isBuilt, ROOT } from "../sources.mjs";
import { node, step, StepError } from "../steps.mjs";

/**
 * A build of its own, with one handler more: `GET /api/bare` answers what `GET /api/me` does, and asks nobody who they are. What is
 * shipped has no such door. `work` is given the folder that serves it.
 */
export async function withBuild(work) {
  await installPackages();
  await generateClient();
  // Out of the project: inside it, Next would take the project for the root of both.
  const folder = mkdtempSync(join(tmpdir(), "halfstate-bench-build-"));
  // Cut short, it must not leave a thousand megabytes behind.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  await step("build", async () => {
    for (const name of [...readdirSync(ROOT).filter(isBuilt), "generated"])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true, verbatimSymlinks: true });
    linkFolder(join(ROOT, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "app", "api", "bare"));
    copyFileSync(
      join(ROOT, "scripts", "bench", "bare-route.ts"),
      join(folder, "app", "api", "bare", "route.ts"),
    );
    const { code, output } = await node([join(folder, "scripts", "build.mjs")], { cwd: folder });
    if (code !== 0) throw new StepError(output);
    return "built, with the bare handler";
  });
  await work(join(folder, ".next", "standalone"));
}

/**
 * The same files under another name, for nothing; copies where the other name is on another disk. A link to the folder Next refuses.
 * Only for what nobody writes to: it would be written under both names.
 */
function linkFolder(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else link(source, target);
  }
}

function link(source, target) {
  try {
    linkSync(source, target);
  } catch (error) {
    if (error.code !== "EXDEV") throw error;
    copyFileSync(source, target);
  }
}
