import { expect, test } from "@playwright/test";
import { sealData, unsealData } from "iron-session";
import { openSessionSeal, sealSessionId } from "@/lib/auth/strategies/session/seal.edge";
import { useEnvironment } from "./environment";

let secret = "";
test.beforeEach(() => void (secret = useEnvironment().sessionSecret));

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
