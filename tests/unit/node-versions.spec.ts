/** The oldest Node.js that package.json allows is the one that the code is written against. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import ts from "typescript";
import { ROOT } from "../../scripts/sources.mjs";
import { isThorough } from "../support/rounds";

const json = (name: string) =>
  JSON.parse(readFileSync(join(ROOT, name), "utf8")) as {
    version: string;
    engines: { node: string };
  };
const oldest = json("package.json").engines.node.replace(">=", "");

test("the types are those of the oldest version: tsc refuses what it does not have", () => {
  expect(json("node_modules/@types/node/package.json").version).toMatch(`${oldest}.`);
});

test("scripts, which tsc does not judge, use nothing of Node that the oldest version lacks", () => {
  // Ten seconds for one class of error, which whoever runs the script on that version meets at once.
  test.skip(!isThorough, "THOROUGH=1 runs it");
  const files = ["scripts", "examples"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".mjs"))
      .map((name) => join(ROOT, folder, name)),
  );
  // What Node 22 and 24 brought must be found, or finding nothing would say nothing.
  const folder = mkdtempSync(join(tmpdir(), "halfstate-newer-"));
  const newer = join(folder, "newer.mjs");
  writeFileSync(
    newer,
    `import { glob } from "node:fs/promises"; process.execve(glob); console.log(import.meta.main);`,
  );
  // Nothing that a file imports is read along with it, but for the types of Node, which are named here.
  const types = join(ROOT, "node_modules", "@types", "node");
  const ofNode = readdirSync(types, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".d.ts") && !/^ts[\d.]+[/\\]/.test(name))
    .map((name) => join(types, name));
  const program = ts.createProgram([...files, newer, ...ofNode], {
    noResolve: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  });
  const missing = (file: string) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))
      .filter((message) => MISSING.test(message));
  const [found, foundInNewer] = [files.flatMap(missing), missing(newer)];
  rmSync(folder, { recursive: true });
  expect(foundInNewer).toHaveLength(3);
  expect(found).toEqual([]);
});

/** Something in a module, or a property of what Node offers everywhere; the rest that tsc would say of plain JavaScript is no fault. */
const MISSING = /^(Module '"node:|Property '.+' does not exist on type '(typeof|Process|ImportMeta)\b)/;
