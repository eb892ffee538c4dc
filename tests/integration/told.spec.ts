// What the metrics say of the audit trail: what the database has, once each.
import { endDeviceSessions } from "@/lib/auth/device-sessions/store";
import { recordEvents, type AuditEntry } from "@/lib/db/audit";
import { inTransaction, Prisma } from "@/lib/db/client";
import { exposition } from "@/lib/trace/metrics";
import { expect, test } from "../support/database";
import { issued, newAccount, NOW, ORIGIN } from "./situation";

const EVENT: AuditEntry = { type: "profile_changed", at: NOW, actorId: null, subjectId: null, ...ORIGIN };

async function valueOf(series: string): Promise<number> {
  const { text } = await exposition({
    hashQueueDepth: 0,
    hashesRunning: 0,
    feedLagSeconds: null,
    feedIsSilent: false,
    version: "0.0.0",
  });
  const line = text.split("\n").find((line) => line.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

const told = () => valueOf('halfstate_security_events_total{type="profile_changed"}');

test("an event of a transaction that was undone is not counted, one that was run again is counted once", async () => {
  const before = await told();
  await expect(
    inTransaction(async (transaction) => {
      await recordEvents(transaction, [EVENT]);
      expect(await told(), "not before it is committed").toBe(before);
      throw new Error("undone");
    }),
  ).rejects.toThrow("undone");
  expect(await told()).toBe(before);

  let attempts = 0;
  await inTransaction(async (transaction) => {
    attempts += 1;
    await recordEvents(transaction, [EVENT]);
    if (attempts === 1)
      throw new Prisma.PrismaClientKnownRequestError("write conflict", { code: "P2034", clientVersion: "" });
  });
  expect(attempts).toBe(2);
  expect(await told()).toBe(before + 1);
});

test("ended device sessions are counted by why they ended, those that had ended before are not", async () => {
  const series = 'halfstate_device_sessions_ended_total{reason="ended_by_owner"}';
  const before = await valueOf(series);
  const user = await newAccount();
  await issued("jwt", user);
  const ending = { reason: "ended_by_owner" as const, actorId: user.id, origin: ORIGIN, now: NOW };
  await endDeviceSessions({ userId: user.id }, ending);
  await endDeviceSessions({ userId: user.id }, ending);
  expect(await valueOf(series)).toBe(before + 1);
});
