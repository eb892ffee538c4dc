// Hashes and compares with bcryptjs on a thread of its own: on the main thread 20 log-ins would stop every other answer for seconds.
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import bcrypt from "bcryptjs";

// On Linux this lowers this thread only; elsewhere it would lower the whole process. Hashing gives way to answering requests.
if (process.platform === "linux") setPriority(0, 19);

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
