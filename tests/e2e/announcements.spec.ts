/** Two processes that announce to each other: what ends on one is felt on the other well before its next poll could tell. */
import { discard, expect, startApp, test, type App } from "../support/app";
import { ALL_KINDS, newPerson, signedIn } from "../support/device";
import { onPostgres } from "../support/postgres";
import { rounds } from "../support/rounds";
import { answersAt, nameKeyPrefix, NO_REDIS, redisUrl } from "../support/redis";
import { startBeside } from "../support/two-processes";

const ROUNDS = rounds(15, 6);
/** A quarter of the time between two polls. */
const SOON_MILLISECONDS = 100;

const WAYS = [
  ["by Redis", {}, { REDIS_URL: redisUrl, REDIS_KEY_PREFIX: nameKeyPrefix("e2e") }],
  ["by PostgreSQL", { tag: "@postgres" }, { REDIS_URL: "" }],
] as const;

for (const [way, where, env] of WAYS) {
  test.describe(way, where, () => {
    test.describe.configure({ mode: "serial" });
    let [one, other]: App[] = [];
    test.beforeAll(async ({}, { skip }) => {
      if (env.REDIS_URL) skip(!(await answersAt(redisUrl)), NO_REDIS);
      else skip(!onPostgres, "about PostgreSQL; TEST_DATABASE_URL is not set");
      one = await startApp(env);
      other = await startBeside(one);
    });
    test.afterAll(async () => {
      await other?.stop();
      await one?.stop();
      if (one) await discard(one);
    });

    for (const kind of ALL_KINDS) {
      test(`a logout on one is felt on the other at once: ${kind}`, async () => {
        const person = newPerson();
        const milliseconds: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const device = await signedIn(one!, kind, person);
          for (const process of [one!, other!, other!])
            expect((await device.copy().me(process)).outcome).toBe("200");
          expect((await device.copy().send(one!, "POST", "/api/auth/logout")).status).toBe(204);
          const since = performance.now();
          let lastServed = since;
          for (;;) {
            const sentAt = performance.now();
            const { outcome } = await device.copy().me(other!);
            if (outcome === "401 session_ended") break;
            expect(outcome).toBe("200");
            lastServed = sentAt;
            expect(lastServed - since, "milliseconds served after the end").toBeLessThan(1_000);
          }
          milliseconds.push(lastServed - since);
        }
        // By polls alone each round would have one chance in four. That five of six are so lucky happens once in 200 times, and for all three
        // kinds of device once in 10,000,000.
        const soon = milliseconds.filter((each) => each < SOON_MILLISECONDS).length;
        expect(soon, milliseconds.map(Math.round).join(" ")).toBeGreaterThanOrEqual(ROUNDS * 0.8);
      });
    }
  });
}
