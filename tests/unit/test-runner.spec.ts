/** What `npm test` judges by itself: which parts a change can touch, what it says at its end, and when it has taken too long. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { patternsOf, touchedBy } from "../run/changed.mjs";
import { lanesOf, PARTS } from "../run/parts.mjs";
import { BUDGET_SECONDS, budget, leftOut, notOnBoth, slowest, table } from "../run/report.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");

test.describe("npm test -- changed", () => {
  for (const [file, parts, specs] of [
    ["docs/lock.md", ["format", "unit"], []],
    ["tests/unit/seal.spec.ts", ["format", "unit", "lint", "types"], []],
    ["app/learn/_content/quiz.ts", ["e2e", "e2e-postgres"], ["accessibility", "edge-build", "learn"]],
    ["app/lab/cost/page.tsx", ["e2e"], ["accessibility", "journeys", "lab", "learn"]],
    ["scripts/doctor/wire.mjs", ["integration", "e2e"], ["behind-nginx", "doctor", "load"]],
    ["deploy/haproxy.cfg", ["e2e"], ["three-instances"]],
    ["tests/e2e/rotation.spec.ts", ["lint", "types", "e2e", "e2e-postgres"], ["rotation"]],
    ["prisma/models/models.prisma", ["migrations", "integration", "postgres", "e2e-postgres"], "everything"],
    ["lib/auth/authenticate.ts", ["unit", "integration", "postgres", "e2e", "e2e-postgres"], "everything"],
    ["middleware.ts", ["unit", "e2e"], "everything"],
    ["app/layout.tsx", ["e2e"], "everything"],
    ["package-lock.json", ["integration", "e2e"], "everything"],
    ["tests/support/app.ts", ["integration", "e2e"], "everything"],
    ["a-file-that-nobody-thought-of.ts", ["lint", "types", "e2e"], "everything"],
  ] as [string, string[], string[] | "everything"][])
    test(`${file}: ${parts.join(", ")}`, () => {
      const touched = touchedBy([file]);
      expect(touched.specs).toEqual(specs);
      expect(touched.parts).toEqual(expect.arrayContaining(parts));
      if (specs.length === 0) expect(touched.parts).not.toContain("e2e");
    });

  test("of several files all are touched, and everything stays everything", () => {
    expect(touchedBy(["README.md", "Dockerfile"]).specs).toEqual(["image", "readme"]);
    for (const files of [
      ["middleware.ts", "README.md"],
      ["README.md", "middleware.ts"],
    ])
      expect(touchedBy(files).specs).toBe("everything");
  });

  test("every file that it names is there", () => {
    const files = readdirSync(path.join(ROOT, "tests/e2e")).map((name) => `tests/e2e/${name}`);
    const named = [
      ...["app/lab/x", "app/learn/x", "app/api/docs/x", "scripts/doctor.mjs", "scripts/load.mjs"],
      ...["deploy/nginx.conf", "deploy/haproxy.cfg", "Dockerfile", "README.md", "examples/x"],
    ].flatMap((file) => patternsOf(touchedBy([file]).specs));
    expect(named.length).toBeGreaterThan(12);
    for (const pattern of named)
      expect(
        files.some((file) => new RegExp(pattern).test(file)),
        pattern,
      ).toBe(true);
  });
});

test("the browser's long suite runs beside everything else, and alone where it is alone", () => {
  const names = (parts: typeof PARTS) =>
    lanesOf(parts).map((lane: typeof PARTS) => lane.map(({ name }) => name));
  const [long, rest] = names(PARTS);
  expect(long).toEqual(["e2e"]);
  expect(rest).toHaveLength(PARTS.length - 1);
  expect(names(PARTS.filter(({ name }) => name === "unit"))).toEqual([["unit"]]);
});

test.describe("the time budget", () => {
  const late = BUDGET_SECONDS + 1;
  test("fails a run in CI on a machine that was idle when it began, and no other", () => {
    expect(budget(late, { isCi: true, wasIdle: true }).isOver).toBe(true);
    expect(budget(BUDGET_SECONDS, { isCi: true, wasIdle: true }).isOver).toBe(false);
    expect(budget(late, { isCi: true, wasIdle: false }).isOver).toBe(false);
    expect(budget(late, { isCi: false, wasIdle: true }).isOver).toBe(false);
  });
});

test.describe("both databases", () => {
  const one = (title: string, state = "expected", tags = ["database"]) => ({
    title,
    state,
    tags,
    seconds: 1,
  });
  test("a tagged test has to pass on each; one that was skipped, failed or never begun on either is named", () => {
    const sqlite = [one("a"), one("b"), one("c"), one("d", "skipped"), one("untagged", "expected", [])];
    const postgres = [one("a"), one("b", "skipped"), one("d"), one("only", "unexpected")];
    expect(notOnBoth(sqlite, postgres)).toEqual({
      tagged: 5,
      passed: 1,
      faults: [
        "not passed on PostgreSQL: b",
        "not passed on PostgreSQL: c",
        "not passed on SQLite: d",
        "not passed on SQLite: only",
        "not passed on PostgreSQL: only",
      ],
    });
  });

  test("what this machine cannot run is no fault, and is named as left out; what is meant for one database alone is not", () => {
    const skipped = { ...one("a", "skipped"), reason: "missing: pg_dump is not installed" };
    const meant = { ...one("b", "skipped", []), reason: "about SQLite" };
    expect(notOnBoth([one("a")], [skipped])).toEqual({ tagged: 1, passed: 0, faults: [] });
    const rows = [
      { name: "e2e", tests: [one("a"), meant] },
      { name: "e2e-postgres", tests: [skipped, skipped] },
    ];
    expect(leftOut(rows)).toBe("     2  e2e-postgres: pg_dump is not installed");
    expect(leftOut(rows.slice(0, 1))).toBe("");
    expect(leftOut([{ name: "postgres", tests: [], leftOut: "no PostgreSQL" }])).toBe(
      "        postgres: no PostgreSQL",
    );
  });
});

test("the table adds up the tests, and tells what each part took of the cores", () => {
  const rows = [
    { name: "lint", passed: 1, failed: 0, skipped: 0, tests: [], wallSeconds: 10, cpuSeconds: null },
    {
      ...{ name: "unit", passed: 8, failed: 1, skipped: 0, wallSeconds: 10, cpuSeconds: 0 },
      tests: [
        { title: "quick", seconds: 1 },
        { title: "slow", seconds: 9 },
      ],
    },
  ];
  const lines = table(rows, { wallSeconds: 12, busy: 0.5 }).split("\n");
  expect(lines[1]).toMatch(/^ {2}lint +1 +10\.0 s +not known$/);
  expect(lines[2]).toMatch(/^ {2}unit +9 +10\.0 s +0 % {2}1 failed$/);
  expect(lines[3]).toMatch(/^ {2}all, at once +10 +12\.0 s +50 %$/);
  expect(slowest(rows).split("\n")).toEqual([
    expect.stringMatching(/9\.0 s {2}unit {2}slow$/),
    expect.stringMatching(/1\.0 s {2}unit {2}quick$/),
  ]);
});
