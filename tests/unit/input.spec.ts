/** What the schemas of our requests refuse. */
import { expect, test } from "@playwright/test";
import type { z } from "zod";
import {
  deletionInput,
  logInInput,
  logOutAllInput,
  modeInput,
  profileInput,
  refreshInput,
  signUpInput,
} from "@/lib/accounts/input";
import { useEnvironment } from "./environment";

test.beforeEach(() => void useEnvironment());

const GOOD = { email: "ada@example.com", password: "correct horse" };

/** The names of the fields that are refused. */
function refused(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? "body")))];
}

const NOT_TEXT = [
  undefined,
  null,
  5,
  true,
  {},
  [],
  ["ada@example.com"],
  { toString: () => "ada@example.com" },
];
const show = (value: unknown) => JSON.stringify(value) ?? "absent";

for (const [name, schema, good] of [
  ["signUpInput", signUpInput, GOOD],
  ["logInInput", logInInput, GOOD],
  ["profileInput", profileInput, { name: "Ada" }],
  ["deletionInput", deletionInput, { password: "x" }],
  ["modeInput", modeInput, { mode: "jwt" }],
] as const) {
  for (const field of Object.keys(good)) {
    test(`${name} refuses ${field} that is missing or of another type`, () => {
      for (const value of NOT_TEXT)
        expect(refused(schema, { ...good, [field]: value }), show(value)).toEqual([field]);
    });
  }
  test(`${name} refuses a body that is no object`, () => {
    for (const value of [undefined, null, 5, "text", [], [good]])
      expect(refused(schema, value), show(value)).not.toEqual([]);
  });
}

for (const field of ["name", "mode", "transport"] as const) {
  test(`an optional ${field} of the wrong type is refused, not ignored`, () => {
    for (const value of NOT_TEXT.slice(1))
      expect(refused(signUpInput, { ...GOOD, [field]: value }), show(value)).toEqual([field]);
  });
}

test("a lone surrogate is refused wherever text is taken, for it has no bytes to hash or store", () => {
  const broken = "correct \uD800 horse";
  expect(refused(signUpInput, { ...GOOD, password: broken })).toEqual(["password"]);
  expect(refused(signUpInput, { ...GOOD, name: broken })).toEqual(["name"]);
  expect(refused(signUpInput, { ...GOOD, email: "\uDC00ada@example.com" })).toEqual(["email"]);
  expect(refused(logInInput, { ...GOOD, password: broken })).toEqual(["password"]);
  expect(refused(profileInput, { name: "\uDFFF" })).toEqual(["name"]);
  expect(refused(deletionInput, { password: broken })).toEqual(["password"]);
  expect(refused(refreshInput, { refreshToken: broken })).toEqual(["refreshToken"]);
});

for (const email of [
  "",
  " ",
  "ada",
  "ada@",
  "@example.com",
  "ada@example",
  "ada@@example.com",
  "ada@example..com",
  "ada example@example.com",
  "ada@example.com, bob@example.com",
  "ada@example.com\nbcc: bob@example.com",
  "<ada@example.com>",
  "ada@example.com\u0000",
  `${"a".repeat(250)}@example.com`,
]) {
  test(`what is no email address is refused: ${JSON.stringify(email.slice(0, 40))}`, () => {
    expect(refused(signUpInput, { ...GOOD, email })).toEqual(["email"]);
    expect(refused(logInInput, { ...GOOD, email })).toEqual(["email"]);
  });
}

test("an email address is taken in its canonical form", () => {
  expect(signUpInput.parse({ ...GOOD, email: "  ADA@Example.COM " }).email).toBe("ada@example.com");
  expect(logInInput.parse({ ...GOOD, email: "ＡＤＡ＠example．com" }).email).toBe("ada@example.com");
});

// One family is one character to a person, five code points to the rule, and eleven units to JavaScript.
const EMOJI = "\u{1F9D1}";
const FAMILY = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}";

for (const [name, password, taken] of [
  ["7 letters", "a".repeat(7), false],
  ["8 letters", "a".repeat(8), true],
  ["256 letters", "a".repeat(256), true],
  ["257 letters", "a".repeat(257), false],
  ["7 emoji", EMOJI.repeat(7), false],
  ["8 emoji", EMOJI.repeat(8), true],
  ["256 emoji", EMOJI.repeat(256), true],
  ["257 emoji", EMOJI.repeat(257), false],
  ["one family and 2 letters", `${FAMILY}aa`, false],
  ["one family and 3 letters", `${FAMILY}aaa`, true],
  ["8 spaces", " ".repeat(8), true],
  ["8 zero bytes", "\0".repeat(8), true],
] as const) {
  test(`a chosen password has 8 to 256 code points: ${name}`, () => {
    expect(refused(signUpInput, { ...GOOD, password })).toEqual(taken ? [] : ["password"]);
  });
}

test("a claimed password is judged by its size alone, so that the answer tells nothing of the rules it once met", () => {
  expect(refused(logInInput, { ...GOOD, password: "" })).toEqual(["password"]);
  expect(refused(logInInput, { ...GOOD, password: EMOJI.repeat(257) })).toEqual(["password"]);
  expect(refused(logInInput, { ...GOOD, password: "a" })).toEqual([]);
  expect(refused(deletionInput, { password: "" })).toEqual(["password"]);
  expect(refused(deletionInput, { password: EMOJI.repeat(256) })).toEqual([]);
});

test("a password is taken exactly as sent", () => {
  for (const password of ["  spaces around  ", "cafe\u0301-cafe\u0301", "UPPER lower", "tab\there\n"]) {
    expect(signUpInput.parse({ ...GOOD, password }).password).toBe(password);
    expect(logInInput.parse({ ...GOOD, password }).password).toBe(password);
  }
});

for (const name of [
  "   ",
  "\u00A0",
  "a".repeat(101),
  EMOJI.repeat(101),
  "a\nb",
  "a\u0000b",
  "a\u0007b",
  "a\u007Fb",
  "a\u0085b",
  "a\u009Fb",
]) {
  test(`a name that cannot stand on a page is refused: ${JSON.stringify(name.slice(0, 20))}`, () => {
    expect(refused(profileInput, { name })).toEqual(["name"]);
    expect(refused(signUpInput, { ...GOOD, name })).toEqual(["name"]);
  });
}

test("a name is trimmed, and has up to 100 characters of any script", () => {
  expect(profileInput.parse({ name: "  Ada Lovelace \n" })).toEqual({ name: "Ada Lovelace" });
  for (const name of ["a".repeat(100), EMOJI.repeat(100), "Ольга", "李", "O'Brien <b>"])
    expect(profileInput.parse({ name })).toEqual({ name });
});

test("a field left blank in a form is absent where it may be, and refused where it may not", () => {
  expect(signUpInput.parse({ ...GOOD, name: "", mode: "", transport: "" })).toEqual(GOOD);
  expect(refused(profileInput, { name: "" })).toEqual(["name"]);
  expect(refused(modeInput, { mode: "" })).toEqual(["mode"]);
});

test("mode and transport are one of the known words, in their one spelling", () => {
  for (const mode of ["JWT", "Session", " jwt", "cookie", "__proto__", "toString"]) {
    expect(refused(modeInput, { mode })).toEqual(["mode"]);
    expect(refused(logInInput, { ...GOOD, mode })).toEqual(["mode"]);
  }
  for (const transport of ["Bearer", "header", "jwt"])
    expect(refused(logInInput, { ...GOOD, transport })).toEqual(["transport"]);
});

test("bearer transport does not go with session mode; every other pair goes", () => {
  for (const schema of [signUpInput, logInInput]) {
    expect(refused(schema, { ...GOOD, transport: "bearer", mode: "session" })).toEqual(["mode"]);
    expect(refused(schema, { ...GOOD, transport: "bearer", mode: "jwt" })).toEqual([]);
    expect(refused(schema, { ...GOOD, transport: "bearer" })).toEqual([]);
    expect(refused(schema, { ...GOOD, transport: "cookie", mode: "session" })).toEqual([]);
    expect(refused(schema, { ...GOOD, mode: "session" })).toEqual([]);
  }
});

test("a flag is true or false, as JSON or as a form has it, and no other word", () => {
  for (const keepCurrent of ["yes", "on", "1", "TRUE", "", 1, 0, null, []]) {
    expect(refused(logOutAllInput, { keepCurrent }), show(keepCurrent)).toEqual(["keepCurrent"]);
  }
  expect(logOutAllInput.parse({ keepCurrent: "true" })).toEqual({ keepCurrent: true });
  expect(logOutAllInput.parse({ keepCurrent: "false" })).toEqual({ keepCurrent: false });
  expect(logOutAllInput.parse({ keepCurrent: true })).toEqual({ keepCurrent: true });
  expect(logOutAllInput.parse({})).toEqual({});
});

test("unknown fields are ignored, and none of them reaches what a schema returns", () => {
  const sent = JSON.parse(
    '{"role":"admin","id":"x","passwordHash":"x","__proto__":{"role":"admin"}}',
  ) as object;
  const input = signUpInput.parse({ ...GOOD, ...sent });
  expect(Object.keys(input).sort()).toEqual(["email", "password"]);
  expect("role" in input).toBe(false);
});
