// What a run of the tests says at its end: a table of its parts, the slowest tests, and whether it kept its time.
import { CORES } from "./machine.mjs";

/** The suite takes ten minutes on two cores that do nothing else: beyond this something has crept in. */
export const BUDGET_SECONDS = 12 * 60;
const SLOWEST = 10;

const percent = (share) => `${Math.round(share * 100)} %`;
/** Nothing where a part did not run. */
const shareOf = ({ wallSeconds, cpuSeconds }) =>
  wallSeconds === 0 ? "" : cpuSeconds === null ? "not known" : percent(cpuSeconds / wallSeconds / CORES);
const seconds = (count) => `${count.toFixed(1)} s`;

/**
 * `rows`: `{ name, passed, failed, skipped, wallSeconds, cpuSeconds }`. The share is that of a part alone, with the servers and browsers that
 * it started; the last line's is everybody's.
 */
export function table(rows, { wallSeconds, busy }) {
  const head = ["part", "tests", "wall", "share of cores", ""];
  const lines = rows.map(({ name, passed, failed, skipped, ...took }) => [
    name,
    String(passed + failed + skipped),
    seconds(took.wallSeconds),
    shareOf(took),
    failed > 0 ? `${failed} failed` : skipped > 0 ? `${skipped} skipped` : "",
  ]);
  const tests = rows.reduce((sum, { passed, failed, skipped }) => sum + passed + failed + skipped, 0);
  lines.push(["all, at once", String(tests), seconds(wallSeconds), percent(busy), ""]);
  return [head, ...lines]
    .map(([name, ...cells]) =>
      `  ${name.padEnd(14)}${cells[0].padStart(6)}${cells[1].padStart(10)}${cells[2].padStart(17)}  ${cells[3]}`.trimEnd(),
    )
    .join("\n");
}

export const slowest = (rows) =>
  rows
    .flatMap(({ name, tests }) => tests.map((test) => ({ name, ...test })))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, SLOWEST)
    .map((test) => `  ${seconds(test.seconds).padStart(8)}  ${test.name}  ${test.title}`)
    .join("\n");

/** Whether the time was kept, in words; `isOver` only where it counts: in CI, on a machine that was idle when it began. */
export function budget(wallSeconds, { isCi, wasIdle }) {
  const isLate = wallSeconds > BUDGET_SECONDS;
  const counts = isCi && wasIdle;
  const why = counts
    ? "it counts"
    : isCi
      ? "it does not count: the machine was busy"
      : "it counts in CI alone";
  return {
    isOver: isLate && counts,
    words: `  time budget   ${seconds(wallSeconds)} of ${BUDGET_SECONDS} s, ${isLate ? "over it" : "kept"} (${why})`,
  };
}

/** How a test that is skipped begins its reason where this machine has not what it needs. */
const MISSING = "missing: ";
const reasonOf = ({ state, reason }) =>
  state === "skipped" && reason?.startsWith(MISSING) ? reason.slice(MISSING.length) : null;

/** What was left out because this machine has not what it needs, parts and tests, one line for each reason; "" where nothing was. */
export function leftOut(rows) {
  const counts = new Map();
  for (const { name, tests, leftOut } of rows)
    for (const reason of [leftOut, ...tests.map(reasonOf)].filter(Boolean)) {
      const line = `${name}: ${reason}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  return [...counts]
    .map(([line, count]) => `${count === 1 ? "" : count}`.padStart(6) + `  ${line}`)
    .join("\n");
}

/**
 * What the tag says: a test tagged @database has passed on both databases. `passed`: how many have. `faults`: the titles of those that have
 * not, by where. One that this machine cannot run is in neither (`leftOut` names it). `sqlite` and `postgres`: the tests of both end-to-end
 * parts.
 */
export function notOnBoth(sqlite, postgres) {
  const tagged = ({ tags }) => tags.some((tag) => tag.replace("@", "") === "database");
  const titlesOf = (tests, isMeant) => new Set(tests.filter(isMeant).map(({ title }) => title));
  const all = titlesOf([...sqlite, ...postgres], tagged);
  const [here, there] = [sqlite, postgres].map((tests) => ({
    passed: titlesOf(tests, ({ state }) => state === "expected"),
    leftOut: titlesOf(tests, reasonOf),
  }));
  const isFault = ({ passed, leftOut }, title) => !passed.has(title) && !leftOut.has(title);
  return {
    tagged: all.size,
    passed: [...all].filter((title) => here.passed.has(title) && there.passed.has(title)).length,
    faults: [...all].flatMap((title) => [
      ...(isFault(here, title) ? [`not passed on SQLite: ${title}`] : []),
      ...(isFault(there, title) ? [`not passed on PostgreSQL: ${title}`] : []),
    ]),
  };
}
