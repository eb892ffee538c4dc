/** What a person does with an account, from signing up to deleting it, on a real database. */
import {
  endAllDeviceSessions,
  endDeviceSession,
  listDeviceSessions,
  logOut,
} from "@/lib/accounts/device-sessions";
import { changePassword } from "@/lib/accounts/change-password";
import { logInInput, signUpInput } from "@/lib/accounts/input";
import { logIn } from "@/lib/accounts/log-in";
import { deleteOwnAccount, preferredMode, rename } from "@/lib/accounts/profile";
import { refresh } from "@/lib/accounts/refresh";
import { signUp } from "@/lib/accounts/sign-up";
import { switchMode } from "@/lib/accounts/switch-mode";
import { authenticate } from "@/lib/auth/authenticate";
import { MODES, type Carrier, type Issued, type Mode, type Principal } from "@/lib/auth/contract";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { expect, LEAST_COST, test } from "../support/database";
import {
  after,
  carrying,
  codeOf,
  issued,
  newAccount,
  NOTHING,
  NOW,
  refreshTokenOf,
  requestOf,
  withSettings,
} from "./situation";

test.beforeEach(() => revocationFeed().catchUp(NOW));

const PASSWORD = "correct horse battery staple";

let addresses = 0;
/** From an address of its own, so that no limit is met by accident: limits have tests of their own. */
const visit = (carrier: Carrier = NOTHING, now = NOW) => {
  addresses += 1;
  const ip = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
  return { carrier, now, origin: { ip, userAgent: "Halfstate tests" } };
};

const newEmail = () => `${randomId().toLowerCase()}@example.com`;

const signUpWith = (fields: object, carrier?: Carrier) =>
  signUp(signUpInput.parse({ email: newEmail(), password: PASSWORD, ...fields }), visit(carrier));
const logInWith = (fields: object, carrier?: Carrier, now = NOW) =>
  logIn(logInInput.parse({ password: PASSWORD, ...fields }), visit(carrier, now));

function granted(result: Awaited<ReturnType<typeof logIn>>): Issued {
  if (!result.ok) throw new Error(`Refused: ${result.failure.code}`);
  return result.value;
}

const signedUp = async (fields: object = {}) => granted(await signUpWith(fields));
const judge = async (one: Issued, now = NOW) => codeOf(await authenticate(requestOf(one), now));
const callerOf = ({ user, session }: Issued): Principal => ({ user, session });
const usersWith = (email: string) => db().user.count({ where: { email } });

test.describe("signing up", () => {
  test("a taken email is refused in every spelling, before and after the fact", async () => {
    const email = newEmail();
    await signedUp({ email });
    for (const spelling of [
      email,
      email.toUpperCase(),
      `  ${email}\t`,
      email.replace("@", "＠"),
      email.replace("example", "ｅxample"),
    ]) {
      expect(codeOf(await signUpWith({ email: spelling })), spelling).toBe("email_taken");
    }
    expect(await usersWith(email)).toBe(1);
  });

  test("of 20 people who take one email at once exactly one gets it, and is the only one signed in", async () => {
    const email = newEmail();
    const spellings = [email, email.toUpperCase(), ` ${email}`];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => signUpWith({ email: spellings[turn % 3] })),
    );
    const codes = results.map(codeOf).sort();
    expect(codes).toEqual([...Array<string>(19).fill("email_taken"), "ok"]);
    expect(await usersWith(email)).toBe(1);
    expect(await db().deviceSession.count({ where: { user: { email } } })).toBe(1);
  });

  test("a password that is common, or holds the email or the product's name, is refused before anything is written", async () => {
    const email = newEmail();
    for (const password of ["password1", "PASSWORD1", "iloveyou123", `${email}!`, "my-HalfState-1"]) {
      const result = await signUpWith({ email, password });
      expect(result, password).toMatchObject({
        ok: false,
        failure: { code: "validation_failed", errors: { password: [expect.any(String)] } },
      });
    }
    expect(await usersWith(email)).toBe(0);
  });

  test("nobody becomes an administrator by signing up", async () => {
    const one = await signedUp({ role: "admin" });
    expect(one.user.role).toBe("member");
  });

  for (const mode of MODES) {
    test(`who signs up in ${mode} mode is signed in, and prefers it`, async () => {
      const one = await signedUp({ mode, name: "Ada" });
      expect(one.user.name).toBe("Ada");
      expect(one.session.mode).toBe(mode);
      expect(await judge(one)).toBe("ok");
      expect(await preferredMode(one.user.id)).toBe(mode);
    });
  }

  test("without a name the part before the @ stands in, and without a mode the default does", async () => {
    const one = await signedUp({ email: `ada.${newEmail()}` });
    expect(one.user.name).toBe(one.user.email.split("@")[0]);
    for (const defaultMode of MODES) {
      await withSettings({ defaultMode }, async () => {
        expect((await signedUp()).session.mode).toBe(defaultMode);
      });
    }
  });

  test("a bearer client gets tokens and no cookie, in jwt mode, whatever the default is", async () => {
    await withSettings({ defaultMode: "session" }, async () => {
      const one = await signedUp({ transport: "bearer" });
      expect(one.cookies).toEqual([]);
      expect(one.tokens).toBeDefined();
      expect(one.session).toMatchObject({ mode: "jwt", transport: "bearer" });
      expect(await judge(one)).toBe("ok");
    });
  });
});

test.describe("logging in", () => {
  test("a wrong password and an unknown email get one and the same answer", async () => {
    const { user } = await signedUp();
    const wrong = await logInWith({ email: user.email, password: "wrong horse battery staple" });
    const unknown = await logInWith({ email: newEmail() });
    expect(wrong).toEqual({ ok: false, failure: { code: "invalid_credentials" } });
    expect(unknown).toEqual(wrong);
  });

  test("a failed log-in starts nothing, ends nothing and clears nothing", async () => {
    for (const mode of MODES) {
      const one = await signedUp({ mode });
      const before = await db().deviceSession.count({ where: { userId: one.user.id } });
      const result = await logInWith({ email: one.user.email, password: "wrong horse" }, requestOf(one));
      expect(result).toEqual({ ok: false, failure: { code: "invalid_credentials" } });
      expect(await judge(one)).toBe("ok");
      expect(await db().deviceSession.count({ where: { userId: one.user.id } })).toBe(before);
    }
  });

  test("the password of one account opens no other", async () => {
    const [ada, bob] = [await signedUp(), await signedUp({ password: "another fine long phrase" })];
    expect(codeOf(await logInWith({ email: bob.user.email }))).toBe("invalid_credentials");
    expect(codeOf(await logInWith({ email: ada.user.email, password: "another fine long phrase" }))).toBe(
      "invalid_credentials",
    );
  });

  for (const mode of MODES) {
    test(`a log-in in ${mode} mode is good, for this device only: the preference stays`, async () => {
      const other = MODES.find((candidate) => candidate !== mode)!;
      const { user } = await signedUp({ mode: other });
      const one = granted(await logInWith({ email: user.email.toUpperCase(), mode }));
      expect(one.session.mode).toBe(mode);
      expect(await judge(one)).toBe("ok");
      expect(await preferredMode(user.id)).toBe(other);
      expect(granted(await logInWith({ email: user.email })).session.mode).toBe(other);
    });

    test(`a log-in ends the ${mode} device session whose cookie came with it, and leaves every other one`, async () => {
      const first = await signedUp({ mode });
      const elsewhere = await issued(mode, first.user);
      for (const next of MODES) {
        const replaced = granted(await logInWith({ email: first.user.email, mode }));
        const one = granted(await logInWith({ email: first.user.email, mode: next }, requestOf(replaced)));
        expect(await judge(replaced)).toBe("session_ended");
        expect(await judge(one)).toBe("ok");
        expect(one.session.id).not.toBe(replaced.session.id);
      }
      expect(await judge(first)).toBe("ok");
      expect(await judge(elsewhere)).toBe("ok");
    });
  }

  test("a log-in ends also another account's device session in the same browser", async () => {
    const [ada, bob] = [await signedUp(), await signedUp()];
    granted(await logInWith({ email: bob.user.email }, requestOf(ada)));
    expect(await judge(ada)).toBe("session_ended");
  });

  test("a log-in looks at no bearer header: it speaks for a client, not for this browser", async () => {
    const client = await signedUp({ transport: "bearer" });
    granted(await logInWith({ email: client.user.email }, requestOf(client)));
    expect(await judge(client)).toBe("ok");
  });

  test("a planted identifier is not taken over: a genuine seal around a chosen id changes nothing", async () => {
    const { user } = await signedUp();
    const chosen = randomId();
    const one = granted(
      await logInWith(
        { email: user.email, mode: "session" },
        carrying({ session: await sealSessionId(chosen) }),
      ),
    );
    expect(one.session.id).not.toBe(chosen);
    expect(codeOf(await authenticate(carrying({ session: await sealSessionId(chosen) }), NOW))).toBe(
      "session_ended",
    );
  });

  test("a browser that changes mode is told to drop the other mode's cookies", async () => {
    const { user } = await signedUp();
    const cleared = (one: Issued) =>
      one.cookies.filter(({ value }) => value === null).map(({ name }) => name);
    expect(cleared(granted(await logInWith({ email: user.email, mode: "session" })))).toEqual([
      "access",
      "refresh",
      "renewed",
    ]);
    expect(cleared(granted(await logInWith({ email: user.email, mode: "jwt" })))).toEqual([
      "session",
      "renewed",
    ]);
  });

  test("a hash of yesterday's cost is replaced after a log-in, and opens as before", async () => {
    const { user } = await signedUp();
    const hash = async () => (await db().user.findUniqueOrThrow({ where: { id: user.id } })).passwordHash;
    const old = await hash();
    expect(old).toContain("$2b$04$");
    await withSettings({ bcryptCost: LEAST_COST + 1 }, async () => {
      granted(await logInWith({ email: user.email }));
      await expect.poll(hash).toContain("$2b$05$");
      granted(await logInWith({ email: user.email }));
    });
  });

  test("a hash of today's cost stays as it is, also after a wrong password", async () => {
    const { user } = await signedUp();
    const hash = async () => (await db().user.findUniqueOrThrow({ where: { id: user.id } })).passwordHash;
    const before = await hash();
    granted(await logInWith({ email: user.email }));
    await withSettings({ bcryptCost: LEAST_COST + 1 }, () =>
      logInWith({ email: user.email, password: "wrong horse" }),
    );
    expect(await hash()).toBe(before);
  });
});

test.describe("switching mode", () => {
  test("a bearer client cannot switch to session mode, and keeps what it has", async () => {
    const one = await signedUp({ transport: "bearer" });
    const result = await switchMode(callerOf(one), "session", visit(requestOf(one)));
    expect(result).toMatchObject({
      ok: false,
      failure: { code: "validation_failed", errors: { mode: [expect.any(String)] } },
    });
    expect(await judge(one)).toBe("ok");
    expect(await preferredMode(one.user.id)).toBe("jwt");
  });

  test("a device session that was ended meanwhile cannot be switched into a new one", async () => {
    for (const mode of MODES) {
      const one = await signedUp({ mode });
      await logOut(visit(requestOf(one)));
      const other = MODES.find((candidate) => candidate !== mode)!;
      expect(codeOf(await switchMode(callerOf(one), other, visit(requestOf(one))))).toBe("session_ended");
      expect(await db().deviceSession.count({ where: { userId: one.user.id, endedAt: null } })).toBe(0);
      expect(await preferredMode(one.user.id)).toBe(mode);
    }
  });

  test("of ten switches of one device at once one succeeds, and one device session lives", async () => {
    const one = await signedUp({ mode: "session" });
    const results = await Promise.all(
      Array.from({ length: 10 }, () => switchMode(callerOf(one), "jwt", visit())),
    );
    expect(results.map(codeOf).sort()).toEqual(["ok", ...Array<string>(9).fill("session_ended")]);
    expect(await db().deviceSession.count({ where: { userId: one.user.id, endedAt: null } })).toBe(1);
  });

  for (const [from, to] of [
    ["session", "jwt"],
    ["jwt", "session"],
    ["jwt", "jwt"],
    ["session", "session"],
  ] as [Mode, Mode][]) {
    test(`from ${from} to ${to}: the old credential is dead, the new one lives under a new id, and is preferred`, async () => {
      const one = await signedUp({ mode: from });
      const switched = granted(await switchMode(callerOf(one), to, visit(requestOf(one))));
      expect(await judge(one)).toBe("session_ended");
      if (from === "jwt") {
        const renewed = await refresh({ token: refreshTokenOf(one), transport: "cookie" }, visit());
        expect(codeOf(renewed)).toBe("session_ended");
      }
      expect(await judge(switched)).toBe("ok");
      expect(switched.session.mode).toBe(to);
      expect(switched.session.id).not.toBe(one.session.id);
      expect(await preferredMode(one.user.id)).toBe(to);
      expect(await db().deviceSession.count({ where: { userId: one.user.id, endedAt: null } })).toBe(1);
    });
  }
});

test.describe("device sessions", () => {
  test("another person's device session is not_found, like one that never was, and lives on", async () => {
    const [ada, bob] = [await signedUp(), await signedUp()];
    expect(codeOf(await endDeviceSession(callerOf(ada), bob.session.id, visit()))).toBe("not_found");
    expect(codeOf(await endDeviceSession(callerOf(ada), randomId(), visit()))).toBe("not_found");
    expect(await judge(bob)).toBe("ok");
  });

  test("an ended or expired device session is not_found, and not listed", async () => {
    const one = await signedUp();
    const [ended, old] = [await issued("jwt", one.user), await issued("session", one.user)];
    await endDeviceSession(callerOf(one), ended.session.id, visit());
    expect(codeOf(await endDeviceSession(callerOf(one), ended.session.id, visit()))).toBe("not_found");
    const later = old.session.expiresAt;
    expect(codeOf(await endDeviceSession(callerOf(one), old.session.id, visit(NOTHING, later)))).toBe(
      "not_found",
    );
    expect((await listDeviceSessions(callerOf(one), later)).map(({ id }) => id)).toEqual([one.session.id]);
  });

  test("the list holds a person's own devices in both modes, the last seen first, and marks this one", async () => {
    const one = await signedUp();
    const other = await issued("session", one.user, { now: after(60) });
    await signedUp();
    const listed = await listDeviceSessions(callerOf(one), after(60));
    expect(listed.map(({ id, mode, current }) => ({ id, mode, current }))).toEqual([
      { id: other.session.id, mode: "session", current: false },
      { id: one.session.id, mode: "jwt", current: true },
    ]);
    expect(listed[0]!.expiresAt).toEqual(other.session.expiresAt);
    expect(Object.keys(listed[0]!).sort()).toEqual(
      ["createdAt", "current", "expiresAt", "id", "ip", "lastSeenAt", "mode", "userAgent"].sort(),
    );
  });

  for (const mode of MODES) {
    test(`a person ends one of their own devices in ${mode} mode from another`, async () => {
      const one = await signedUp();
      const lost = await issued(mode, one.user);
      expect(codeOf(await endDeviceSession(callerOf(one), lost.session.id, visit()))).toBe("ok");
      expect(await judge(lost)).toBe("session_ended");
      expect(await judge(one)).toBe("ok");
    });

    test(`ending all of them in ${mode} mode keeps this one where asked, else ends it too, and nobody else's`, async () => {
      const [one, stranger] = [await signedUp({ mode }), await signedUp()];
      const others = [await issued("jwt", one.user), await issued("session", one.user)];
      expect(await endAllDeviceSessions(callerOf(one), true, visit())).toBe(2);
      for (const other of others) expect(await judge(other)).toBe("session_ended");
      expect(await judge(one)).toBe("ok");
      expect(await endAllDeviceSessions(callerOf(one), false, visit())).toBe(1);
      expect(await judge(one)).toBe("session_ended");
      expect(await judge(stranger)).toBe("ok");
    });

    test(`a logout ends the ${mode} device session on the server, and once is enough`, async () => {
      const one = await signedUp({ mode });
      await logOut(visit(requestOf(one)));
      expect(await judge(one)).toBe("session_ended");
      await logOut(visit(requestOf(one)));
      expect(await db().revocation.count({ where: { sid: one.session.id } })).toBe(1);
    });
  }

  test("a logout with an access token that has run out ends its device session all the same", async () => {
    for (const transport of ["cookie", "bearer"]) {
      const one = await signedUp({ transport });
      const later = after(3600);
      await logOut(visit(requestOf(one), later));
      expect(
        codeOf(await refresh({ token: refreshTokenOf(one), transport: "cookie" }, visit(NOTHING, later))),
      ).toBe("session_ended");
    }
  });

  test("a logout of a browser that carries both kinds ends both, and one of nobody ends nothing", async () => {
    const user = await newAccount();
    const [jwt, session] = [await issued("jwt", user), await issued("session", user)];
    await logOut(visit());
    expect(await judge(jwt)).toBe("ok");
    const both = Object.fromEntries(
      [...jwt.cookies, ...session.cookies].map(({ name, value }) => [name, value!]),
    );
    await logOut(visit(carrying(both)));
    for (const one of [jwt, session]) expect(await judge(one)).toBe("session_ended");
  });
});

test.describe("the account itself", () => {
  for (const mode of MODES) {
    test(`a new name shows at once on this device in ${mode} mode, and on others when they are asked again`, async () => {
      const one = await signedUp({ mode });
      const renamed = granted(await rename(callerOf(one), "Countess", visit()));
      expect(renamed.user.name).toBe("Countess");
      const cookies = [
        ...one.cookies.filter(({ name }) => !renamed.cookies.some((it) => it.name === name)),
        ...renamed.cookies,
      ];
      expect(await authenticate(requestOf({ ...one, cookies }), NOW)).toMatchObject({
        ok: true,
        value: { user: { name: "Countess" } },
      });
      expect(await judge(one)).toBe("ok");
    });

    test(`a new password ends every device session but this one, which goes on in ${mode} mode under a new id`, async () => {
      const one = await signedUp({ mode });
      const others = [await issued("jwt", one.user), await issued("session", one.user)];
      const words = { currentPassword: PASSWORD, newPassword: "a wholly different phrase" };
      const next = granted(await changePassword(callerOf(one), words, visit()));
      for (const old of [one, ...others]) expect(await judge(old)).toBe("session_ended");
      expect(await judge(next)).toBe("ok");
      expect(next.session.mode).toBe(mode);
      expect(codeOf(await logInWith({ email: one.user.email }))).toBe("invalid_credentials");
      expect(codeOf(await logInWith({ email: one.user.email, password: words.newPassword }))).toBe("ok");
    });
  }

  test("a wrong current password changes nothing, and of two changes at once one succeeds", async () => {
    const one = await signedUp();
    const change = (currentPassword: string, newPassword: string) =>
      changePassword(callerOf(one), { currentPassword, newPassword }, visit());
    expect(codeOf(await change("wrong horse", "a wholly different phrase"))).toBe("invalid_credentials");
    expect(await judge(one)).toBe("ok");
    const codes = (
      await Promise.all([change(PASSWORD, "phrase number one"), change(PASSWORD, "phrase number two")])
    ).map(codeOf);
    expect(codes.filter((code) => code === "ok")).toHaveLength(1);
    expect(await db().deviceSession.count({ where: { userId: one.user.id, endedAt: null } })).toBe(1);
  });

  test("an account is deleted by its password only", async () => {
    const one = await signedUp();
    expect(codeOf(await deleteOwnAccount(callerOf(one), "wrong horse", visit()))).toBe("invalid_credentials");
    expect(await usersWith(one.user.email)).toBe(1);
    expect(await judge(one)).toBe("ok");
  });

  test("a deleted account leaves nothing behind but that its credentials are session_ended", async () => {
    const one = await signedUp();
    const others = [
      await issued("session", one.user),
      await issued("jwt", one.user, { transport: "bearer" }),
    ];
    expect(codeOf(await deleteOwnAccount(callerOf(one), PASSWORD, visit()))).toBe("ok");
    for (const old of [one, ...others]) expect(await judge(old)).toBe("session_ended");
    for (const old of [one, others[1]!]) {
      expect(codeOf(await refresh({ token: refreshTokenOf(old), transport: "cookie" }, visit()))).toBe(
        "session_ended",
      );
    }
    const { id: userId, email } = one.user;
    const ids = [one, ...others].map(({ session }) => session.id);
    expect(await db().user.count({ where: { id: userId } })).toBe(0);
    expect(await db().deviceSession.count({ where: { userId } })).toBe(0);
    expect(await db().refreshToken.count({ where: { sessionId: { in: ids } } })).toBe(0);
    expect(await db().auditEvent.count({ where: { subjectId: userId } })).toBe(0);
    expect(codeOf(await logInWith({ email }))).toBe("invalid_credentials");
    expect(codeOf(await switchMode(callerOf(one), "session", visit()))).toBe("session_ended");
    expect(codeOf(await rename(callerOf(one), "Ghost", visit()))).toBe("session_ended");
    expect(codeOf(await signUpWith({ email }))).toBe("ok");
    expect(await judge(one)).toBe("session_ended");
  });
});
