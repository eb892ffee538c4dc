/** Instances that share a database: what must be the same, what may differ while a secret or a key is exchanged, and that nothing is given away. */
import { expect, test } from "@playwright/test";
import {
  differing,
  sharedConfiguration,
  warningOf,
  type SharedConfiguration,
} from "@/lib/accounts/configuration";
import { newKey, useEnvironment, useKeys } from "./environment";

const now = new Date("2026-01-01T00:00:00Z");
const inHours = (hours: number) => Math.floor(now.getTime() / 1000) + hours * 3600;

async function configured(overrides: Record<string, string> = {}, at = now): Promise<SharedConfiguration> {
  useEnvironment(overrides);
  return sharedConfiguration(at);
}

const ANOTHER: Record<string, string> = {
  SESSION_SECRET: "another-session-secret-0123456789-0123456789",
  REFRESH_TOKEN_SECRET: "another-refresh-secret-0123456789-0123456789",
  PASSWORD_PEPPER: "another-password-pepper-0123456789-0123456789",
  ACCESS_TOKEN_KEYS: JSON.stringify({ keys: [newKey("EdDSA", "another")] }),
  TOKEN_ISSUER: "https://issuer.example",
  TOKEN_AUDIENCE: "https://audience.example",
  ACCESS_TOKEN_TTL_SECONDS: "901",
  REFRESH_TOKEN_TTL_SECONDS: "901",
  REFRESH_GRACE_SECONDS: "11",
  SESSION_IDLE_TTL_SECONDS: "901",
  SESSION_TTL_SECONDS: "2592001",
};

for (const [name, value] of Object.entries(ANOTHER)) {
  test(`another ${name} is named, by both, and its effect is told`, async () => {
    const [mine, theirs] = [await configured(), await configured({ [name]: value })];
    expect(differing(mine, theirs)).toEqual([name]);
    expect(differing(theirs, mine)).toEqual([name]);
    expect(warningOf([name])).toContain(`- ${name}: `);
    expect(warningOf([name])).not.toContain("undefined");
  });
}

test("another APP_URL is named, with the issuer and the audience that follow it", async () => {
  const theirs = await configured({ APP_URL: "https://other.example" });
  expect(differing(await configured(), theirs)).toEqual(["TOKEN_ISSUER", "TOKEN_AUDIENCE", "APP_URL"]);
});

test("every shared variable has an effect to tell", async () => {
  const all = Object.keys(await configured());
  expect(new Set([...Object.keys(ANOTHER), "APP_URL"])).toEqual(new Set(all));
});

test("the same environment agrees, and an instance that shares less is not held to more", async () => {
  const mine = await configured();
  expect(differing(mine, await configured())).toEqual([]);
  const { APP_URL: _newer, ...older } = mine;
  expect(differing(mine, older)).toEqual([]);
  expect(differing(older, mine)).toEqual([]);
});

test("a secret agrees while each accepts what the other makes, and not when one does not", () => {
  const old = { SESSION_SECRET: { makes: "old", accepts: ["old"] } };
  const prepared = { SESSION_SECRET: { makes: "old", accepts: ["old", "new"] } };
  const changed = { SESSION_SECRET: { makes: "new", accepts: ["new", "old"] } };
  const finished = { SESSION_SECRET: { makes: "new", accepts: ["new"] } };
  for (const [one, other] of [
    [old, changed],
    [prepared, finished],
  ] as const)
    expect([differing(one, other), differing(other, one)]).toEqual([["SESSION_SECRET"], ["SESSION_SECRET"]]);
  for (const [one, other] of [
    [old, prepared],
    [prepared, changed],
    [changed, finished],
  ] as const)
    expect([differing(one, other), differing(other, one)]).toEqual([[], []]);
});

for (const name of ["SESSION_SECRET", "REFRESH_TOKEN_SECRET", "PASSWORD_PEPPER"])
  test(`${name} may be rotated server by server: neighbouring steps agree, and those further apart do not`, async () => {
    const [old, fresh] = ["the-old-one-0123456789-0123456789-0123", "the-new-one-0123456789-0123456789-0123"];
    const steps = [
      await configured({ [name]: old }),
      await configured({ [name]: old, [`${name}_NEXT`]: fresh }),
      await configured({ [name]: fresh, [`${name}_PREVIOUS`]: old }),
      await configured({ [name]: fresh }),
    ] as const;
    expect(differing(steps[0], steps[1])).toEqual([]);
    expect(differing(steps[1], steps[2])).toEqual([]);
    expect(differing(steps[2], steps[3])).toEqual([]);
    expect(differing(steps[0], steps[2])).toEqual([name]);
    expect(differing(steps[1], steps[3])).toEqual([name]);
  });

test("a key that signs must be published by the other; one whose time has not come need not", async () => {
  const old = newKey("EdDSA", "old");
  const coming = { ...newKey("EdDSA", "coming"), nbf: inHours(24) };
  useKeys(old);
  const before = await sharedConfiguration(now);
  useKeys(old, coming);
  const published = await sharedConfiguration(now);
  expect(differing(before, published)).toEqual([]);
  const signing = await sharedConfiguration(new Date(now.getTime() + 25 * 3600_000));
  expect(differing(published, signing)).toEqual([]);
  expect(differing(before, signing)).toEqual(["ACCESS_TOKEN_KEYS"]);
});

test("another key under the same name is another key", async () => {
  useKeys(newKey("EdDSA", "one"));
  const mine = await sharedConfiguration(now);
  useKeys(newKey("EdDSA", "one"));
  expect(differing(mine, await sharedConfiguration(now))).toEqual(["ACCESS_TOKEN_KEYS"]);
});

test("nothing secret is in what is shared, and one secret under two names looks like two", async () => {
  const key = newKey("ES256", "one");
  const env = useKeys(key);
  const configuration = await sharedConfiguration(now);
  const text = JSON.stringify(configuration);
  for (const secret of [...env.sessionSecrets, ...env.refreshTokenSecrets, ...env.passwordPeppers, key.d])
    expect(text).not.toContain(secret);
  expect(configuration.SESSION_SECRET!.makes).toMatch(/^[0-9a-f]{16}$/);
  const same = "the-very-same-secret-in-two-places-0123456789";
  const [session, refresh] = [
    await configured({ SESSION_SECRET: same }),
    await configured({ REFRESH_TOKEN_SECRET: same }),
  ];
  expect(session.SESSION_SECRET!.makes).not.toBe(refresh.REFRESH_TOKEN_SECRET!.makes);
});
