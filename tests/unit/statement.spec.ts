/** What a statement does to which tables, in short: the same words whichever database it was written for. */
import { expect, test } from "@playwright/test";
import { inShort } from "../../app/lab/_components/statement";

const STATEMENTS: [string, string][] = [
  ["UPDATE `main`.`User` SET `name` = ? WHERE `id` = ?", "UPDATE User"],
  ['UPDATE "public"."User" SET "name" = $1 WHERE "id" = $2', "UPDATE User"],
  ['INSERT INTO "public"."AuditEvent" ("id") VALUES ($1)', "INSERT AuditEvent"],
  ['SELECT 1 FROM "DeviceSession" s JOIN "User" u ON u."id" = s."userId"', "SELECT DeviceSession, User"],
  ["BEGIN", "BEGIN"],
];

for (const [statement, short] of STATEMENTS)
  test(`${statement} is ${short}`, () => expect(inShort(statement)).toBe(short));
