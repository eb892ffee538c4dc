// What the machine does while tests run: how busy its cores are, and what processor time each program that we ran has taken.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export const CORES = cpus().length;

/** Milliseconds since the machine started that all cores together were busy, and were there. */
function sample() {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const total = Object.values(times).reduce((sum, milliseconds) => sum + milliseconds, 0);
    all += total;
    busy += total - times.idle;
  }
  return { busy, all };
}

/** Call it to begin; what it returns tells, from 0 to 1, how busy all cores have been since. */
export function watchCores() {
  const before = sample();
  return () => {
    const now = sample();
    return now.all > before.all ? (now.busy - before.busy) / (now.all - before.all) : 0;
  };
}

/** True where nobody else uses the machine: a second in which a quarter of it at most is busy. */
export async function isIdle() {
  const busy = watchCores();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return busy() < 0.25;
}

const TICK_SECONDS = 0.01;
let taken = reapedSeconds();

/**
 * Seconds of processor time that the programs have taken that ended since the last call, with those that they ran themselves. To be called
 * whenever one has ended. Null where the system does not tell (it is Linux that does).
 */
export function takeReapedSeconds() {
  const before = taken;
  taken = reapedSeconds();
  return taken === null || before === null ? null : taken - before;
}

/** proc_pid_stat(5): `cutime` and `cstime` of this process. */
function reapedSeconds() {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) * TICK_SECONDS;
  } catch {
    return null;
  }
}
