/** Rotating secrets with people signed in: processes that disagree which one makes, hashes of several peppers, and what an operator is told of them. */
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import path from "node:path";
import bcrypt from "bcryptjs";
import { changePassword } from "@/lib/accounts/change-password";
import { logInInput } from "@/lib/accounts/input";
import { logIn } from "@/lib/accounts/log-in";
import { refresh } from "@/lib/accounts/refresh";
import { authenticate } from "@/lib/auth/authenticate";
import { revocationFeed } from "@/lib/auth/device-sessions/revocation-feed";
import { hashPassword, verifyPassword } from "@/lib/auth/password/password";
import { env, type Secrets } from "@/lib/core/env";
import { randomId } from "@/lib/core/identifiers";
import { db } from "@/lib/db/client";
import { createUser, upgradePasswordHash } from "@/lib/db/users";
import { expect, LEAST_COST, test } from "../support/database";
import { rounds } from "../support/rounds";
import {
  after,
  codeOf,
  issued,
  newAccount,
  NOTHING,
  NOW,
  ORIGIN,
  refreshTokenOf,
  requestOf,
  withSettings,
} from "./situation";

test.beforeEach(() => revocationFeed().catchUp(NOW));

const [OLD, NEW] = ["the-secret-before-of-32-characters", "the-secret-after-also-32-characters"];
const BEFORE: Secrets = [OLD, NEW];
const AFTER: Secrets = [NEW, OLD];
const visit = (now = NOW) => ({ now, origin: ORIGIN, carrier: NOTHING });
const renew = (token: string, now = NOW) => refresh({ token, transport: "cookie" }, visit(now));

const RACES = rounds(300);

test.describe("refresh tokens", () => {
  test("processes that make with different secrets hand out one and the same successor", async () => {
    const one = await withSettings({ refreshTokenSecrets: BEFORE }, async () =>
      issued("jwt", await newAccount()),
    );
    let token = refreshTokenOf(one);
    const makers = new Set<string>();
    // Every look at the setting finds the other order: each renewal is another process's.
    let looks = 0;
    const settings = { ...env() };
    Object.defineProperty(env(), "refreshTokenSecrets", {
      configurable: true,
      enumerable: true,
      get: () => ((looks += 1) % 2 ? BEFORE : AFTER),
    });
    // Counted by the real clock, and not what is tried here.
    env().limits = { ...settings.limits, refreshes: 1_000_000 };
    try {
      // Both must win races, or the rounds prove nothing: it goes on until they have.
      for (let round = 0; round < RACES || (makers.size < 2 && round < 300); round += 1) {
        looks = round;
        const results = await Promise.all(Array.from({ length: 4 }, () => renew(token, after(round))));
        expect(results.map(codeOf), `round ${round}`).toEqual(["ok", "ok", "ok", "ok"]);
        const successors = new Set(results.map((result) => (result.ok ? refreshTokenOf(result.value) : "")));
        expect(successors.size, `round ${round}`).toBe(1);
        token = [...successors][0]!;
        const [prefix, family, generation, mac] = token.split(".");
        const signed = [prefix, family, generation].join(".");
        const isOld = createHmac("sha256", OLD).update(signed).digest("base64url") === mac;
        makers.add(isOld ? OLD : NEW);
      }
    } finally {
      env().limits = settings.limits;
      Object.defineProperty(env(), "refreshTokenSecrets", {
        configurable: true,
        enumerable: true,
        writable: true,
        value: settings.refreshTokenSecrets,
      });
    }
    expect(makers.size).toBe(2);
    expect(codeOf(await authenticate(requestOf(one), NOW))).toBe("ok");
  });

  test("a retired secret opens nothing, and a token of it with the right number is not the family's", async () => {
    const one = await withSettings({ refreshTokenSecrets: BEFORE }, async () =>
      issued("jwt", await newAccount()),
    );
    const token = refreshTokenOf(one);
    const alone = { refreshTokenSecrets: [NEW] as const };
    expect(codeOf(await withSettings(alone, () => renew(token)))).toBe("refresh_invalid");
    // Whoever knows an accepted secret that did not make the current token cannot make it up.
    const [prefix, family, generation] = token.split(".");
    const signed = [prefix, family, generation].join(".");
    const madeUp = `${signed}.${createHmac("sha256", NEW).update(signed).digest("base64url")}`;
    expect(codeOf(await withSettings({ refreshTokenSecrets: AFTER }, () => renew(madeUp)))).toBe(
      "refresh_invalid",
    );
    expect(codeOf(await withSettings({ refreshTokenSecrets: AFTER }, () => renew(token)))).toBe("ok");
  });

  test("a process that cannot compute the successor another one handed out refuses, and clears nothing", async () => {
    const settings = (secrets: Secrets) => ({ refreshTokenSecrets: secrets });
    const one = await withSettings(settings([OLD]), async () => issued("jwt", await newAccount()));
    const token = refreshTokenOf(one);
    const two = await withSettings(settings(AFTER), () => renew(token));
    if (!two.ok) throw new Error(two.failure.code);
    expect(await withSettings(settings([OLD]), () => renew(token, after(1)))).toEqual({
      ok: false,
      failure: { code: "refresh_invalid", mayHaveLostRace: true },
    });
    expect(codeOf(await withSettings(settings(AFTER), () => renew(token, after(1))))).toBe("ok");
    expect(
      codeOf(await withSettings(settings(AFTER), () => renew(refreshTokenOf(two.value), after(2)))),
    ).toBe("ok");
  });
});

const PASSWORD = "correct horse battery";
const peppers = (secrets: Secrets, oldest = secrets.at(-1)!) => ({
  passwordPeppers: secrets,
  oldestPepper: oldest,
});
/** As version 0.1 of this database has it: nothing says which pepper. */
const oldFormat = (password: string, pepper: string) =>
  `hmac-sha384-bcrypt${bcrypt.hashSync(createHmac("sha384", pepper).update(password).digest("base64"), LEAST_COST)}`;

async function account(passwordHash: string) {
  const id = randomId();
  const email = `${id.toLowerCase()}@example.com`;
  const user = { id, email, name: "Ada", role: "member" as const };
  await createUser({ ...user, passwordHash, preferredMode: "jwt", createdAt: NOW });
  return user;
}
const hashOf = async (id: string) =>
  (await db().user.findUniqueOrThrow({ where: { id }, select: { passwordHash: true } })).passwordHash;
const logInAs = ({ email }: { email: string }, password = PASSWORD) =>
  logIn(logInInput.parse({ email, password }), visit());

test.describe("password hashes", () => {
  test("a row from before hashes named their pepper is refused a wrong password, opens, and is then of the pepper in use", async () => {
    for (const settings of [peppers([OLD]), peppers(BEFORE, OLD), peppers(AFTER)]) {
      await withSettings(settings, async () => {
        const user = await account(oldFormat(PASSWORD, OLD));
        const before = await hashOf(user.id);
        expect(codeOf(await logInAs(user, "wrong horse battery"))).toBe("invalid_credentials");
        expect(await hashOf(user.id)).toBe(before);
        expect(codeOf(await logInAs(user))).toBe("ok");
        await expect.poll(() => hashOf(user.id)).not.toBe(before);
        const upgraded = await hashOf(user.id);
        expect(await verifyPassword(PASSWORD, upgraded)).toEqual({ matches: true, outdated: false });
        expect(codeOf(await logInAs(user))).toBe("ok");
        expect(await hashOf(user.id)).toBe(upgraded);
      });
    }
  });

  test("after a log-in the pepper before is not needed any more, and without it others stay out", async () => {
    const [user, other] = await withSettings(peppers([OLD]), async () => [
      await account(await hashPassword(PASSWORD)),
      await account(await hashPassword(PASSWORD)),
    ]);
    await withSettings(peppers(AFTER), async () => {
      const before = await hashOf(user!.id);
      expect(codeOf(await logInAs(user!))).toBe("ok");
      await expect.poll(() => hashOf(user!.id)).not.toBe(before);
    });
    await withSettings(peppers([NEW]), async () => {
      expect(codeOf(await logInAs(other!))).toBe("invalid_credentials");
      expect(codeOf(await logInAs(user!))).toBe("ok");
    });
  });

  test("the replacement of a hash never overwrites a password that was changed meanwhile", async () => {
    await withSettings(peppers(AFTER), async () => {
      const user = await account(oldFormat(PASSWORD, OLD));
      const [before, changed] = [await hashOf(user.id), await hashPassword("another horse battery")];
      await db().user.update({ where: { id: user.id }, data: { passwordHash: changed } });
      await upgradePasswordHash(user.id, before, await hashPassword(PASSWORD));
      expect(await hashOf(user.id)).toBe(changed);
    });
  });

  test("a password change right after the log-in that replaces the hash succeeds, and is what counts", async () => {
    await withSettings(peppers(AFTER), async () => {
      for (let round = 0; round < 4; round += 1) {
        const user = await account(oldFormat(PASSWORD, OLD));
        const signedIn = await logInAs(user);
        if (!signedIn.ok) throw new Error(signedIn.failure.code);
        const caller = { user: signedIn.value.user, session: signedIn.value.session };
        const newPassword = "another horse battery";
        const change = changePassword(caller, { currentPassword: PASSWORD, newPassword }, visit());
        expect(codeOf(await change), `round ${round}`).toBe("ok");
        expect(codeOf(await logInAs(user, newPassword)), `round ${round}`).toBe("ok");
        expect(codeOf(await logInAs(user)), `round ${round}`).toBe("invalid_credentials");
      }
    });
  });
});

test.describe("what an operator is told", () => {
  const script = path.resolve(import.meta.dirname, "../../scripts/rotate-secrets.mjs");
  const run = (args: string[], variables: Record<string, string>) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      const environment = { ...process.env, ...variables };
      execFile(process.execPath, [script, ...args], { env: environment }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, text: out + err }),
      );
    });

  test("each pepper's hashes are counted, one that has some is not retired, one that has none is", async () => {
    await db().user.deleteMany();
    await withSettings(peppers([NEW]), async () => void (await account(await hashPassword(PASSWORD))));
    await withSettings(peppers([OLD]), async () => void (await account(await hashPassword(PASSWORD))));
    const unnamed = await account(oldFormat(PASSWORD, OLD));
    await account(`hmac-sha384-bcrypt.0123456789ab$2b$10$${"x".repeat(53)}`);
    const variables = { PASSWORD_PEPPER: NEW, PASSWORD_PEPPER_PREVIOUS: OLD };
    const status = await run(["status"], variables);
    expect(status.text).toMatch(/PASSWORD_PEPPER +in use +[0-9a-f]{12} +1 password hashes/);
    expect(status.text).toMatch(/PASSWORD_PEPPER +previous +[0-9a-f]{12} +2 password hashes/);
    expect(status.text).toContain("1 password hashes are of a pepper that is not here");
    for (const secret of [OLD, NEW, env().sessionSecrets[0]]) expect(status.text).not.toContain(secret);

    const refused = await run(["retire", "pepper"], variables);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("2 password hashes are of a previous pepper");
    expect(refused.text).not.toContain("PASSWORD_PEPPER_PREVIOUS=");
    const forced = await run(["retire", "pepper", "--force"], variables);
    expect(forced.text).toContain("PASSWORD_PEPPER_PREVIOUS=''");

    await db().user.deleteMany({ where: { id: { not: unnamed.id } } });
    await withSettings(peppers(AFTER), async () => {
      await upgradePasswordHash(unnamed.id, await hashOf(unnamed.id), await hashPassword(PASSWORD));
    });
    const retired = await run(["retire", "pepper"], variables);
    expect(retired).toMatchObject({ code: 0, text: expect.stringContaining("PASSWORD_PEPPER_PREVIOUS=''") });
    await db().user.deleteMany();
  });

  test("the three steps of a rotation are printed where the environment holds the secrets", async () => {
    const value = (text: string, name: string) => new RegExp(`^${name}='(.*)'$`, "m").exec(text)?.[1];
    const prepared = await run(["next", "session"], { SESSION_SECRET: OLD });
    expect(value(prepared.text, "SESSION_SECRET")).toBe(OLD);
    const next = value(prepared.text, "SESSION_SECRET_NEXT")!;
    expect(next.length).toBeGreaterThanOrEqual(32);

    const prepare = { SESSION_SECRET: OLD, SESSION_SECRET_NEXT: next };
    expect((await run(["next", "session"], prepare)).code).toBe(1);
    const rotated = await run(["rotate", "session"], prepare);
    expect(value(rotated.text, "SESSION_SECRET")).toBe(next);
    expect(value(rotated.text, "SESSION_SECRET_NEXT")).toBe("");
    expect(value(rotated.text, "SESSION_SECRET_PREVIOUS")).toBe(OLD);

    const retired = await run(["retire", "session"], { SESSION_SECRET: next, SESSION_SECRET_PREVIOUS: OLD });
    expect(value(retired.text, "SESSION_SECRET")).toBe(next);
    expect(value(retired.text, "SESSION_SECRET_PREVIOUS")).toBe("");
    expect((await run(["retire", "session"], { SESSION_SECRET: next })).code).toBe(1);
    for (const args of [["rotate"], ["rotate", "keys"], ["rotate", "__proto__"], ["nothing"]])
      expect((await run(args, { SESSION_SECRET: OLD })).code, args.join(" ")).toBe(2);
  });
});
