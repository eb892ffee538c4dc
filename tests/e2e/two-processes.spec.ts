/** Two processes, one database: what ends or changes on one is felt on the other within a second, in both modes. */
import type { App } from "../support/app";
import {
  ALL_KINDS,
  expectQueries,
  grantAdmin,
  JWT_KINDS,
  KINDS,
  logIn,
  PASSWORD,
  refusedWithinASecond,
  signedIn,
  signUp,
  type Device,
  type Kind,
} from "../support/device";
import { send, type Answer } from "../support/http";
import { rounds } from "../support/rounds";
import { expect, ON_BOTH, startBeside, test as base } from "../support/two-processes";

const test = base.extend<object, { admin: Device }>({
  admin: [
    async ({ app }, use) => {
      const { person } = await signedIn(app, "JWT bearer");
      await grantAdmin(app, person.email);
      await use(await logIn(app, "JWT bearer", person));
    },
    { scope: "worker" },
  ],
});

test.use({ serverEnv: { LIMIT_ADDRESS_FAILURES: "100000" } });

/** Asked before anything happens to it, and the JWT path must not read the database for it. */
async function acceptedAt(app: App, device: Device): Promise<void> {
  const me = await device.copy().me(app);
  expect(me.outcome, device.kind).toBe("200");
  expectQueries(me, device);
}

/** What ends device sessions on one process; `actor` is another device of the same person. */
const ENDINGS: Record<string, (on: App, victim: Device, actor: Device, admin: Device) => Promise<Answer>> = {
  "logged out": (on, victim) => victim.copy().send(on, "POST", "/api/auth/logout"),
  "ended by its owner": (on, victim, actor) =>
    actor.send(on, "DELETE", `/api/auth/sessions/${victim.sessionId}`),
  "ended with all others": (on, _victim, actor) =>
    actor.send(on, "POST", "/api/auth/logout-all", { keepCurrent: true }),
  "ended by a password change": (on, _victim, actor) =>
    actor.send(on, "POST", "/api/auth/password", {
      currentPassword: PASSWORD,
      newPassword: "another horse battery",
    }),
  "ended by its owner's deletion": (on, _victim, actor) =>
    actor.send(on, "DELETE", "/api/me", { password: PASSWORD }),
  "ended by an administrator": (on, victim, _actor, admin) =>
    admin.send(on, "DELETE", `/api/admin/users/${victim.userId}/sessions`),
  "ended by an administrator's deletion": (on, victim, _actor, admin) =>
    admin.send(on, "DELETE", `/api/admin/users/${victim.userId}`),
  "ended by a switch of mode": (on, victim) =>
    victim.copy().send(on, "POST", "/api/auth/mode", { mode: KINDS[victim.kind].mode }),
};

for (const [name, end] of Object.entries(ENDINGS)) {
  test(
    `a device that was ${name} on one process is refused by the other within a second, whatever its kind`,
    ON_BOTH,
    async ({ app, other, admin }) => {
      const isRefusedByTheOther = async (kind: Kind) => {
        const actor = await signedIn(app, "JWT bearer");
        const victim = await signedIn(other, kind, actor.person);
        await acceptedAt(other, victim);
        const ended = await end(app, victim, actor, admin);
        const since = performance.now();
        expect([200, 204], ended.outcome).toContain(ended.status);
        await refusedWithinASecond(other, victim, since);
        if (kind !== "session cookie")
          expect((await victim.copy().refresh(other)).outcome).toBe("401 session_ended");
        expect((await victim.copy().me(app)).outcome).toBe("401 session_ended");
      };
      // Each kind is another account's, so that an ending of all finds the others alive.
      await Promise.all(ALL_KINDS.map(isRefusedByTheOther));
    },
  );
}

test(
  "a new role reaches live devices on the other process: a JWT as token_expired, healed by a refresh; a session at once",
  ON_BOTH,
  async ({ app, other, admin }) => {
    for (const role of ["admin", "member"]) {
      const first = await signedIn(other, "session cookie");
      const devices = [
        first,
        ...(await Promise.all(JWT_KINDS.map((kind) => signedIn(other, kind, first.person)))),
      ];
      if (role === "member") {
        const granted = await admin.send(app, "PATCH", `/api/admin/users/${first.userId}`, { role: "admin" });
        expect(granted.outcome).toBe("200");
        for (const device of devices.slice(1)) {
          await refusedWithinASecond(other, device, performance.now(), "401 token_expired");
          await device.refresh(other);
        }
      }
      for (const device of devices) await acceptedAt(other, device);

      const changed = await admin.send(app, "PATCH", `/api/admin/users/${first.userId}`, { role });
      const since = performance.now();
      expect(changed.outcome).toBe("200");
      expect((await first.me(other)).json.user.role).toBe(role);
      for (const device of devices.slice(1)) {
        await refusedWithinASecond(other, device, since, "401 token_expired");
        expect((await device.refresh(other)).json.user.role).toBe(role);
        for (const process of [app, other]) {
          const me = await device.me(process);
          expect([me.outcome, me.json.user.role, me.queries]).toEqual(["200", role, 0]);
        }
      }
    }
  },
);

test(
  "roles changed on both processes at once settle: after a refresh every JWT is accepted by both",
  ON_BOTH,
  async ({ app, other, admin }) => {
    const device = await signedIn(app, "JWT bearer");
    for (let round = 0; round < rounds(10); round += 1) {
      await Promise.all(
        [app, other, app, other].map((process, turn) =>
          admin.send(process, "PATCH", `/api/admin/users/${device.userId}`, {
            role: (round + turn) % 2 ? "admin" : "member",
          }),
        ),
      );
      for (const process of [app, other]) {
        await expect
          .poll(
            async () => {
              await device.refresh(process);
              return (await device.me(process)).outcome;
            },
            { message: `round ${round}`, intervals: [50] },
          )
          .toBe("200");
      }
    }
  },
);

test(
  "wrong passwords count across both processes, one after the other and all at once",
  ON_BOTH,
  async ({ app, other }) => {
    const guess = (process: App, email: string) =>
      send(process, "POST", "/api/auth/login", { json: { email, password: "wrong horse battery" } });
    const { email } = await signedIn(app, "JWT bearer");
    const inTurn: string[] = [];
    for (const process of [app, other, app, other, app, other, app])
      inTurn.push((await guess(process, email)).outcome);
    expect(inTurn).toEqual([
      ...Array<string>(5).fill("401 invalid_credentials"),
      ...Array<string>(2).fill("429 rate_limited"),
    ]);

    const second = await signedIn(app, "JWT bearer");
    const atOnce = await Promise.all(
      Array.from({ length: 24 }, (_, n) => guess(n % 2 ? app : other, second.email)),
    );
    expect(atOnce.filter(({ outcome }) => outcome === "401 invalid_credentials")).toHaveLength(5);
    expect(atOnce.filter(({ outcome }) => outcome === "429 rate_limited")).toHaveLength(19);
  },
);

test("sixty refreshes a minute count across both processes", ON_BOTH, async ({ app, other }) => {
  const device = await signedIn(app, "JWT bearer");
  for (let n = 0; n < 60; n += 1) expect((await device.refresh(n % 2 ? app : other)).outcome).toBe("200");
  for (const process of [app, other]) {
    const refused = await device.refresh(process);
    expect(refused.outcome).toBe("429 rate_limited");
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
  }
});

test("one refresh token on both processes at once gives one successor", ON_BOTH, async ({ app, other }) => {
  for (const kind of JWT_KINDS) {
    const device = await signedIn(app, kind);
    const hands = [device.copy(), device.copy()];
    const answers = await Promise.all(hands.map((hand, n) => hand.refresh(n ? other : app)));
    expect(answers.map(({ outcome }) => outcome)).toEqual(["200", "200"]);
    expect(hands[0]!.nextRefreshToken).toBe(hands[1]!.nextRefreshToken);
    expect(hands[0]!.nextRefreshToken).not.toBe(device.nextRefreshToken);
    for (const hand of hands)
      for (const process of [app, other]) expect((await hand.me(process)).outcome).toBe("200");
  }
});

test("a mode switched on one process works on the other at once", ON_BOTH, async ({ app, other }) => {
  const device = await signedIn(app, "session cookie");
  for (const mode of ["jwt", "session", "jwt", "session"]) {
    expect((await device.send(app, "POST", "/api/auth/mode", { mode })).outcome).toBe("200");
    const me = await device.me(other);
    expect([me.outcome, me.json.session?.mode, me.queries]).toEqual(["200", mode, mode === "jwt" ? 0 : 1]);
  }
});

for (const kind of ALL_KINDS) {
  test(
    `signed in on one process, everything works on the other: ${kind}`,
    ON_BOTH,
    async ({ app, other }) => {
      const { person } = await signUp(app, kind);
      const { email } = person;
      const device = await logIn(app, kind, person);
      expect((await device.me(other)).json.user.email).toBe(email);
      const { sessions } = (await device.send(other, "GET", "/api/auth/sessions")).json;
      expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
      expect((await device.send(other, "PATCH", "/api/me", { name: "Ada" })).json.user.name).toBe("Ada");
      if (kind !== "session cookie") expect((await device.refresh(other)).outcome).toBe("200");
      const changed = await device.send(other, "POST", "/api/auth/password", {
        currentPassword: PASSWORD,
        newPassword: "another horse battery",
      });
      expect(changed.outcome).toBe("200");
      expect((await device.me(app)).outcome).toBe("200");
      expect((await device.send(other, "GET", "/api/me/events")).status).toBe(200);
      const gone = await device.send(other, "DELETE", "/api/me", { password: "another horse battery" });
      expect(gone.status).toBe(204);
      const late = await send(app, "POST", "/api/auth/login", {
        json: { email, password: "another horse battery" },
      });
      expect(late.outcome).toBe("401 invalid_credentials");
    },
  );
}

test(
  "a process with other secrets says so when it starts, and in its readiness, and names no value",
  ON_BOTH,
  async ({ app }) => {
    const secret = "a secret that only this process has, and long enough";
    const odd = await startBeside(app, { SESSION_SECRET: secret });
    await expect.poll(odd.output).toContain("another instance on this database has another SESSION_SECRET.");
    expect(odd.output()).toContain("session cookies that one of them sets are refused by the other");
    expect(odd.output()).not.toContain(secret);
    const ready = await send(odd, "GET", "/api/health/ready");
    expect([ready.outcome, ready.json.configuration]).toEqual(["200", { differs: ["SESSION_SECRET"] }]);
    expect(await odd.stop()).toBe(0);

    // It has left, and left nothing behind: the next one agrees with all who are there.
    const same = await startBeside(app);
    const agreed = await send(same, "GET", "/api/health/ready");
    expect(agreed.json.configuration).toEqual({ differs: [] });
    expect(same.output()).not.toContain("another instance");
    await same.stop();
  },
);
