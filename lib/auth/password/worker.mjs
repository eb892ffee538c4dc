// Hashes and compares with bcryptjs on a thread of its own: on the main thread 20 log-ins would stop every other answer for seconds.
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import bcrypt from "bcryptjs";

// On Linux this lowers this thread only; elsewhere it would lower the whole process. Hashing gives way to answering requests.
if (process.platform === "linux") {
  try {
    setPriority(0, 19);
  } catch {
    // A sandbox may forbid it. Then hashing competes with answering, which is better than no log-in at all.
  }
}

parentPort.on("message", ({ id, task }) => {
  try {
    const value =
      task.kind === "hash"
        ? bcrypt.hashSync(task.input, task.cost)
        : bcrypt.compareSync(task.input, task.hash);
    parentPort.postMessage({ id, value });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
