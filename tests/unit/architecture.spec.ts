// The shape of the house (docs: "Imports point down"). When this test is red, move the code; do not widen the table.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { expect, test } from "@playwright/test";
import ts from "typescript";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** What is counted, timed and traced is told from everywhere. */
const OBSERVED = ["lib/trace/metrics.ts", "lib/trace/span.ts"];

/**
 * Place to what it may import of ours: a place, a single file, or `file#name` for one export of a file. The longest
 * matching place is meant; a place may always import itself.
 */
const MAY_IMPORT: Record<string, string[]> = {
  // roof
  "middleware.ts": ["lib/auth/**.edge.ts", "lib/auth/contract.ts", "lib/core"],
  "instrumentation.ts": ["lib/http"],
  app: ["lib/http", "lib/accounts", "lib/lab", "lib/core"],
  // doors and rooms
  "lib/http": [
    "lib/accounts",
    "lib/lab",
    "lib/auth",
    "lib/log",
    "lib/trace",
    "lib/core",
    // What a request cost, and whether a fault is the database's: measured and told at the door.
    "lib/db/trace.ts",
    "lib/db/client.ts#isStorageFailure",
  ],
  "lib/accounts": [
    "lib/auth",
    "lib/db",
    "lib/limits",
    "lib/mail",
    "lib/log",
    ...OBSERVED,
    "lib/core",
    // Whether it answers, for the report of health; and before the first request.
    "lib/redis/client.ts#redisHealth",
    "lib/redis/client.ts#reachRedis",
  ],
  "lib/lab": ["lib/auth", "lib/db", "lib/limits", "lib/mail", "lib/log", "lib/trace", "lib/core"],
  // policy
  "lib/auth": ["lib/log", "lib/trace", "lib/core"],
  "lib/auth/**/store.ts": ["lib/auth", "lib/db", "lib/redis", "lib/log", "lib/core"],
  "lib/auth/device-sessions/announcements.ts": ["lib/auth", "lib/db/channel.ts", "lib/redis", "lib/core"],
  "lib/auth/device-sessions/copies.ts": ["lib/redis/copies.ts"],
  // cellar
  "lib/db": ["lib/log", "lib/trace", "lib/core", "generated"],
  "lib/redis": ["lib/log", "lib/trace", "lib/core"],
  "lib/limits": ["lib/db", "lib/redis", "lib/log", ...OBSERVED, "lib/core"],
  "lib/mail": ["lib/db", "lib/log", "lib/core"],
  "lib/log": ["lib/trace/request.ts", "lib/core"],
  "lib/trace": ["lib/core"],
  // ground
  "lib/core": [],
};

/** Written in at build time by Next, so they are no environment that could be wrong at run time. */
const BUILD_CONSTANTS = ["NODE_ENV", "NEXT_RUNTIME"];

type Import = { specifier: string; target: string | null; names: string[]; typeOnly: boolean };
type SourceFile = { file: string; ast: ts.SourceFile; imports: Import[] };

const files = ["app", "lib", "middleware.ts", "instrumentation.ts"].flatMap(sourcesBelow).map(parse);
const byName = new Map(files.map((source) => [source.file, source]));

function sourcesBelow(name: string): string[] {
  const full = path.join(ROOT, name);
  if (!existsSync(full)) return [];
  if (/\.[a-z]+$/.test(name)) return [name];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .sort();
}

function parse(file: string): SourceFile {
  const ast = ts.createSourceFile(
    file,
    readFileSync(path.join(ROOT, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, names: string[], typeOnly: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      imports.push({ specifier: specifier.text, target: resolve(specifier.text, file), names, typeOnly });
    } else throw new Error(`${file} imports something that only shows at run time.`);
  };
  walk(ast, (node) => {
    if (ts.isImportDeclaration(node)) {
      const { importClause: clause } = node;
      const bindings = clause?.namedBindings;
      const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
      const names = [...named].map(({ propertyName, name }) => (propertyName ?? name).text);
      if (clause?.name) names.push("default");
      if (bindings && ts.isNamespaceImport(bindings)) names.push("*");
      const everyNameIsAType =
        named.length > 0 && !clause?.name && [...named].every(({ isTypeOnly }) => isTypeOnly);
      add(node.moduleSpecifier, names, (clause?.isTypeOnly ?? false) || everyNameIsAType);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, ["*"], node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, ["*"], true);
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require")
    ) {
      add(node.arguments[0], ["*"], false);
    }
  });
  return { file, ast, imports };
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The file of ours that a specifier means; null for a package. */
function resolve(specifier: string, from: string): string | null {
  if (!/^(?:@\/|\.)/.test(specifier)) return null;
  const base = specifier.startsWith("@/")
    ? specifier.slice(2)
    : path.posix.join(path.posix.dirname(from), specifier);
  if (base.startsWith("generated/")) return base;
  const found = ["", ".ts", ".tsx", ".mjs", "/index.ts", "/index.tsx"]
    .map((ending) => base + ending)
    .find((candidate) => /\.[a-z]+$/.test(candidate) && existsSync(path.join(ROOT, candidate)));
  if (!found) throw new Error(`${from} imports ${specifier}, which is no file.`);
  return found;
}

const pattern = (place: string) =>
  new RegExp(`^${place.replaceAll(".", "\\.").replaceAll("**/", "(?:.+/)?").replaceAll("**", ".+")}(?:/|$)`);
const isIn = (file: string, place: string) => pattern(place).test(file);

const placeOf = (file: string): string | undefined =>
  Object.keys(MAY_IMPORT)
    .filter((place) => isIn(file, place))
    .sort((one, other) => other.length - one.length)[0];

const isAllowed = ({ target, names }: Import, allowed: string) => {
  const [place = "", name] = allowed.split("#");
  return target !== null && isIn(target, place) && (name === undefined || names.every((one) => one === name));
};

const of = (test: (source: SourceFile) => boolean) => files.filter(test).map(({ file }) => file);
const isPackage = (specifier: string, name: string) => specifier === name || specifier.startsWith(`${name}/`);
const isNode = (specifier: string) =>
  specifier.startsWith("node:") || builtinModules.includes(specifier.split("/")[0]!);
const isPrisma = ({ specifier, target }: Import) =>
  (target?.startsWith("generated/") ?? false) ||
  specifier.startsWith("@prisma/") ||
  specifier === "prisma" ||
  specifier === "better-sqlite3";

/** Runs of `graph` that come back to where they started, each told once. */
function cyclesIn(graph: Map<string, Set<string>>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  function follow(node: string, trail: string[]): void {
    const seenAt = trail.indexOf(node);
    if (seenAt >= 0) return void found.push([...trail.slice(seenAt), node].join(" -> "));
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) follow(next, [...trail, node]);
    done.add(node);
  }
  for (const node of graph.keys()) follow(node, []);
  return found;
}

function graphOf(
  nameOf: (file: string) => string,
  counts: (one: Import) => boolean,
  joins = (_from: string, _to: string) => true,
) {
  const graph = new Map<string, Set<string>>();
  for (const { file, imports } of files) {
    for (const one of imports) {
      if (!one.target || !byName.has(one.target) || !counts(one)) continue;
      const [from, to] = [nameOf(file), nameOf(one.target)];
      if (from === to && nameOf(file) !== file) continue;
      if (!joins(from, to)) continue;
      if (!graph.has(from)) graph.set(from, new Set());
      graph.get(from)!.add(to);
    }
  }
  return graph;
}

test("this test sees the house: every folder of the table that stands, and hundreds of imports", () => {
  expect(files.length).toBeGreaterThan(60);
  expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  expect(files.filter(({ file }) => placeOf(file) === undefined).map(({ file }) => file)).toEqual([]);
});

test("imports point down: each place imports what the table allows, and nothing else of ours", () => {
  const wrong = files.flatMap(({ file, imports }) => {
    const place = placeOf(file)!;
    const allowed = [place, ...MAY_IMPORT[place]!];
    return imports
      .filter(({ target }) => target !== null && !target.endsWith(".css"))
      .filter((one) => !allowed.some((candidate) => isAllowed(one, candidate)))
      .map(({ target, names }) => `${file} imports ${target} { ${names.join(", ")} }`);
  });
  expect(wrong).toEqual([]);
});

test("no file is part of an import cycle; types, which are gone at run time, do not count", () => {
  expect(
    cyclesIn(
      graphOf(
        (file) => file,
        ({ typeOnly }) => !typeOnly,
      ),
    ),
  ).toEqual([]);
});

test("no folder is part of an import cycle, counting types too", () => {
  // A folder and one that lies in it are one house: lib/auth may hold what its strategies share, and the registry of them.
  const apart = (one: string, other: string) =>
    !`${one}/`.startsWith(`${other}/`) && !`${other}/`.startsWith(`${one}/`);
  const folders = graphOf(
    (file) => path.posix.dirname(file),
    () => true,
    apart,
  );
  expect(cyclesIn(folders)).toEqual([]);
});

test("the strategies do not know each other", () => {
  const strategyOf = (file: string) => /^lib\/auth\/strategies\/([^/]+)\//.exec(file)?.[1];
  const wrong = files.flatMap(({ file, imports }) =>
    imports
      .filter(
        ({ target }) =>
          target && strategyOf(file) && strategyOf(target) && strategyOf(file) !== strategyOf(target),
      )
      .map(({ target }) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("only store.ts files and lib/db speak Prisma", () => {
  const speakers = of(({ imports }) => imports.some(isPrisma));
  expect(speakers.filter((file) => !file.startsWith("lib/db/"))).toEqual([]);
  const clients = of(({ imports }) =>
    imports.some(
      ({ target, names }) =>
        target === "lib/db/client.ts" && names.some((name) => /^(?:db|Db.*|Prisma|\*)$/.test(name)),
    ),
  );
  expect(
    clients.filter((file) => !file.startsWith("lib/db/") && !/^lib\/(?:.+\/)?store\.ts$/.test(file)),
  ).toEqual([]);
});

test("nothing asks with findUnique: Prisma sends several of those as one query, which only one of the requests would be charged for", () => {
  const askers = of(({ ast }) => {
    let found = false;
    walk(ast, (node) => {
      if (ts.isPropertyAccessExpression(node) && node.name.text.startsWith("findUnique")) found = true;
    });
    return found;
  });
  expect(askers).toEqual([]);
});

test("only app, lib/http, the middleware and the instrumentation speak Next", () => {
  const speakers = of(({ imports }) => imports.some(({ specifier }) => isPackage(specifier, "next")));
  expect(
    speakers.filter((file) => !/^(?:app\/|lib\/http\/|middleware\.ts$|instrumentation\.ts$)/.test(file)),
  ).toEqual([]);
  expect(speakers.length).toBeGreaterThan(0);
});

test("only lib/core/env.ts reads process.env, but for two constants of the build", () => {
  const readers = files.flatMap(({ file, ast }) => {
    const reads: string[] = [];
    walk(ast, (node) => {
      if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return;
      const whole = node.getText().replaceAll(/\s/g, "");
      if (!/^(?:globalThis\.)?process(?:\.env|\["env"\])$/.test(whole)) return;
      const { parent } = node;
      const name =
        ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : "all of it";
      if (!BUILD_CONSTANTS.includes(name)) reads.push(`${file} reads ${name}`);
    });
    return reads;
  });
  expect(readers.filter((reader) => !reader.startsWith("lib/core/env.ts "))).toEqual([]);
  expect(readers.length).toBeGreaterThan(10);
});

test("whatever the middleware reaches runs at the edge", () => {
  const reached = new Set<string>();
  const foreign = new Map<string, string>();
  const follow = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { specifier, target, typeOnly } of byName.get(file)?.imports ?? []) {
      if (typeOnly) continue;
      if (target) follow(target);
      else foreign.set(specifier, file);
    }
  };
  follow("middleware.ts");
  reached.delete("middleware.ts");

  const isEdgeSafe = (file: string) =>
    file.endsWith(".edge.ts") || file === "lib/auth/contract.ts" || file.startsWith("lib/core/");
  expect([...reached].filter((file) => !isEdgeSafe(file))).toEqual([]);
  expect([...foreign].filter(([specifier]) => isNode(specifier))).toEqual([]);
  // A package may reach for node: by itself; these are known not to.
  expect(
    [...foreign.keys()].filter((specifier) => !["next/server", "jose", "iron-session"].includes(specifier)),
  ).toEqual([]);
  expect(reached.size).toBeGreaterThan(5);
});

test("a file that calls itself edge-safe is, whoever imports it", () => {
  const wrong = files
    .filter(({ file }) => file.endsWith(".edge.ts"))
    .flatMap(({ file, imports }) =>
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .filter(({ specifier, target }) =>
          target ? !/\.edge\.ts$|^lib\/core\/|^lib\/auth\/contract\.ts$/.test(target) : isNode(specifier),
        )
        .map(({ specifier }) => `${file} imports ${specifier}`),
    );
  expect(wrong).toEqual([]);
});

test("there is one way in: no server action anywhere", () => {
  const actions = of(({ ast }) => {
    let found = false;
    walk(ast, (node) => {
      if (
        ts.isExpressionStatement(node) &&
        ts.isStringLiteral(node.expression) &&
        node.expression.text === "use server"
      )
        found = true;
    });
    return found;
  });
  expect(actions).toEqual([]);
});

test("nothing outside the strategies branches on the mode; it only finds words for it", () => {
  const MODES = ["jwt", "session"];
  const isMode = (node: ts.Node) => ts.isStringLiteralLike(node) && MODES.includes(node.text);
  const isWords = (node: ts.Node): boolean =>
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    (ts.isParenthesizedExpression(node) && isWords(node.expression));
  const EQUALITY = [
    ts.SyntaxKind.EqualsEqualsToken,
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ];
  const branches = files
    // Pages show what they are told; what they show is theirs.
    .filter(({ file }) => !file.startsWith("lib/auth/strategies/") && !file.endsWith(".tsx"))
    .flatMap(({ file, ast }) => {
      const found: string[] = [];
      walk(ast, (node) => {
        const compares =
          ts.isBinaryExpression(node) &&
          EQUALITY.includes(node.operatorToken.kind) &&
          (isMode(node.left) || isMode(node.right));
        const cases = ts.isCaseClause(node) && isMode(node.expression);
        if (!compares && !cases) return;
        const { parent } = node;
        if (
          compares &&
          ts.isConditionalExpression(parent) &&
          parent.condition === node &&
          isWords(parent.whenTrue) &&
          isWords(parent.whenFalse)
        )
          return;
        found.push(`${file}: ${node.getText()}`);
      });
      return found;
    });
  expect(branches).toEqual([]);
});
