/** What people get to see of security events. */
import { exportEvents, ownEvents } from "@/lib/accounts/activity";
import type { Principal } from "@/lib/auth/contract";
import { recordEvent } from "@/lib/db/audit";
import { expect, test } from "../support/database";

const owner = { user: { id: "owner", role: "member" } } as Principal;

test("a person learns that an administrator acted, and not where from", async () => {
  const at = new Date();
  const own = { subjectId: "owner", at, ip: "198.51.100.1", userAgent: "own browser" };
  await recordEvent({ ...own, type: "logged_in", actorId: "owner" });
  await recordEvent({ ...own, type: "log_in_failed", actorId: null });
  await recordEvent({
    ...own,
    type: "role_changed",
    actorId: "admin",
    ip: "203.0.113.7",
    userAgent: "admin browser",
  });

  const { events } = await ownEvents(owner);
  const exported = await exportEvents(owner, "own");
  if (!exported.ok) throw new Error(exported.failure.code);
  const text = await new Response(exported.value).text();
  expect(events).toHaveLength(3);
  expect(text.trim().split("\n")).toHaveLength(3);
  expect(`${text} ${JSON.stringify(events)}`).not.toMatch(/203\.0\.113\.7|admin browser/);
  expect(text.match(/198\.51\.100\.1/g)).toHaveLength(2);
});
