// Tells whether an address can be listened on, in words a person can act on, and how it is reached from this machine.
import { createServer } from "node:net";

const listen = (host, port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve({ code: error.code }));
    server.listen({ host, port, exclusive: true }, () => {
      const { port: given } = server.address();
      server.close(() => resolve({ port: given }));
    });
  });

/** A port nobody listens on right now. */
export const freePort = async (host = "127.0.0.1") => (await listen(host, 0)).port;

/** Why nothing can be served at the address; null when it is free. */
export async function takenPort(host, port) {
  const number = Number(port);
  // What is no port is reported with the rest of the environment.
  if (!Number.isInteger(number) || number < 1 || number > 65535) return null;
  // A browser may take `localhost` to ::1, so a stranger there would answer in our place.
  for (const address of host === "127.0.0.1" ? [host, "::1"] : [host]) {
    const { code } = await listen(address, number);
    if (code === "EADDRINUSE") {
      return `Port ${port} is in use already. Stop what is running there, or choose another: PORT=${number + 1} npm start`;
    }
    if (code === "EACCES")
      return `Port ${port} needs more rights than this process has. Choose one above 1023 with PORT.`;
    if (code && address === host)
      return `HOST is "${host}", which this machine cannot listen on (${code}). Use 127.0.0.1 or 0.0.0.0.`;
  }
  return null;
}

/** What a URL calls the address that a server here listens on. */
export const reachable = (host) =>
  ({ "0.0.0.0": "127.0.0.1", "::": "[::1]" })[host] ?? (host.includes(":") ? `[${host}]` : host);
