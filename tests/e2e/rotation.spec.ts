/** Refresh rotation under races, lost answers and theft, on two processes that share one database. */
import type { App } from "../support/app";
import {
  ALL_KINDS,
  JWT_KINDS,
  PASSWORD,
  signedIn,
  type Device,
  type Kind,
  type Person,
} from "../support/device";
import type { Answer } from "../support/http";
import { rounds } from "../support/rounds";
import { expect, ON_BOTH, startBeside, test } from "../support/two-processes";

test.use({ serverEnv: { LIMIT_ADDRESS_FAILURES: "100000", LIMIT_REFRESHES: "100000" } });

const CREDENTIAL_COOKIES = ["session", "access", "refresh"];
const cleared = ({ cookies }: Answer) =>
  cookies
    .filter(({ value, attributes }) => value === "" || attributes["max-age"] === "0")
    .map(({ name }) => name)
    .filter((name) => CREDENTIAL_COOKIES.includes(name));

const refreshWithPage = (app: App, device: Device) =>
  device.send(app, "GET", "/api/auth/refresh?next=/settings");

for (const kind of JWT_KINDS) {
  test(
    `a hundred refreshes at once on two processes get one and the same successor: ${kind}`,
    ON_BOTH,
    async ({ app, other }) => {
      const device = await signedIn(app, kind);
      const hands = Array.from({ length: 100 }, () => device.copy());
      const answers = await Promise.all(hands.map((hand, n) => hand.refresh(n % 2 ? app : other)));
      expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["200"]));
      const successors = new Set(hands.map(({ nextRefreshToken }) => nextRefreshToken));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(device.nextRefreshToken);
      expect(answers.flatMap(cleared)).toEqual([]);
      for (const hand of hands.slice(0, 4))
        for (const process of [app, other]) expect((await hand.me(process)).outcome).toBe("200");
      // The one successor has a successor in its turn.
      expect((await hands[0]!.refresh(other)).outcome).toBe("200");
    },
  );

  test(`the predecessor is pardoned within the grace, the one before it ends the device: ${kind}`, async ({
    app,
    other,
  }) => {
    const device = await signedIn(app, kind);
    const [first, second] = [device.copy(), device.copy()];
    await device.refresh(app);
    const successor = device.nextRefreshToken;
    expect((await first.refresh(other)).outcome).toBe("200");
    expect(first.nextRefreshToken).toBe(successor);
    await device.refresh(other);
    const reused = await second.refresh(app);
    expect(reused.outcome).toBe("401 refresh_reused");
    expect(cleared(reused)).toEqual([]);
    for (const process of [app, other])
      expect((await device.copy().refresh(process)).outcome).toBe("401 session_ended");
    expect((await device.copy().me(app)).outcome).toBe("401 session_ended");
    await expect.poll(async () => (await device.copy().me(other)).outcome).toBe("401 session_ended");
  });

  test(`an answer that was lost is healed by trying again, though the server may have rotated: ${kind}`, async ({
    app,
    other,
  }) => {
    const { person } = await signedIn(app, kind);
    const most = rounds(20, 8);
    for (let round = 0; round < most; round += 1) {
      // A device of its own: a lost request may arrive so late that its token is two rotations old, and that is a replay.
      const device = await signedIn(app, kind, person);
      const abort = new AbortController();
      const lost = device.refresh(app, abort.signal).catch(() => null);
      // Ended at another point each time: before it is sent, while it is judged, when it is answered.
      for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      await lost;
      expect((await device.refresh(round % 2 ? app : other)).outcome, `round ${round}`).toBe("200");
      expect((await device.me(app)).outcome, `round ${round}`).toBe("200");
    }
  });
}

test("GET refresh does the same: one successor for all, back to the page, nobody signed out", async ({
  app,
  other,
}) => {
  const device = await signedIn(app, "JWT cookie");
  const hands = Array.from({ length: 30 }, () => device.copy());
  const answers = await Promise.all(
    hands.map((hand, n) => (n % 3 === 0 ? hand.refresh(app) : refreshWithPage(n % 2 ? app : other, hand))),
  );
  const pages = answers.filter((_, n) => n % 3 !== 0);
  expect(new Set(pages.map(({ status, headers }) => `${status} ${headers.get("location")}`))).toEqual(
    new Set(["303 /settings"]),
  );
  expect(new Set(hands.map(({ nextRefreshToken }) => nextRefreshToken)).size).toBe(1);
  for (const hand of hands.slice(0, 3)) expect((await hand.me(other)).outcome).toBe("200");

  // A lost answer, and then a replay that is no longer pardoned.
  const [late, thief] = [hands[0]!.copy(), device.copy()];
  await refreshWithPage(app, hands[0]!);
  expect((await refreshWithPage(other, late)).headers.get("location")).toBe("/settings");
  const reused = await refreshWithPage(app, thief);
  expect(reused.headers.get("location")).toBe("/login?next=%2Fsettings");
  expect(cleared(reused)).toEqual([]);
  expect((await hands[0]!.copy().me(app)).outcome).toBe("401 session_ended");
});

test("without a grace, an immediate replay ends the family, and the events of the account name the cause", async ({
  app,
}) => {
  const strict = await startBeside(app, { REFRESH_GRACE_SECONDS: "0" });
  try {
    for (const kind of JWT_KINDS) {
      const device = await signedIn(strict, kind);
      const witness = await signedIn(strict, "JWT bearer", device.person);
      const predecessor = device.copy();
      expect((await device.refresh(strict)).outcome).toBe("200");
      // A grace of nothing still pardons within the same millisecond: what counts is that none is left after it.
      const rotatedAt = Date.now();
      await expect.poll(() => Date.now() - rotatedAt, { intervals: [1] }).toBeGreaterThan(1);
      const reused = await predecessor.refresh(strict);
      expect(reused.outcome).toBe("401 refresh_reused");
      expect(cleared(reused)).toEqual([]);
      expect((await device.copy().refresh(strict)).outcome).toBe("401 session_ended");
      expect((await device.copy().me(strict)).outcome).toBe("401 session_ended");

      const events = await witness.send(strict, "GET", "/api/me/events");
      const ended = events.text
        .split("\n")
        .filter((line) => line.includes('"session_ended"'))
        .map((line) => JSON.parse(line) as { sessionId: string; detail: { reason: string } });
      expect(ended).toMatchObject([{ sessionId: device.sessionId, detail: { reason: "refresh_reused" } }]);
      expect((await witness.me(strict)).outcome).toBe("200");
    }
  } finally {
    await strict.stop();
  }
});

/** What may end a device session while it is being refreshed. */
const RIVALS: Record<string, (app: App, device: Device) => Promise<Answer>> = {
  logout: (app, device) => device.send(app, "POST", "/api/auth/logout"),
  "logout of all": (app, device) => device.send(app, "POST", "/api/auth/logout-all"),
  "a switch of mode": (app, device) =>
    device.send(app, "POST", "/api/auth/mode", { mode: device.kind === "JWT bearer" ? "jwt" : "session" }),
  "a password change": (app, device) =>
    device.send(app, "POST", "/api/auth/password", {
      currentPassword: PASSWORD,
      newPassword: "another horse battery",
    }),
  deletion: (app, device) => device.send(app, "DELETE", "/api/me", { password: PASSWORD }),
};
/** Hashing rounds cost a thousand times what the others cost. */
const ROUNDS: Record<string, number> = { "a password change": 8, deletion: 8 };

for (const [name, rival] of Object.entries(RIVALS)) {
  test(
    `a refresh that races ${name} issues nothing that outlives it, and its refusal clears nothing`,
    ON_BOTH,
    async ({ app, other }) => {
      const most = ROUNDS[name] ?? 30;
      const seen = { won: 0, lost: 0 };
      const hands: Device[] = [];
      const replacements: Device[] = [];
      let account: Device | null = null;
      // Who comes first is chance: it goes on until the refresh has been first at least once.
      for (let round = 0; round < rounds(most, 4) || (seen.won === 0 && round < most); round += 1) {
        const kind: Kind = round % 2 ? "JWT bearer" : "JWT cookie";
        const [here, there] = round % 4 < 2 ? [app, other] : [other, app];
        // One account for many rounds where the rival leaves it as it was.
        const person: Person | undefined = name in ROUNDS ? undefined : account?.person;
        const device: Device = await signedIn(here, kind, person);
        account = device;
        const [refresher, ender] = [device.copy(), device.copy()];
        let isOver = false;
        const ending = rival(there, ender).finally(() => (isOver = true));
        // Again and again until the rival is done: one of them meets it in the act.
        do {
          const refreshed = await refresher.refresh(here);
          expect(["200", "401 session_ended"], `round ${round}`).toContain(refreshed.outcome);
          expect(cleared(refreshed), `round ${round}`).toEqual([]);
          seen[refreshed.status === 200 ? "won" : "lost"] += 1;
        } while (!isOver);
        const ended = await ending;
        expect([200, 204], `round ${round}: ${ended.outcome}`).toContain(ended.status);
        hands.push(device, refresher);
        if (name === "a switch of mode" || name === "a password change") replacements.push(ender);
      }
      for (const hand of hands) {
        for (const process of [app, other]) {
          expect((await hand.copy().refresh(process)).outcome).toBe("401 session_ended");
          await expect
            .poll(async () => (await hand.copy().me(process)).outcome, { intervals: [25] })
            .toBe("401 session_ended");
        }
      }
      for (const replacement of replacements) expect((await replacement.me(app)).outcome).toBe("200");
      expect(seen.won, "rounds in which the refresh was first").toBeGreaterThan(0);
    },
  );
}

test("a session cookie is no refresh token, and a refresh without one is refresh_invalid", async ({
  app,
}) => {
  for (const kind of ALL_KINDS) {
    const device = await signedIn(app, kind);
    device.client.jar.delete("refresh");
    device.refreshToken = "";
    expect((await device.refresh(app)).outcome, kind).toBe("401 refresh_invalid");
  }
});
