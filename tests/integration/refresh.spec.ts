/** Rotation of refresh tokens: one successor, reuse that ends the family, and races that bring nobody back. */
import { refresh } from "@/lib/accounts/refresh";
import { switchMode } from "@/lib/accounts/switch-mode";
import { authenticate } from "@/lib/auth/authenticate";
import type { Issued } from "@/lib/auth/contract";
import { changeRole } from "@/lib/auth/account/store";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { refreshToken, readRefreshToken } from "@/lib/auth/strategies/jwt/refresh-token";
import { rotate } from "@/lib/auth/strategies/jwt/store";
import { env } from "@/lib/core/env";
import { db } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { renameUser } from "@/lib/db/users";
import { expect, test } from "../support/database";
import { randomFrom, rounds, seedNote } from "../support/rounds";
import {
  after,
  codeOf,
  end,
  issued,
  newAccount,
  NOTHING,
  NOW,
  ORIGIN,
  refreshTokenOf,
  remove,
  requestOf,
  withSettings,
} from "./situation";

test.beforeEach(() => revocationFeed().catchUp(NOW));

const visit = (now: Date, carrier = NOTHING) => ({ now, origin: ORIGIN, carrier });
const renew = (token: string, now = NOW, transport: "cookie" | "bearer" = "cookie") =>
  refresh({ token, transport }, visit(now));

async function renewed(token: string, now = NOW): Promise<Issued> {
  const result = await renew(token, now);
  if (!result.ok) throw new Error(`Not renewed: ${result.failure.code}`);
  return result.value;
}

const family = (sessionId: string) => db().refreshToken.findUniqueOrThrow({ where: { sessionId } });
const start = async () => issued("jwt", await newAccount());
const GRACE = () => env().refreshGraceSeconds;

test("what this server did not sign is refresh_invalid and costs no query", async () => {
  for (const garbage of [
    "",
    "garbage",
    "a.b.c",
    `hsr1.${"a".repeat(22)}.0.${"b".repeat(43)}`,
    "x".repeat(100_000),
  ]) {
    await withQueryTrace(async (trace) => {
      expect(await renew(garbage)).toEqual({
        ok: false,
        failure: { code: "refresh_invalid", mayHaveLostRace: false },
      });
      expect(trace.queries).toBe(0);
    });
  }
  expect(await refresh(null, visit(NOW))).toEqual({
    ok: false,
    failure: { code: "refresh_invalid", mayHaveLostRace: false },
  });
});

test("a generation that was never handed out is refresh_invalid, and ends nothing", async () => {
  const one = await start();
  for (const generation of [1, 2, 50]) {
    const result = await renew(refreshToken({ family: one.session.id, generation }));
    expect(result).toMatchObject({ ok: false, failure: { code: "refresh_invalid", mayHaveLostRace: false } });
  }
  expect(codeOf(await renew(refreshTokenOf(one)))).toBe("ok");
});

test("a token that the database does not know as its family's is refresh_invalid", async () => {
  const one = await start();
  await db().refreshToken.update({ where: { sessionId: one.session.id }, data: { tokenHash: "another" } });
  expect(codeOf(await renew(refreshTokenOf(one)))).toBe("refresh_invalid");
});

test("a reused refresh token ends its whole family: after the grace, also the immediate predecessor", async () => {
  const one = await start();
  const two = await renewed(refreshTokenOf(one));
  const late = new Date(after(GRACE()).getTime() + 1);
  expect(await renew(refreshTokenOf(one), late)).toEqual({
    ok: false,
    failure: { code: "refresh_reused", mayHaveLostRace: true },
  });
  expect(codeOf(await renew(refreshTokenOf(two), late))).toBe("session_ended");
  for (const issue of [one, two])
    expect(codeOf(await authenticate(requestOf(issue), late))).toBe("session_ended");
  const row = await db().deviceSession.findUniqueOrThrow({ where: { id: one.session.id } });
  expect(row).toMatchObject({ endedAt: late, endReason: "refresh_reused" });
});

test("a reused refresh token ends its whole family: a grandparent also within the grace", async () => {
  const one = await start();
  const two = await renewed(refreshTokenOf(one));
  const three = await renewed(refreshTokenOf(two), after(1));
  expect(codeOf(await renew(refreshTokenOf(one), after(2)))).toBe("refresh_reused");
  expect(codeOf(await renew(refreshTokenOf(two), after(2)))).toBe("session_ended");
  expect(codeOf(await renew(refreshTokenOf(three), after(2)))).toBe("session_ended");
});

test("reuse ends this family only, and is on record", async () => {
  const user = await newAccount();
  const [one, other] = [await issued("jwt", user), await issued("jwt", user)];
  await renewed(refreshTokenOf(one));
  await renew(refreshTokenOf(one), after(GRACE() + 1));
  expect(codeOf(await renew(refreshTokenOf(other), after(GRACE() + 1)))).toBe("ok");
  const events = await db().auditEvent.findMany({
    where: { sessionId: one.session.id, type: "session_ended" },
  });
  expect(events.map(({ detail }) => detail)).toEqual([{ reason: "refresh_reused" }]);
});

test("two thieves of one old token: the family ends once, and nobody is let in", async () => {
  const one = await start();
  await renewed(refreshTokenOf(one));
  const late = after(GRACE() + 1);
  const results = await Promise.all(Array.from({ length: 10 }, () => renew(refreshTokenOf(one), late)));
  for (const result of results) expect(["refresh_reused", "session_ended"]).toContain(codeOf(result));
  expect(await db().revocation.count({ where: { sid: one.session.id } })).toBe(1);
});

test("after the end of its device session by the clock a token is refresh_expired", async () => {
  const one = await start();
  const { expiresAt } = one.session;
  const result = await renew(refreshTokenOf(one), expiresAt);
  expect(result).toEqual({ ok: false, failure: { code: "refresh_expired", mayHaveLostRace: false } });
  expect(codeOf(await renew(refreshTokenOf(one), after(-1, expiresAt)))).toBe("ok");
});

test("renewing never moves the end of the device session", async () => {
  const one = await start();
  const two = await renewed(refreshTokenOf(one), after(86_400));
  expect(two.session.expiresAt).toEqual(one.session.expiresAt);
  const last = await renewed(refreshTokenOf(two), after(-60, one.session.expiresAt));
  expect(last.session.credentialExpiresAt).toEqual(one.session.expiresAt);
});

test("a refused renewal may have lost a race only where another answer may be on its way", async () => {
  const one = await start();
  await end(one.session.id, NOW);
  const at = async (seconds: number) => {
    const result = await renew(refreshTokenOf(one), after(seconds));
    return result.ok ? "ok" : [result.failure.code, result.failure.mayHaveLostRace];
  };
  expect(await at(0)).toEqual(["session_ended", true]);
  expect(await at(59)).toEqual(["session_ended", true]);
  expect(await at(60)).toEqual(["session_ended", false]);
});

test("a token whose account is gone is session_ended", async () => {
  const user = await newAccount();
  const one = await issued("jwt", user);
  await remove(user.id);
  expect(codeOf(await renew(refreshTokenOf(one)))).toBe("session_ended");
});

test("50 renewals of one token at once all succeed, with one and the same successor, and rotate once", async () => {
  const one = await start();
  const results = await Promise.all(Array.from({ length: 50 }, () => renew(refreshTokenOf(one), after(1))));
  expect(results.map(codeOf).filter((code) => code !== "ok")).toEqual([]);
  const successors = new Set(results.map((result) => (result.ok ? refreshTokenOf(result.value) : "")));
  expect(successors.size).toBe(1);
  expect(successors.has(refreshTokenOf(one))).toBe(false);
  expect(await db().refreshToken.count({ where: { sessionId: one.session.id } })).toBe(1);
  expect((await family(one.session.id)).generation).toBe(1);
  for (const result of results)
    if (result.ok) expect(codeOf(await authenticate(requestOf(result.value), after(1)))).toBe("ok");
});

test("within the grace the immediate predecessor gets the same successor again, and rotates nothing", async () => {
  const one = await start();
  const two = await renewed(refreshTokenOf(one));
  const again = await renewed(refreshTokenOf(one), after(GRACE()));
  expect(refreshTokenOf(again)).toBe(refreshTokenOf(two));
  expect((await family(one.session.id)).generation).toBe(1);
  expect(codeOf(await renew(refreshTokenOf(two), after(GRACE())))).toBe("ok");
});

test("the grace begins with the rotation, not with the issue", async () => {
  const one = await start();
  await renewed(refreshTokenOf(one), after(5000));
  expect(codeOf(await renew(refreshTokenOf(one), after(5000 + GRACE())))).toBe("ok");
});

test("a long chain of renewals stays one row and one device session", async () => {
  const one = await start();
  let token = refreshTokenOf(one);
  for (let generation = 1; generation <= 12; generation += 1) {
    const next = await renewed(token, after(generation * 60));
    expect(next.session.id).toBe(one.session.id);
    token = refreshTokenOf(next);
    expect(readRefreshToken(token)).toEqual({ family: one.session.id, generation });
  }
  expect(await family(one.session.id)).toMatchObject({ generation: 12, rotatedAt: after(720) });
  expect((await db().deviceSession.findUniqueOrThrow({ where: { id: one.session.id } })).lastSeenAt).toEqual(
    after(720),
  );
});

test("what is renewed goes back as the token came", async () => {
  const one = await start();
  const asked = await renew(refreshTokenOf(one), NOW, "bearer");
  expect(asked.ok && asked.value.cookies).toEqual([]);
  expect(asked.ok && asked.value.tokens).toMatchObject({
    tokenType: "Bearer",
    expiresIn: env().accessTokenTtlSeconds,
  });
  const again = await renew(refreshTokenOf(one), NOW, "cookie");
  expect(again.ok && again.value.tokens).toBeUndefined();
  expect(again.ok && again.value.cookies.map(({ name }) => name)).toEqual(["access", "refresh"]);
});

test("the swap itself refuses a device session that ended between the look and the swap", async () => {
  const [ended, expired, live] = [await start(), await start(), await start()];
  await end(ended.session.id);
  expect(await rotate(ended.session.id, 0, "next", NOW)).toBe(false);
  expect(await rotate(expired.session.id, 0, "next", expired.session.expiresAt)).toBe(false);
  for (const { session } of [ended, expired]) expect((await family(session.id)).generation).toBe(0);
  expect(await rotate(live.session.id, 1, "next", NOW)).toBe(false);
  expect(await rotate(live.session.id, 0, "next", NOW)).toBe(true);
});

test("a renewal takes in a new name and a new role", async () => {
  const user = await newAccount();
  const one = await issued("jwt", user);
  await renameUser(user.id, "Countess");
  const changed = await changeRole(user.id, "admin", { actorId: null, origin: ORIGIN, now: NOW });
  revocationFeed().announce((changed.ok && changed.value?.notices) || []);
  expect(codeOf(await authenticate(requestOf(one), NOW))).toBe("token_expired");
  const two = await renewed(refreshTokenOf(one));
  expect(two.user).toMatchObject({ name: "Countess", role: "admin" });
  expect(await authenticate(requestOf(two), NOW)).toMatchObject({
    ok: true,
    value: { user: { role: "admin" } },
  });
});

test("the limit refuses rotations, never replays within the grace, and ends nothing", async () => {
  await withSettings({ limits: { ...env().limits, refreshes: 3 } }, async () => {
    const one = await start();
    let token = refreshTokenOf(one);
    let before = token;
    for (let round = 0; round < 3; round += 1)
      [before, token] = [token, refreshTokenOf(await renewed(token))];
    const refused = await renew(token);
    expect(refused).toMatchObject({ ok: false, failure: { code: "rate_limited", mayHaveLostRace: true } });
    for (let round = 0; round < 5; round += 1) expect(refreshTokenOf(await renewed(before))).toBe(token);
    expect(codeOf(await authenticate(requestOf(one), NOW))).toBe("ok");
  });
});

/** So many turns the end of a device session comes later than the renewal, at the most. */
const MOST_TURNS = 200;
const ROUNDS = rounds(MOST_TURNS);

for (const [name, finish] of Object.entries({
  "a logout": async (one: Issued): Promise<Issued | null> => {
    await end(one.session.id);
    return null;
  },
  "a switch of mode": async (one: Issued): Promise<Issued | null> => {
    const switched = await switchMode({ user: one.user, session: one.session }, "session", visit(NOW));
    return switched.ok ? switched.value : null;
  },
})) {
  test(`a renewal that races ${name} never brings the device session back`, async () => {
    const random = randomFrom(`a renewal that races ${name}`);
    const user = await newAccount();
    const outcomes = { renewed: 0, refused: 0 };
    // Both orders must occur, or the rounds prove nothing: it goes on until they have.
    const isProven = () => outcomes.renewed > 0 && outcomes.refused > 0;
    for (let round = 0; round < ROUNDS || (!isProven() && round < 5 * MOST_TURNS); round += 1) {
      const what = `round ${round}, ${seedNote}`;
      const one = await issued("jwt", user);
      const token = refreshTokenOf(one);
      // A renewal looks before it writes, and the end only writes: it begins later by so many turns, of the microtask queue in one round
      // and of the event loop in the next, that over the rounds it falls before, between and behind every step of theirs, be they
      // one microtask apart or, with a server in between, a millisecond. Fewer rounds are spread over the same turns.
      const turns = Math.floor((((round % ROUNDS) + random()) * MOST_TURNS) / ROUNDS);
      const late = async () => {
        if (round % 2 === 0) for (let turn = 0; turn < turns; turn += 1) await null;
        else for (let turn = 0; turn < turns * 10; turn += 1) await new Promise(setImmediate);
        return finish(one);
      };
      const results = await Promise.all([renew(token), late(), renew(token)]);

      const issuedNow = [one];
      for (const result of results as ({ ok?: boolean; value?: Issued } | null)[]) {
        if (!result || !("ok" in result)) continue;
        outcomes[result.ok ? "renewed" : "refused"] += 1;
        if (result.ok) issuedNow.push(result.value!);
      }
      for (const each of issuedNow) {
        expect(codeOf(await authenticate(requestOf(each), NOW)), what).toBe("session_ended");
        expect(codeOf(await renew(refreshTokenOf(each))), what).toBe("session_ended");
      }
    }
    expect(isProven(), JSON.stringify(outcomes)).toBe(true);
  });
}
