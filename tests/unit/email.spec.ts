/** One address in all its spellings. */
import { expect, test } from "@playwright/test";
import { canonicalEmail } from "@/lib/core/email";

const SPELLINGS = [
  "ada@example.com",
  "ADA@EXAMPLE.COM",
  "Ada@Example.Com",
  "  ada@example.com\t\n",
  "\u00A0ada@example.com\u3000",
  "ａｄａ@example.com",
  "ada＠example.com",
  "ada@ｅxample．com",
  "\uFEFFada@example.com",
];

for (const spelling of SPELLINGS) {
  test(`all spellings are one address: ${JSON.stringify(spelling)}`, () => {
    expect(canonicalEmail(spelling)).toBe("ada@example.com");
  });
}

test("composed and decomposed letters are one address", () => {
  expect(canonicalEmail("jose\u0301@example.com")).toBe(canonicalEmail("jos\u00E9@example.com"));
});

test("addresses that differ stay apart", () => {
  const addresses = [
    "ada@example.com",
    "a.da@example.com",
    "ada+1@example.com",
    "аda@example.com",
    "ada@example.org",
  ];
  expect(new Set(addresses.map(canonicalEmail)).size).toBe(addresses.length);
});

test("the canonical form is canonical: taking it twice changes nothing, whatever the character", () => {
  const changing: string[] = [];
  for (let code = 0; code <= 0x1ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    for (const email of [
      `${String.fromCodePoint(code)}@example.com`,
      `${String.fromCodePoint(code)}\u0301@example.com`,
    ]) {
      const once = canonicalEmail(email);
      if (canonicalEmail(once) !== once) changing.push(JSON.stringify(email));
    }
  }
  expect(changing).toEqual([]);
});
