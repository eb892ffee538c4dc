/** Who may weaken what: only conditions that this server signed, in time, and only for the account they name. */
import { createHmac } from "node:crypto";
import { expect, test } from "@playwright/test";
import { readConditions, signConditions } from "@/lib/lab/conditions";
import {
  enterLabScope,
  labConditions,
  labConditionsOf,
  labStep,
  leaveLabScope,
  withLabConditions,
  type Conditions,
} from "@/lib/trace/lab-scope";
import { useEnvironment } from "./environment";

const NOW = new Date("2026-03-01T12:00:00Z");
const LATER = new Date(NOW.getTime() + 1_000);
const CONDITIONS: Conditions = { userId: "ada", database: "fails", refreshGraceSeconds: 0 };

let secret = "";
test.beforeEach(() => void ([secret] = useEnvironment().sessionSecrets));

const asText = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimed = { ...CONDITIONS, exp: LATER.getTime() };

test("conditions of ours are read back as they were signed", () => {
  expect(readConditions(signConditions(CONDITIONS, LATER), NOW)).toEqual(CONDITIONS);
});

test("they end at the millisecond they were signed for", () => {
  const signed = signConditions(CONDITIONS, LATER);
  expect(readConditions(signed, new Date(LATER.getTime() - 1))).toEqual(CONDITIONS);
  expect(readConditions(signed, LATER)).toBeNull();
});

const FORGED: Record<string, () => string> = {
  "the empty string": () => "",
  garbage: () => "garbage",
  dots: () => "...",
  "no signature": () => asText(claimed),
  "an empty signature": () => `${asText(claimed)}.`,
  "half a signature": () => signConditions(CONDITIONS, LATER).slice(0, -20),
  "another text under a genuine signature": () => {
    const signature = signConditions(CONDITIONS, LATER).split(".")[1]!;
    return `${asText({ ...claimed, userId: "grace" })}.${signature}`;
  },
  "a longer life under a genuine signature": () => {
    const signature = signConditions(CONDITIONS, LATER).split(".")[1]!;
    return `${asText({ ...claimed, exp: claimed.exp + 60_000 })}.${signature}`;
  },
  "a signature by the secret itself, not by the key made of it": () => {
    const text = asText(claimed);
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  },
  "a signature by another server": () => {
    useEnvironment({ SESSION_SECRET: "another-secret-of-the-unit-tests-0123456789" });
    const signed = signConditions(CONDITIONS, LATER);
    useEnvironment();
    return signed;
  },
  "genuine ones with a changed first character": () => {
    const signed = signConditions(CONDITIONS, LATER);
    return (signed.startsWith("e") ? "f" : "e") + signed.slice(1);
  },
  "two headers in one": () => {
    const signed = signConditions(CONDITIONS, LATER);
    return `${signed}, ${signed}`;
  },
};

for (const [what, header] of Object.entries(FORGED))
  test(`no conditions: ${what}`, () => expect(readConditions(header(), NOW)).toBeNull());

test("while the secret is rotated, a server that makes with the other one is understood", () => {
  const next = "another-secret-of-the-unit-tests-0123456789";
  const old = signConditions(CONDITIONS, LATER);
  useEnvironment({ SESSION_SECRET: next, SESSION_SECRET_PREVIOUS: secret });
  const made = signConditions(CONDITIONS, LATER);
  for (const header of [old, made]) expect(readConditions(header, NOW)).toEqual(CONDITIONS);
  useEnvironment({ SESSION_SECRET: next });
  expect(readConditions(old, NOW)).toBeNull();
});

test("conditions for one account are nothing for another, and nothing where there are none", () => {
  expect(labConditionsOf("ada")).toBeUndefined();
  withLabConditions(CONDITIONS, () => {
    expect(labConditionsOf("ada")).toEqual(CONDITIONS);
    expect(labConditionsOf("grace")).toBeUndefined();
    expect(labConditionsOf("")).toBeUndefined();
  });
  expect(labConditions()).toBeUndefined();
});

test("a request that leaves the scope leaves it for all that follows, and what began within stays within", async () => {
  let goOn = () => {};
  const later = new Promise<void>((resolve) => (goOn = resolve));
  enterLabScope(CONDITIONS);
  const begunWithin = later.then(() => labConditions());
  leaveLabScope();
  const begunAfter = later.then(() => labConditions());
  goOn();
  expect(await begunAfter).toBeUndefined();
  expect(await begunWithin).toEqual(CONDITIONS);
});

test("steps are written down where somebody watches, those that throw as well", async () => {
  const step = { lane: "handler", name: "work" } as const;
  expect(await labStep(step, () => 1)).toBe(1);
  const { steps } = enterLabScope(CONDITIONS);
  expect(await labStep(step, async () => 2)).toBe(2);
  await expect(
    labStep({ ...step, name: "fail" }, () => Promise.reject(new Error("as meant"))),
  ).rejects.toThrow("as meant");
  leaveLabScope();
  await labStep(step, () => 3);
  expect(steps.map(({ name }) => name)).toEqual(["work", "fail"]);
  for (const { startedAt, milliseconds } of steps) {
    expect(startedAt).toBeGreaterThanOrEqual(0);
    expect(milliseconds).toBeGreaterThanOrEqual(0);
  }
});
