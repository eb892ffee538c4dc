/** People who keep using a deployment in every way while something happens to it, and a record of what was not answered as it should be. */
import type { App } from "./app";
import { KINDS, PASSWORD, type Device, type Kind } from "./device";
import { ConnectionLost, send, type Answer } from "./http";

export type Failure = {
  act: string;
  method: "GET" | "POST" | "PATCH";
  /** A status and code, or how the connection broke: before an answer, or within one. */
  outcome: string;
  sentAt: number;
};

export type Load = {
  failures: Failure[];
  /** How often each act was answered as it should be. */
  done: Map<string, number>;
  /** The name that each device was last told it has. */
  names: Map<Device, string>;
  /** Resolves once everybody has done so many more acts of each kind. */
  goOn(times: number): Promise<void>;
  stop(): Promise<void>;
};

const PAUSE_MILLISECONDS = 40;

/** Each device is used by one person, and one more logs in over and over. */
export function startLoad(front: App, devices: Device[]): Load {
  const failures: Failure[] = [];
  const done = new Map<string, number>();
  const names = new Map<Device, string>();
  let isOver = false;

  async function act(
    what: string,
    method: Failure["method"],
    run: () => Promise<Pick<Answer, "outcome">>,
  ): Promise<boolean> {
    const sentAt = performance.now();
    const outcome = await run().then((answer) => answer.outcome, brokenBy);
    if (outcome === "200") done.set(what, (done.get(what) ?? 0) + 1);
    else failures.push({ act: what, method, outcome, sentAt });
    // As people do; and the machine has the servers to run too.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    return outcome === "200";
  }

  async function use(device: Device): Promise<void> {
    for (let n = 0; !isOver; n += 1) {
      await act(`${device.kind}: me`, "GET", () => device.me(front));
      if (device.kind !== "JWT bearer")
        await act(`${device.kind}: page`, "GET", () => device.send(front, "GET", "/dashboard"));
      if (device.kind !== "session cookie")
        await act(`${device.kind}: refresh`, "POST", () => device.refresh(front));
      const name = `Ada ${n}`;
      const renamed = await act(`${device.kind}: rename`, "PATCH", () =>
        device.send(front, "PATCH", "/api/me", { name }),
      );
      if (renamed) names.set(device, name);
    }
  }

  async function comeAndGo(kind: Kind, email: string): Promise<void> {
    while (!isOver)
      await act("log in", "POST", () =>
        send(front, "POST", "/api/auth/login", { json: { email, password: PASSWORD, ...KINDS[kind] } }),
      );
  }

  const everybody = [...devices.map(use), comeAndGo("JWT bearer", devices[0]!.email)];
  return {
    failures,
    done,
    names,
    async goOn(times) {
      const before = new Map(done);
      const isBehind = () =>
        done.size === 0 || [...done].some(([what, count]) => count - (before.get(what) ?? 0) < times);
      while (isBehind()) await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    },
    async stop() {
      isOver = true;
      await Promise.all(everybody);
    },
  };
}

function brokenBy(error: unknown): string {
  if (error instanceof ConnectionLost) return error.hadAnswer ? "cut off" : "broken";
  throw error;
}
