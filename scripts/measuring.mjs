// What benchmarks share: sending and checking a request, keeping many going for a while, and reading off what it cost.
import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";

// Gives an idle connection up a second before the server does: a request sent on it in that moment would be a reset.
export const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 4000 });

/** Sends to the server on `port`: `(method, path, { headers, body })` to `{ status, headers, body }`. */
export const caller =
  (port) =>
  (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const type = text === undefined ? {} : { "content-type": "application/json" };
      const outgoing = request(
        { agent, host: "127.0.0.1", port, method, path, headers: { ...type, ...headers } },
        (incoming) => {
          let answer = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (chunk) => (answer += chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode, headers: incoming.headers, body: answer }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });

/** The process's CPU so far, in seconds; null where there is no /proc. */
export function cpuSeconds(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  const fields = readFileSync(path, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Keeps `parallel` acts going for so long; each act checks its own answer. */
export async function window(pid, parallel, milliseconds, act) {
  const latencies = [];
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  const end = startedAt + milliseconds;
  await Promise.all(
    Array.from({ length: parallel }, async (_, n) => {
      while (performance.now() < end) {
        const sentAt = performance.now();
        await act(n);
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuBefore === null ? NaN : cpuSeconds(pid) - cpuBefore;
  return {
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuMicroseconds: (cpu / latencies.length) * 1e6,
    latencies,
  };
}

export const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
};
export const median = (values) => quantile(values, 0.5);

export function must(answer, status, ...words) {
  if (answer.status === status && words.every((word) => answer.body.includes(word))) return answer;
  throw new Error(`Expected ${status} with ${words.join(", ")}: ${answer.status} ${answer.body}`);
}

export const cookieOf = (answer, name) =>
  answer.headers["set-cookie"].find((cookie) => cookie.startsWith(`${name}=`)).split(";")[0];
