/** One contract for both strategies and both transports: refusals first. */
import { authenticate, namedSessions, strategies } from "@/lib/auth/authenticate";
import { MODES, type Carrier, type Issued, type Mode, type Transport } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { env } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { withQueryTrace } from "@/lib/db/trace";
import { renameUser } from "@/lib/db/users";
import { expect, test } from "../support/database";
import {
  after,
  carrying,
  codeOf,
  end,
  issued,
  newAccount,
  NOTHING,
  NOW,
  ORIGIN,
  remove,
  requestOf,
  sessionRow,
} from "./situation";

test.beforeEach(() => revocationFeed().catchUp(NOW));

/** The credential that `authenticate` looks at, and a request with another text in its place. */
function credentialOf({ cookies, tokens }: Issued): {
  text: string;
  replacedBy: (text: string) => Carrier;
  cookie?: "session" | "access";
} {
  if (tokens) return { text: tokens.accessToken, replacedBy: (text) => carrying({}, text) };
  const cookie = cookies.find(({ name, value }) => name !== "refresh" && value !== null)!;
  const name = cookie.name as "session" | "access";
  return { text: cookie.value!, replacedBy: (text) => carrying({ [name]: text }), cookie: name };
}

const CONTRACT: [Mode, Transport][] = MODES.flatMap((mode) =>
  strategies[mode].transports.map((transport): [Mode, Transport] => [mode, transport]),
);

for (const [mode, transport] of CONTRACT) {
  test.describe(`${mode} mode by ${transport}`, () => {
    const strategy = strategies[mode];
    const start = async () => {
      const user = await newAccount();
      return { user, one: await issued(mode, user, { transport }) };
    };

    test("a request that carries nothing of this kind is not this strategy's to judge", async () => {
      expect(await strategy.authenticate(NOTHING, NOW)).toBeNull();
      expect(await strategy.namedSession(NOTHING, NOW)).toBeNull();
    });

    test("a changed credential is credential_invalid, names nobody, and its cookie is the bad one", async () => {
      const { one } = await start();
      const { text, replacedBy, cookie } = credentialOf(one);
      for (const position of [1, 20, Math.floor(text.length / 2), text.length - 8]) {
        const changed =
          text.slice(0, position) + (text[position] === "A" ? "B" : "A") + text.slice(position + 1);
        const verdict = await strategy.authenticate(replacedBy(changed), NOW);
        expect(verdict, `position ${position}`).toMatchObject({
          ok: false,
          failure: { code: "credential_invalid" },
        });
        expect(verdict?.ok === false && verdict.failure.badCookie).toBe(cookie);
        expect(await strategy.namedSession(replacedBy(changed), NOW)).toBeNull();
      }
      expect(codeOf(await strategy.authenticate(replacedBy(""), NOW))).toBe("credential_invalid");
    });

    test("a credential of another kind in its place is credential_invalid", async () => {
      const { user, one } = await start();
      const { replacedBy } = credentialOf(one);
      for (const other of MODES.filter((candidate) => candidate !== mode)) {
        const { text } = credentialOf(await issued(other, user));
        expect(codeOf(await strategy.authenticate(replacedBy(text), NOW))).toBe("credential_invalid");
      }
      for (const { name, value } of (await issued("jwt", user)).cookies) {
        if (name === "refresh")
          expect(codeOf(await strategy.authenticate(replacedBy(value!), NOW))).toBe("credential_invalid");
      }
    });

    test("an id that belongs to a device session of the other mode opens nothing", async () => {
      const user = await newAccount();
      const other = await issued("jwt", user);
      const seal = await sealSessionId(other.session.id);
      expect(codeOf(await strategies.session.authenticate(carrying({ session: seal }), NOW))).toBe(
        "session_ended",
      );
    });

    test("what was ended is session_ended, and its cookie is the bad one", async () => {
      const { one } = await start();
      await end(one.session.id);
      const verdict = await strategy.authenticate(requestOf(one), NOW);
      expect(verdict).toMatchObject({ ok: false, failure: { code: "session_ended" } });
      expect(verdict?.ok === false && verdict.failure.badCookie).toBe(credentialOf(one).cookie);
    });

    test("what was found good again and again is session_ended from the moment it was ended", async () => {
      const { one } = await start();
      const request = requestOf(one);
      for (let n = 0; n < 3; n += 1) expect(codeOf(await strategy.authenticate(request, NOW))).toBe("ok");
      await end(one.session.id);
      for (let n = 0; n < 3; n += 1)
        expect(codeOf(await strategy.authenticate(request, NOW))).toBe("session_ended");
    });

    test("ending one device session ends no other", async () => {
      const { user, one } = await start();
      const two = await issued(mode, user, { transport });
      await end(one.session.id);
      expect(codeOf(await strategy.authenticate(requestOf(two), NOW))).toBe("ok");
    });

    test("after its end by the clock a device session is session_expired", async () => {
      const { one } = await start();
      const { expiresAt } = one.session;
      // Five seconds of tolerance belong to the token, whose verifier may be another server.
      expect(codeOf(await strategy.authenticate(requestOf(one), after(5, expiresAt)))).toBe(
        "session_expired",
      );
    });

    test("an account that is gone leaves its credentials session_ended", async () => {
      const { user, one } = await start();
      await remove(user.id);
      expect(codeOf(await strategy.authenticate(requestOf(one), NOW))).toBe("session_ended");
    });

    test("nothing is issued for an account that is gone", async () => {
      const { user } = await start();
      await remove(user.id);
      const result = await strategy.issue(user, { now: NOW, transport, origin: ORIGIN, event: "logged_in" });
      expect(codeOf(result)).toBe("session_ended");
      expect(await db().deviceSession.count({ where: { userId: user.id } })).toBe(0);
    });

    test("nothing is issued, and nothing written, where what must be replaced is over", async () => {
      const { user, one } = await start();
      await end(one.session.id);
      const before = await db().deviceSession.count({ where: { userId: user.id } });
      const { id } = one.session;
      const result = await strategy.issue(user, {
        now: NOW,
        transport,
        origin: ORIGIN,
        event: "mode_switched",
        replaces: { sessions: [id], reason: "mode_switched", mustBeLive: id },
        becomesPreference: true,
      });
      expect(codeOf(result)).toBe("session_ended");
      expect(await db().deviceSession.count({ where: { userId: user.id } })).toBe(before);
      expect((await db().user.findUniqueOrThrow({ where: { id: user.id } })).preferredMode).toBe("jwt");
    });

    test("an id that a client sent is never used: every device session has a fresh one", async () => {
      const user = await newAccount();
      const planted = randomId();
      const replaces = { sessions: [planted], reason: "replaced" as const };
      const ids = new Set([planted]);
      for (let round = 0; round < 5; round += 1)
        ids.add((await issued(mode, user, { transport, replaces })).session.id);
      expect(ids.size).toBe(6);
      expect(await db().deviceSession.count({ where: { id: planted } })).toBe(0);
    });

    test("what it replaces ends with it, and the new one lives", async () => {
      const { user, one } = await start();
      const two = await issued(mode, user, {
        transport,
        replaces: { sessions: [one.session.id], reason: "replaced" },
      });
      expect(codeOf(await strategy.authenticate(requestOf(one), NOW))).toBe("session_ended");
      expect(codeOf(await strategy.authenticate(requestOf(two), NOW))).toBe("ok");
      expect((await sessionRow(one.session.id)).endReason).toBe("replaced");
    });

    test("one account's credential never speaks for another", async () => {
      const [ada, bob] = [await start(), await start()];
      for (const { user, one } of [ada, bob]) {
        const verdict = await strategy.authenticate(requestOf(one), NOW);
        expect(verdict?.ok && verdict.value.user).toEqual(user);
        expect(verdict?.ok && verdict.value.session.id).toBe(one.session.id);
      }
    });

    test("what is issued authenticates, as exactly what was said at its issue", async () => {
      const { user, one } = await start();
      expect(await strategy.authenticate(requestOf(one), NOW)).toEqual({
        ok: true,
        value: { user, session: one.session },
      });
      expect(await authenticate(requestOf(one), NOW)).toEqual({
        ok: true,
        value: { user, session: one.session },
      });
      expect(one.session).toMatchObject({ mode, transport });
    });

    test("a credential names its device session, also when it has run out or was ended, and not when it is garbage", async () => {
      const { one } = await start();
      expect(await strategy.namedSession(requestOf(one), NOW)).toBe(one.session.id);
      expect(await strategy.namedSession(requestOf(one), after(6, one.session.credentialExpiresAt))).toBe(
        one.session.id,
      );
      await end(one.session.id);
      expect(await strategy.namedSession(requestOf(one), NOW)).toBe(one.session.id);
      expect(await namedSessions(requestOf(one), NOW)).toEqual([one.session.id]);
    });

    test("restating an account shows its new name, starts nothing and ends nothing", async () => {
      const { user, one } = await start();
      const renamed = (await renameUser(user.id, "Countess"))!;
      const restated = await strategy.restate({ user, session: one.session }, renamed, after(10));
      expect(restated.user.name).toBe("Countess");
      expect(restated.session).toMatchObject({
        id: one.session.id,
        expiresAt: one.session.expiresAt,
        transport,
      });
      expect(codeOf(await strategy.authenticate(requestOf(one), after(10)))).toBe("ok");
      expect(await db().deviceSession.count({ where: { userId: user.id } })).toBe(1);
      if (transport === "bearer") return expect(restated.cookies).toEqual([]);
      const cookies = [
        ...one.cookies.filter(({ name }) => !restated.cookies.some((other) => other.name === name)),
        ...restated.cookies,
      ];
      const verdict = await strategy.authenticate(requestOf({ ...one, cookies }), after(10));
      expect(verdict?.ok && verdict.value.user.name).toBe("Countess");
      expect(restated.cookies.map(({ name }) => name)).not.toContain("refresh");
    });

    test("a row tells where a device session came from, and nothing that opens it", async () => {
      const { one } = await start();
      const row = await sessionRow(one.session.id);
      expect(row).toMatchObject({
        mode,
        transport,
        ...ORIGIN,
        endedAt: null,
        endReason: null,
        createdAt: NOW,
        lastSeenAt: NOW,
      });
      const stored = JSON.stringify([
        row,
        await db().refreshToken.findMany({ where: { sessionId: row.id } }),
      ]);
      for (const { value } of one.cookies) if (value) expect(stored).not.toContain(value);
      if (one.tokens) expect(stored).not.toContain(one.tokens.refreshToken);
    });

    test("a user agent of any length is kept in part", async () => {
      const user = await newAccount();
      const one = await issued(mode, user, { transport, origin: { ip: "::1", userAgent: "x".repeat(5000) } });
      expect((await sessionRow(one.session.id)).userAgent).toHaveLength(512);
    });

    test(`authenticating costs ${mode === "jwt" ? "no query" : "one query"}, refused or not`, async () => {
      const { one } = await start();
      const { text, replacedBy } = credentialOf(one);
      const queries = (carrier: Carrier) =>
        withQueryTrace(async (trace) => {
          await strategy.authenticate(carrier, NOW);
          return trace.queries;
        });
      const expected = { jwt: 0, session: 1 }[mode];
      expect(await queries(requestOf(one))).toBe(expected);
      expect(await queries(replacedBy(`x${text}`)), "garbage").toBe(0);
      await end(one.session.id);
      expect(await queries(requestOf(one)), "ended").toBe(expected);
    });
  });
}

test("the first credential that is recognised decides alone: a bad one never falls through to a good one", async () => {
  const user = await newAccount();
  const [session, jwt] = [await issued("session", user), await issued("jwt", user)];
  const seal = session.cookies[0]!.value!;
  const access = jwt.cookies.find(({ name }) => name === "access")!.value!;
  const idOf = async (carrier: Carrier) => {
    const verdict = await authenticate(carrier, NOW);
    return verdict.ok ? verdict.value.session.id : verdict.failure.code;
  };
  expect(await idOf(carrying({ access, session: seal }, "garbage"))).toBe("credential_invalid");
  expect(await idOf(carrying({ access, session: seal }, ""))).toBe("credential_invalid");
  expect(await idOf(carrying({ access: "garbage", session: seal }))).toBe("credential_invalid");
  expect(await idOf(carrying({ access: "", session: seal }))).toBe("credential_invalid");
  expect(await idOf(NOTHING)).toBe("unauthenticated");
  expect(await idOf(carrying({ access, session: seal }))).toBe(jwt.session.id);
  expect(await idOf(carrying({ access: "garbage", session: seal }, access))).toBe(jwt.session.id);
  expect(await idOf(carrying({ session: seal }))).toBe(session.session.id);
});

test("an access token that has merely run out is token_expired, and its cookie is not a bad one", async () => {
  const one = await issued("jwt", await newAccount());
  const verdict = await strategies.jwt.authenticate(
    requestOf(one),
    after(5, one.session.credentialExpiresAt),
  );
  expect(verdict).toEqual({ ok: false, failure: { code: "token_expired" } });
});

test("a request whose access token is gone is still named by its refresh cookie", async () => {
  const one = await issued("jwt", await newAccount());
  const refresh = one.cookies.find(({ name }) => name === "refresh")!.value!;
  expect(await strategies.jwt.namedSession(carrying({ refresh }), NOW)).toBe(one.session.id);
  expect(await strategies.jwt.namedSession(carrying({ refresh, access: "garbage" }), NOW)).toBe(
    one.session.id,
  );
  expect(
    await strategies.jwt.namedSession(carrying({ refresh }, "garbage"), NOW),
    "a bearer header decides alone",
  ).toBeNull();
});

test("session mode: a device session nobody uses ends when its idle time is over", async () => {
  const one = await issued("session", await newAccount());
  const idle = env().sessionIdleTtlSeconds;
  expect(one.session.expiresAt).toEqual(after(idle));
  expect(codeOf(await strategies.session.authenticate(requestOf(one), after(idle)))).toBe("session_expired");
  expect(codeOf(await strategies.session.authenticate(requestOf(one), after(idle - 1)))).toBe("ok");
});

test("session mode: use moves the idle end, and never beyond the absolute end", async () => {
  const one = await issued("session", await newAccount());
  const [idle, absolute] = [env().sessionIdleTtlSeconds, env().sessionTtlSeconds];
  const step = idle - 60;
  for (let at = step; at < absolute; at += step) {
    expect(codeOf(await strategies.session.authenticate(requestOf(one), after(at)))).toBe("ok");
    await expect.poll(async () => (await sessionRow(one.session.id)).lastSeenAt).toEqual(after(at));
  }
  expect(codeOf(await strategies.session.authenticate(requestOf(one), after(absolute)))).toBe(
    "session_expired",
  );
  const verdict = await strategies.session.authenticate(requestOf(one), after(absolute - 1));
  expect(verdict?.ok && verdict.value.session.expiresAt).toEqual(after(absolute));
});

test("session mode: lastSeenAt is written at most once a minute, however many requests come at once", async () => {
  const one = await issued("session", await newAccount());
  /** Writes take turns, so one that comes after is through only when those before it are. */
  const written = () => db().deviceSession.updateMany({ where: { id: "nobody" }, data: { ip: "" } });
  const lastSeen = async () => (await written(), (await sessionRow(one.session.id)).lastSeenAt);

  await withQueryTrace(async (trace) => {
    await strategies.session.authenticate(requestOf(one), after(60));
    const { queries } = trace;
    expect(await lastSeen()).toEqual(NOW);
    // The look-up before; after it the write and the read of lastSeen, and nothing that was left behind.
    expect([queries, trace.queries]).toEqual([1, 3]);
  });
  await Promise.all([61, 62, 63].map((at) => strategies.session.authenticate(requestOf(one), after(at))));
  const seen = await lastSeen();
  expect(seen.getTime()).toBeGreaterThan(NOW.getTime());
  await strategies.session.authenticate(requestOf(one), after(100));
  expect(await lastSeen()).toEqual(seen);
});

test("session mode: use does not bring back what was ended meanwhile", async () => {
  const one = await issued("session", await newAccount());
  await Promise.all([
    strategies.session.authenticate(requestOf(one), after(120)),
    end(one.session.id, after(120)),
  ]);
  expect(codeOf(await strategies.session.authenticate(requestOf(one), after(121)))).toBe("session_ended");
});
