/** A server between the app and its database, which can be cut off or fall silent. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type Proxy = {
  /** The same database, through here. */
  url: string;
  /** Nobody gets in, and whoever was in is out. */
  refuse(): Promise<void>;
  /** Everybody gets in, and nothing is answered. */
  stall(): void;
  pass(): Promise<void>;
  close(): Promise<void>;
};

export async function proxyTo(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let isSilent = false;
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port || 5432), target.hostname);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.on("data", (data) => void (isSilent || to.write(data)));
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  async function refuse(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  }
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    refuse,
    stall: () => void (isSilent = true),
    async pass() {
      isSilent = false;
      if (!server.listening) await listen(port);
    },
    close: refuse,
  };
}
