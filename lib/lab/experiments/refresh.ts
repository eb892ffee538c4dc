/** Refresh race and theft: many refreshes with one token at the same moment, then an old token played back by somebody else. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { readRefreshToken } from "@/lib/auth/strategies/jwt/refresh-token";
import { wireName } from "@/lib/core/cookie-names";
import { cookieHeader, cookiesSetBy, type Delivered } from "@/lib/lab/courier";
import type { Bench, Experiment, Snapshot } from "@/lib/lab/experiment";
import { findFamilyState, findSessionEvents } from "@/lib/lab/store";

/** A refresh token as it may be shown: which one of its family, and enough of its SHA-256 to tell it from another. */
export type Token = { generation: number; fingerprint: string };

export type Racer = {
  /** Milliseconds since the first was sent. */
  sentAt: number;
  answeredAt: number;
  status: number;
  code: string | null;
  /** `rotated`: its statement moved the row on. `pardoned`: it lost, and got the same successor. */
  outcome: "rotated" | "pardoned" | "refused";
  successor: Token | null;
  clearsCookies: boolean;
  queries: number;
};

export type Play = {
  who: "owner" | "thief";
  presents: number;
  status: number;
  code: string | null;
  gets: Token | null;
};

export type Refresh = {
  graceSeconds: number | null;
  racers: Racer[];
  /** The one row of the family after the race. */
  family: { generation: number; endReason: string | null } | null;
  /** How many of the access tokens that the race handed out are let in. */
  letIn: { asked: number; accepted: number } | null;
  plays: Play[];
  audit: { type: string; at: string; detail: unknown }[];
};

const input = z.object({
  parallel: z.coerce.number({ error: "Send a number." }).int().min(2).max(30).default(12),
  grace: z.enum(["on", "off"], { error: "Choose on or off." }).default("on"),
});

async function* run(
  { parallel, grace }: z.output<typeof input>,
  bench: Bench,
): AsyncGenerator<Snapshot<Refresh>, void> {
  const identity = await bench.identity();
  const device = await bench.signIn(identity, "jwt");
  const conditions = grace === "off" ? { refreshGraceSeconds: 0 } : {};
  const first = device.cookies.get(wireName("refresh"))!;
  const result: Refresh = {
    graceSeconds: grace === "off" ? 0 : null,
    racers: [],
    family: null,
    letIn: null,
    plays: [],
    audit: [],
  };
  const refreshWith = (token: string) =>
    bench.send(
      {
        method: "POST",
        path: "/api/auth/refresh",
        headers: { cookie: cookieHeader(new Map([[wireName("refresh"), token]])) },
      },
      identity,
      conditions,
    );
  yield { progress: 0.1, says: "Signed in one device", result };

  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: parallel }, async () => {
      const sentAt = performance.now() - startedAt;
      const answer = await refreshWith(first);
      return { sentAt, answeredAt: performance.now() - startedAt, answer };
    }),
  );
  result.racers = answers.map(({ answer, ...times }) => racer(answer, times));
  result.family = await findFamilyState(device.sessionId);
  yield { progress: 0.4, says: `${parallel} refreshes with one token, sent at the same moment`, result };

  const accesses = answers.flatMap(({ answer }) => cookiesSetBy(answer).get(wireName("access")) ?? []);
  const asked = await Promise.all(
    accesses.map((access) =>
      bench.send(
        { path: "/api/me", headers: { cookie: cookieHeader(new Map([[wireName("access"), access]])) } },
        identity,
      ),
    ),
  );
  const accepted = asked.filter(({ status }) => status === 200).length;
  result.letIn = { asked: accesses.length, accepted };
  yield { progress: 0.6, says: "Asked who of them is still signed in", result };

  async function play(who: Play["who"], token: string): Promise<string | null> {
    const answer = await refreshWith(token);
    const gets = cookiesSetBy(answer).get(wireName("refresh")) ?? null;
    const presents = readRefreshToken(token)!.generation;
    const { status, code } = answer;
    result.plays.push({ who, presents, status, code, gets: gets === null ? null : shown(gets) });
    return gets;
  }

  const successor = answers
    .map(({ answer }) => cookiesSetBy(answer).get(wireName("refresh")))
    .find((token) => typeof token === "string");
  if (successor) {
    let current: string = successor;
    for (let times = 0; times < 2; times += 1) {
      const next = await play("owner", current);
      yield { progress: 0.7 + times / 20, says: "The owner goes on refreshing", result };
      if (next === null) break;
      current = next;
    }
    await play("thief", first);
    yield { progress: 0.85, says: "A thief plays back the first token", result };
    await play("owner", current);
  }
  result.family = await findFamilyState(device.sessionId);
  result.audit = await findSessionEvents(device.userId, device.sessionId);
  yield { progress: 1, says: "Read the audit trail", result };
}

function racer(answer: Delivered, times: { sentAt: number; answeredAt: number }): Racer {
  const { status, code, trace } = answer;
  const cookies = cookiesSetBy(answer);
  const successor = cookies.get(wireName("refresh")) ?? null;
  const statements = (trace?.steps ?? [])
    .filter(({ lane }) => lane === "database")
    .map(({ text }) => text ?? "");
  return {
    ...times,
    status,
    code,
    outcome: successor === null ? "refused" : movedTheRow(statements) ? "rotated" : "pardoned",
    successor: successor === null ? null : shown(successor),
    clearsCookies: [...cookies.values()].includes(null),
    queries: statements.length,
  };
}

/** Its compare-and-swap was the last it had to do with the row; whoever loses that looks at the row once more. */
function movedTheRow(statements: string[]): boolean {
  const ofFamily = statements.filter((text) => /\bRefreshToken\b/.test(text));
  return /^\s*UPDATE\b/i.test(ofFamily.at(-1) ?? "");
}

const shown = (token: string): Token => ({
  generation: readRefreshToken(token)!.generation,
  fingerprint: createHash("sha256").update(token).digest("hex").slice(0, 6),
});

export const refresh: Experiment<z.output<typeof input>, Refresh> = { slug: "refresh", input, run };
