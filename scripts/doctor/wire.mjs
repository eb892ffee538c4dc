// Sends requests to the deployment as they are written, each on a connection of its own: so a balancer may give each to another instance.
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";

/** No answer came: nothing listens, the certificate is not trusted, or it took too long. */
export class NoAnswer extends Error {}

/** The connection was closed in place of an answer, which is a refusal; whoever is slow or gone has refused nothing. */
export const isHangUp = (error) => error instanceof NoAnswer && error.cause?.code === "ECONNRESET";

/** The doctor was told to stop. */
export class Stopped extends Error {}

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * The deployment at `url`. `send` resolves with what was received, as plain data:
 * `{ status, headers: [[name, value]], text, sentAt, receivedAt, arrivals, clock, remoteAddress, certificate }`. Times are milliseconds
 * for measuring with: `arrivals` when each part of the body came, counted from `sentAt`; `clock` is the middle of the exchange by this
 * machine's clock. Names are in lower case.
 */
export function siteAt(url, { timeoutMs, insecure = false }) {
  let isStopped = false;
  return {
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    isHttps: url.protocol === "https:",
    stop: () => void (isStopped = true),
    resume: () => void (isStopped = false),
    async send(method, path, outgoing = {}) {
      if (isStopped) throw new Stopped("Stopped.");
      return exchange(url, method, path, { ...outgoing, timeoutMs, insecure });
    },
  };
}

/**
 * One exchange with any address. `json` or `body` is sent; `headers` go out over what would be sent otherwise. On a connection of its
 * own unless an `agent` keeps some.
 */
export function exchange(
  url,
  method,
  path,
  { headers = {}, json, body, timeoutMs, insecure, agent = false },
) {
  const content = json === undefined ? body : JSON.stringify(json);
  const bytes = content === undefined ? null : Buffer.from(content);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(new NoAnswer(whyNot(error, timeoutMs), { cause: error }));
    const sentAt = performance.now();
    const sentClock = Date.now();
    const outgoing = request(
      {
        agent,
        host,
        // Otherwise a spoofed Host would be the name that the certificate is compared with.
        servername: isIP(host) ? "" : host,
        port: url.port || undefined,
        method,
        path,
        signal: AbortSignal.timeout(timeoutMs),
        rejectUnauthorized: !insecure,
        headers: {
          host: url.host,
          "user-agent": "halfstate-doctor",
          ...(agent ? {} : { connection: "close" }),
          ...(json === undefined ? {} : { "content-type": "application/json" }),
          ...(bytes ? { "content-length": bytes.length } : {}),
          ...headers,
        },
      },
      (incoming) => {
        const { socket } = incoming;
        const { remoteAddress = "" } = socket;
        const certificate = socket.getPeerCertificate
          ? { validTo: socket.getPeerCertificate().valid_to, isTrusted: socket.authorized }
          : null;
        const parts = [];
        const arrivals = [];
        let size = 0;
        incoming.on("data", (part) => {
          arrivals.push(performance.now() - sentAt);
          size += part.length;
          if (size > MAX_BODY_BYTES) incoming.destroy(new Error("The answer does not end."));
          else parts.push(part);
        });
        incoming.on("error", fail);
        incoming.on("end", () => {
          resolve({
            status: incoming.statusCode,
            headers: pairs(incoming.rawHeaders),
            text: Buffer.concat(parts).toString("utf8"),
            sentAt,
            receivedAt: performance.now(),
            arrivals,
            clock: (sentClock + Date.now()) / 2,
            remoteAddress,
            certificate,
          });
        });
      },
    );
    outgoing.on("error", fail);
    outgoing.end(bytes ?? undefined);
  });
}

const pairs = (raw) =>
  Array.from({ length: raw.length / 2 }, (_, n) => [raw[2 * n].toLowerCase(), raw[2 * n + 1]]);

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

function whyNot(error, timeoutMs) {
  const code = error.code ?? error.errors?.[0]?.code;
  if (error.name === "AbortError" || error.name === "TimeoutError" || code === "ABORT_ERR")
    return `nothing was answered within ${timeoutMs / 1000} s`;
  if (UNTRUSTED.has(code))
    return `its certificate is not trusted here (${code}): name its authority in NODE_EXTRA_CA_CERTS, or use --insecure`;
  return code && !error.message.includes(code) ? `${error.message} (${code})` : error.message || code;
}

/** Does `act(n)` for n from 0 to `times`, so many at once; resolves with all results in order. */
export async function many(times, act, atOnce = 6) {
  const results = new Array(times);
  let next = 0;
  const worker = async () => {
    while (next < times) {
      const n = next++;
      results[n] = await act(n);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
  return results;
}
