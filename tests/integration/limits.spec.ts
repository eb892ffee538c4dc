/** The limits of http-contract.md rule 10, on the counters that every process shares; time is played by moving a counter's end. */
import { randomUUID } from "node:crypto";
import { env } from "@/lib/core/env";
import { accountKey, admitPasswordAttempt, type Admission } from "@/lib/limits/password-attempts";
import { rotationQuota, takeSignUp } from "@/lib/limits/quotas";
import { PLACES, test, type Counters } from "../support/counters";
import { expect } from "../support/database";

const someone = () => `${randomUUID()}@example.com`;
let lastAddress = 0;
/** An address that no other test has used. */
const somewhere = () => `198.18.${(lastAddress += 1) >> 8}.${lastAddress & 255}`;

const attempt = (email: string, address: string, deviceId: string | null = null) =>
  admitPasswordAttempt({ email, address, deviceId });

/** An attempt that fails, if it may be made at all. */
const fail = async (...where: Parameters<typeof attempt>) => (await attempt(...where)).admitted;

async function admitted(admission: Promise<Admission>) {
  const result = await admission;
  if (!result.admitted) throw new Error("Refused, and it should not have been.");
  return result;
}

const sourceKey = (email: string, address: string) => `password:${accountKey(email)}:${address}`;

/** Seconds until the stored counter begins anew; null when there is none. */
async function storedWait(counters: Counters, key: string): Promise<number | null> {
  const { endsAt } = (await counters.find(key)) ?? { endsAt: null };
  return endsAt === null ? null : Math.round((endsAt - Date.now()) / 1000);
}

for (const place of PLACES)
  test.describe(`counted in ${place}`, () => {
    test.use({ place });

    test("five failures are free; then one attempt after 1 minute, one after 5, and one after each further 15", async ({
      counters,
    }) => {
      const [email, address] = [someone(), somewhere()];
      const key = sourceKey(email, address);
      for (let n = 0; n < 5; n += 1) expect(await fail(email, address)).toBe(true);
      for (const minutes of [1, 5, 15, 15, 15]) {
        const wait = (await storedWait(counters, key))!;
        expect(wait).toBeGreaterThan(minutes * 60 - 15);
        expect(wait).toBeLessThanOrEqual(minutes * 60);
        for (let n = 0; n < 3; n += 1) {
          const refused = await attempt(email, address);
          expect(refused).toMatchObject({ admitted: false, isFirstRefusal: n === 0 });
          if (!refused.admitted) expect(refused.retryAfterSeconds).toBeLessThanOrEqual(minutes * 60);
          if (!refused.admitted) expect(refused.retryAfterSeconds).toBeGreaterThan(minutes * 60 - 20);
        }
        await counters.over(key);
        expect(await fail(email, address)).toBe(true);
      }
    });

    test("hammering through a wait does not make it longer", async ({ counters }) => {
      const [email, address] = [someone(), somewhere()];
      for (let n = 0; n < 5; n += 1) await fail(email, address);
      const endsAt = async () => (await counters.find(sourceKey(email, address)))!.endsAt;
      const end = await endsAt();
      for (let n = 0; n < 20; n += 1) expect(await fail(email, address)).toBe(false);
      expect(await endsAt()).toEqual(end);
    });

    test("parallel guesses cannot exceed the allowance, neither the first five nor the one after a wait", async ({
      counters,
    }) => {
      const [email, address] = [someone(), somewhere()];
      const burst = async () => {
        const results = await Promise.all(Array.from({ length: 30 }, () => fail(email, address)));
        return results.filter(Boolean).length;
      };
      expect(await burst()).toBe(5);
      for (let round = 0; round < 3; round += 1) {
        await counters.over(sourceKey(email, address));
        expect(await burst()).toBe(1);
      }
    });

    test("a success clears the count and the waits of its source, and counts nowhere", async ({
      counters,
    }) => {
      const [email, address] = [someone(), somewhere()];
      for (let n = 0; n < 5; n += 1) await fail(email, address);
      await counters.over(sourceKey(email, address));
      await (await admitted(attempt(email, address))).succeeded();
      const keys = (await counters.keys()).filter(
        (key) => key.includes(accountKey(email)) || key === `address:${address}`,
      );
      const found = await Promise.all(keys.map((key) => counters.find(key)));
      // The five failures still count for the address and the account; the success does not.
      expect(found.map((counter) => counter?.points)).toEqual([5, 5]);
      for (let n = 0; n < 5; n += 1) expect(await fail(email, address)).toBe(true);
      expect(await fail(email, address)).toBe(false);
      expect((await storedWait(counters, sourceKey(email, address)))!).toBeLessThanOrEqual(60);
    });

    test("an attempt that was never judged counts for nothing, and the failures before it still count", async ({
      counters,
    }) => {
      const [email, address] = [someone(), somewhere()];
      for (let n = 0; n < 4; n += 1) await fail(email, address);
      for (let n = 0; n < 3; n += 1) await (await admitted(attempt(email, address))).notJudged();
      expect(await fail(email, address)).toBe(true);
      expect(await fail(email, address)).toBe(false);
      await counters.over(sourceKey(email, address));
      await (await admitted(attempt(email, address))).notJudged();
      expect(await fail(email, address)).toBe(true);
      expect(await fail(email, address)).toBe(false);
      expect((await storedWait(counters, sourceKey(email, address)))!).toBeGreaterThan(60);
    });

    test("an address has fifty failures in fifteen minutes over all accounts, and waits as long as its window lasts", async ({
      counters,
    }) => {
      const address = somewhere();
      for (let n = 0; n < 10; n += 1) expect(await fail(someone(), address)).toBe(true);
      expect(await counters.find(`address:${address}`)).toMatchObject({ points: 10 });
      await counters.set(`address:${address}`, 40, 900);
      for (let n = 0; n < 10; n += 1) expect(await fail(someone(), address)).toBe(true);
      const refused = await attempt(someone(), address);
      expect(refused.admitted).toBe(false);
      if (!refused.admitted) expect(refused.retryAfterSeconds).toBeGreaterThan(14 * 60);
      if (!refused.admitted) expect(refused.retryAfterSeconds).toBeLessThanOrEqual(15 * 60);
      expect(await fail(someone(), somewhere())).toBe(true);
      await counters.over(`address:${address}`);
      expect(await fail(someone(), address)).toBe(true);
    });

    test("parallel guesses over many accounts cannot exceed the allowance of their address", async ({
      counters: _,
    }) => {
      const address = somewhere();
      const results = await Promise.all(Array.from({ length: 80 }, () => fail(someone(), address)));
      expect(results.filter(Boolean)).toHaveLength(50);
    });

    test("an account has a hundred failures an hour over all addresses; after them only browsers that know it may try", async ({
      counters,
    }) => {
      const email = someone();
      for (let n = 0; n < 10; n += 1) expect(await fail(email, somewhere())).toBe(true);
      expect(await counters.find(`account:${accountKey(email)}`)).toMatchObject({ points: 10 });
      await counters.set(`account:${accountKey(email)}`, 90, 3_600);
      for (let n = 0; n < 10; n += 1) expect(await fail(email, somewhere())).toBe(true);
      const address = somewhere();
      const refused = await attempt(email, address);
      expect(refused.admitted).toBe(false);
      if (!refused.admitted) expect(refused.retryAfterSeconds).toBeGreaterThan(59 * 60);
      // Refused for the account's sake, which is not the source's fault: it keeps its own five.
      await counters.over(`account:${accountKey(email)}`);
      for (let n = 0; n < 5; n += 1) expect(await fail(email, address)).toBe(true);
      expect(await fail(email, address)).toBe(false);
    });

    test("a browser known to the account is kept out neither by strangers' failures on it, nor by those of its address", async ({
      counters,
    }) => {
      const [email, address, device] = [someone(), somewhere(), randomUUID()];
      await counters.set(`account:${accountKey(email)}`, 100, 3_600);
      await counters.set(`address:${address}`, 50, 900);
      expect(await fail(email, address)).toBe(false);
      await (await admitted(attempt(email, address, device))).succeeded();
      // It has five of its own, which count for nobody else.
      for (let n = 0; n < 5; n += 1) expect(await fail(email, address, device)).toBe(true);
      expect(await fail(email, address, device)).toBe(false);
      const counter = await counters.find(`account:${accountKey(email)}`);
      expect(counter!.points).toBeLessThanOrEqual(101);
      await (await admitted(attempt(email, somewhere(), randomUUID()))).succeeded();
    });

    test("IPv6 is counted by /64: other addresses of one subscriber are no way around, its neighbour is free", async ({
      counters: _,
    }) => {
      const email = someone();
      for (let n = 0; n < 5; n += 1) expect(await fail(email, `2001:db8:1:2::${n + 1}`)).toBe(true);
      expect(await fail(email, "2001:db8:1:2:ffff:ffff:ffff:ffff")).toBe(false);
      expect(await fail(email, "2001:0DB8:0001:0002::1")).toBe(false);
      expect(await fail(email, "2001:db8:1:3::1")).toBe(true);
    });

    test("sign-ups are counted by /64: other addresses of one subscriber are no way around", async ({
      counters: _,
    }) => {
      for (let n = 0; n < 20; n += 1)
        expect((await takeSignUp(`2001:db8:7:2::${n + 1}`)).retryAfterSeconds).toBeNull();
      expect((await takeSignUp("2001:db8:7:2:ffff:ffff:ffff:ffff")).retryAfterSeconds).not.toBeNull();
      expect((await takeSignUp("2001:db8:7:3::1")).retryAfterSeconds).toBeNull();
    });

    test("an address opens twenty accounts an hour, counted in parallel too; one that came to nothing is given back", async ({
      counters: _,
    }) => {
      const address = somewhere();
      const results = await Promise.all(Array.from({ length: 30 }, () => takeSignUp(address)));
      expect(results.filter(({ retryAfterSeconds }) => retryAfterSeconds === null)).toHaveLength(20);
      const refused = results.find(({ retryAfterSeconds }) => retryAfterSeconds !== null)!;
      expect(refused.retryAfterSeconds).toBeGreaterThan(59 * 60);
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60 * 60);

      const other = somewhere();
      for (let n = 0; n < 19; n += 1) await takeSignUp(other);
      for (let n = 0; n < 5; n += 1) {
        const { retryAfterSeconds, giveBack } = await takeSignUp(other);
        expect(retryAfterSeconds).toBeNull();
        await giveBack();
      }
      expect((await takeSignUp(other)).retryAfterSeconds).toBeNull();
      expect((await takeSignUp(other)).retryAfterSeconds).not.toBeNull();
    });

    test("a device session rotates sixty times a minute, and begins anew when the minute is over", async ({
      counters,
    }) => {
      const session = randomUUID();
      for (let n = 0; n < env().limits.refreshes; n += 1) {
        expect(await rotationQuota.wouldRefuse(session)).toBeNull();
        await rotationQuota.count(session);
      }
      expect(await rotationQuota.wouldRefuse(session)).toBeGreaterThan(0);
      expect(await rotationQuota.wouldRefuse(randomUUID())).toBeNull();
      await counters.over(`refresh:${session}`);
      expect(await rotationQuota.wouldRefuse(session)).toBeNull();
    });

    test("what the counters keep names no email", async ({ counters }) => {
      const [email, address] = [someone(), somewhere()];
      await fail(email, address);
      const keys = (await counters.keys()).join("\n");
      expect(keys).toContain(accountKey(email));
      expect(keys).not.toContain("@");
    });
  });
