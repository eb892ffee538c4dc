/** What is remembered of seals, and for how long. */
import { expect, test } from "@playwright/test";
import { sealData } from "iron-session";
import { MOST_REMEMBERED, type CredentialMemory } from "@/lib/auth/credential-memory";
import { openSealOnce } from "@/lib/auth/strategies/session/opened-seals";
import { sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { useEnvironment } from "./environment";

const shared = globalThis as { __halfstateOpenedSeals?: CredentialMemory<string> };
const remembered = () => shared.__halfstateOpenedSeals!;
const now = new Date();

let secret = "";
test.beforeEach(() => void ([secret] = useEnvironment().sessionSecrets));

test("a seal opens to its id the first time and from memory, where its own text is not kept", async () => {
  const seal = await sealSessionId("one");
  expect(await openSealOnce(seal, now)).toEqual({ ok: true, value: "one" });
  const [key, entry] = [...remembered()][0]!;
  expect(seal).not.toContain(key);
  expect(key).toHaveLength(43);
  // Proof that the second time is answered from memory.
  entry.what = "remembered";
  expect(await openSealOnce(seal, now)).toEqual({ ok: true, value: "remembered" });
});

test("a seal that is refused is not remembered, however often it comes", async () => {
  const good = await sealSessionId("one");
  await openSealOnce(good, now);
  const bad = [
    `${good.slice(0, -3)}x~2`,
    good.replace(/~2$/, ""),
    "garbage",
    await sealData({ purpose: "flash", sessionId: "one" }, { password: secret, ttl: 60 }),
    await sealData({ purpose: "session", sessionId: "one" }, { password: secret, ttl: -3600 }),
  ];
  for (const seal of [...bad, ...bad])
    expect(await openSealOnce(seal, now)).toEqual({ ok: false, failure: { code: "credential_invalid" } });
  expect(remembered().size).toBe(1);
});

test("a seal is remembered no longer than it lasts", async () => {
  const seal = await sealData({ purpose: "session", sessionId: "one" }, { password: secret, ttl: 60 });
  await openSealOnce(seal, now);
  const [entry] = [...remembered().values()];
  expect(Math.abs(entry!.until - now.getTime() - 60_000)).toBeLessThan(30_000);
  entry!.what = "remembered";
  // Over, by this clock: judged anew, and not put back.
  await openSealOnce(seal, new Date(now.getTime() + 120_000));
  expect(remembered().size).toBe(0);
});

test("a seal without an end is opened each time", async () => {
  const seal = await sealData({ purpose: "session", sessionId: "one" }, { password: secret, ttl: 0 });
  expect(await openSealOnce(seal, now)).toEqual({ ok: true, value: "one" });
  expect(remembered().size).toBe(0);
});

test("of more seals than are kept, the one not used for longest goes", async () => {
  const [old, used, fresh] = await Promise.all(["old", "used", "fresh"].map(sealSessionId));
  await openSealOnce(old!, now);
  await openSealOnce(used!, now);
  const filler = { what: "filler", from: 0, until: Infinity };
  while (remembered().size < MOST_REMEMBERED) remembered().set(String(remembered().size), filler);
  await openSealOnce(used!, now);
  await openSealOnce(fresh!, now);
  expect(remembered().size).toBe(MOST_REMEMBERED);
  const ids = [...remembered().values()].map(({ what }) => what);
  expect(ids).not.toContain("old");
  expect(ids.slice(-2)).toEqual(["used", "fresh"]);
});
