/** Seals of session mode: which open, to what, and that they outlive a rotation of secrets. */
import { expect, test } from "@playwright/test";
import { sealData, unsealData } from "iron-session";
import { openSessionSeal, sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { useEnvironment } from "./environment";

let secret = "";
test.beforeEach(() => void ([secret] = useEnvironment().sessionSecrets));

const sealed = (value: unknown, password = secret) => sealData(value, { password, ttl: 60 });

const BAD: Record<string, () => Promise<string> | string> = {
  "the empty string": () => "",
  garbage: () => "garbage",
  "a seal of stars": () => "Fe26.2*1*a*b*c*d*e*f~2",
  "eight empty parts": () => "Fe26.2********",
  "a key id of __proto__": () => "Fe26.2*__proto__*a*b*c*d*e*f~2",
  "a key id of constructor": () => "Fe26.2*constructor*a*b*c**e*f~2",
  "a genuine seal under the key id __proto__": async () =>
    (await sealSessionId("id")).replace("Fe26.2*1*", "Fe26.2*__proto__*"),
  "a genuine seal under another key id": async () =>
    (await sealSessionId("id")).replace("Fe26.2*1*", "Fe26.2*2*"),
  "a bogus version": async () => (await sealSessionId("id")).replace(/~2$/, "~x"),
  "an old version": async () => (await sealSessionId("id")).replace(/~2$/, "~1"),
  "no version": async () => (await sealSessionId("id")).replace(/~2$/, ""),
  "a truncated seal": async () => (await sealSessionId("id")).slice(0, -10),
  "half a seal": async () => (await sealSessionId("id")).slice(0, 100),
  "a changed character": async () =>
    (await sealSessionId("id")).replace(
      /^(.{60})(.)/,
      (_, head: string, it: string) => head + (it === "A" ? "B" : "A"),
    ),
  "a seal of another key": () =>
    sealed({ purpose: "session", sessionId: "id" }, "another-secret-of-the-unit-tests-0123456789"),
  "a flash seal of our key": () =>
    sealed({ purpose: "flash", page: "/login", flash: { form: "login" }, sessionId: "id" }),
  "a seal without a purpose": () => sealed({ sessionId: "id" }),
  "a seal of an id that is a number": () => sealed({ purpose: "session", sessionId: 5 }),
  "a seal without an id": () => sealed({ purpose: "session" }),
  "a seal of null": () => sealed(null),
  "a seal of a word": () => sealed("session"),
  "2000 characters": () => "A".repeat(2000),
  "a genuine seal of 2000 characters": () =>
    sealed({ purpose: "session", sessionId: "id", more: "x".repeat(2000) }),
  "a seal past its end": () =>
    sealData({ purpose: "session", sessionId: "id" }, { password: secret, ttl: -3600 }),
};

for (const [name, make] of Object.entries(BAD)) {
  test(`a bad session seal is credential_invalid and never a fault: ${name}`, async () => {
    expect(await openSessionSeal(await make())).toEqual({
      ok: false,
      failure: { code: "credential_invalid" },
    });
  });
}

test("a session seal opens to the id it was made for", async () => {
  expect(await openSessionSeal(await sealSessionId("0123456789abcdefghijkl"))).toEqual({
    ok: true,
    value: "0123456789abcdefghijkl",
  });
});

test("a session seal holds the id and its purpose, and nothing else", async () => {
  const content = await unsealData(await sealSessionId("0123456789abcdefghijkl"), { password: secret });
  expect(content).toEqual({ purpose: "session", sessionId: "0123456789abcdefghijkl" });
});

test("the id is not readable in the seal, and no two seals of it are alike", async () => {
  const [one, other] = [
    await sealSessionId("0123456789abcdefghijkl"),
    await sealSessionId("0123456789abcdefghijkl"),
  ];
  expect(one).not.toContain("0123456789abcdefghijkl");
  expect(one).not.toBe(other);
});

test("through a rotation the seals of either secret open, and afterwards only those of the new one", async () => {
  const next = "another-secret-of-the-unit-tests-0123456789";
  const opens = async (seal: string) => (await openSessionSeal(seal)).ok;
  const old = await sealSessionId("id");
  useEnvironment({ SESSION_SECRET: next, SESSION_SECRET_PREVIOUS: secret });
  const made = await sealSessionId("id");
  expect([await opens(old), await opens(made)]).toEqual([true, true]);
  useEnvironment({ SESSION_SECRET_NEXT: next });
  expect([await opens(old), await opens(made)]).toEqual([true, true]);
  // Whoever is first to accept it still makes with the one that everybody knows.
  const early = await sealSessionId("id");
  useEnvironment();
  expect([await opens(early), await opens(made)]).toEqual([true, false]);
  useEnvironment({ SESSION_SECRET: next });
  expect([await opens(old), await opens(made)]).toEqual([false, true]);
});

test("a bad seal stays bad while several secrets are accepted", async () => {
  const made = await Promise.all(Object.values(BAD).map((make) => make()));
  useEnvironment({ SESSION_SECRET_NEXT: "n".repeat(32), SESSION_SECRET_PREVIOUS: "p".repeat(32) });
  for (const seal of made) expect((await openSessionSeal(seal)).ok, seal.slice(0, 60)).toBe(false);
});
